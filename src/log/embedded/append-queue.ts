/** Group commit: one transaction is under way at a time, and what arrives meanwhile goes, together, into the next. */
import type { Appended, AppendOutcome, NewRecord } from '../log.ts';
import { byteLength, packRecords, type TransactionOutcome } from './protocol.ts';
import type { AppendingThread } from './writing-thread.ts';

/** A transaction holds at most so many records and so many bytes of keys and values, unless it is a single call's. */
export const MAX_TRANSACTION_RECORDS = 2000;
export const MAX_TRANSACTION_BYTES = 8 * 1024 * 1024;

/** What the queue needs around it. */
export interface QueueSurroundings {
  /** The log's identity. */
  readonly logId: string;
  readonly thread: AppendingThread;
  /** The endOffset of each partition when the queue starts. */
  readonly ends: readonly number[];
  /** The endOffset of each partition as the file holds it; asked only after the thread is gone. May throw. */
  readonly endsInFile: () => readonly number[];
  /** Called when a partition may have got new records. */
  readonly arrived: (partition: number) => void;
}

interface Call {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
}

/** The appends of one log, first come, first written. */
export class AppendQueue {
  readonly #around: QueueSurroundings;
  readonly #ends: number[];
  #waiting: Call[] = [];
  #busy = false;
  #refusal: string | undefined;
  #emptied: (() => void) | undefined;

  constructor(around: QueueSurroundings) {
    this.#around = around;
    this.#ends = [...around.ends];
  }

  /**
   * All records or none, in one transaction. Rejects with RangeError for a partition that doesn't exist. `uncertain` in the
   * one case where nobody can know the outcome: the disk failed in the middle of the commit and of what would have settled
   * it. The bytes must not change before the answer.
   */
  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    const stranger = records.find(({ partition }) => this.#ends[partition] === undefined);
    if (stranger !== undefined) {
      return Promise.reject(
        new RangeError(`partition ${stranger.partition} does not exist; there are ${this.#ends.length}`),
      );
    }
    if (this.#refusal !== undefined) return Promise.resolve({ kind: 'unavailable', reason: this.#refusal });
    if (records.length === 0) return Promise.resolve({ kind: 'appended', logId: this.#around.logId, records: [] });
    const bytes = records.reduce((sum, record) => sum + byteLength(record), 0);
    return new Promise((resolve) => {
      this.#waiting.push({ records, bytes, resolve });
      this.#schedule();
    });
  }

  /** Refuses later appends; resolves when all earlier ones are answered. */
  async close(): Promise<void> {
    this.#refusal ??= 'the log is closed';
    if (!this.#busy) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
  }

  /** The next transaction starts in the check phase, so that all that this turn of the event loop brings goes into it. */
  #schedule(): void {
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const calls = takeCalls(this.#waiting);
      this.#waiting = this.#waiting.slice(calls.length);
      await this.#transact(calls);
      // Those just answered get the chance to be in the next one.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#busy = false;
    this.#emptied?.();
  }

  async #transact(calls: readonly Call[]): Promise<void> {
    const records = calls.flatMap((call) => call.records);
    let outcome: TransactionOutcome;
    try {
      outcome = await this.#around.thread.append(packRecords(records));
    } catch (error) {
      outcome = this.#afterThreadEnded((error as Error).message, records);
    }
    answer(calls, outcome, this.#around.logId);
    if (outcome.kind === 'unavailable') return;
    if (outcome.kind === 'appended') this.#moveEnds(records);
    for (const partition of new Set(records.map((record) => record.partition))) this.#around.arrived(partition);
  }

  #moveEnds(records: readonly NewRecord[]): void {
    for (const { partition } of records) this.#ends[partition] = (this.#ends[partition] ?? 0) + 1;
  }

  /**
   * The thread ended without an answer. Its connection is gone, so the file no longer changes, and a transaction is in
   * it wholly or not at all: the ends tell which.
   */
  #afterThreadEnded(reason: string, records: readonly NewRecord[]): TransactionOutcome {
    this.#refusal ??= `${reason}; start the process again`;
    const first = records[0]?.partition ?? 0;
    try {
      if (this.#around.endsInFile()[first] === this.#ends[first]) return { kind: 'unavailable', reason };
    } catch {
      return { kind: 'uncertain', reason };
    }
    const next = [...this.#ends];
    const offsets = records.map(({ partition }) => {
      const offset = next[partition] ?? 0;
      next[partition] = offset + 1;
      return offset;
    });
    return { kind: 'appended', offsets: Float64Array.from(offsets) };
  }
}

/** The calls that go into the next transaction: as many from the front as the limits allow, at least one. */
function takeCalls(waiting: readonly Call[]): readonly Call[] {
  let count = 0;
  let records = 0;
  let bytes = 0;
  for (const call of waiting) {
    records += call.records.length;
    bytes += call.bytes;
    if (count > 0 && (records > MAX_TRANSACTION_RECORDS || bytes > MAX_TRANSACTION_BYTES)) break;
    count++;
  }
  return waiting.slice(0, count);
}

function answer(calls: readonly Call[], outcome: TransactionOutcome, logId: string): void {
  let at = 0;
  for (const { records, resolve } of calls) {
    if (outcome.kind === 'appended') {
      const appended: Appended[] = [];
      for (const { partition } of records) appended.push({ partition, offset: outcome.offsets[at++] ?? 0 });
      resolve({ kind: 'appended', logId, records: appended });
    } else {
      resolve(outcome);
    }
  }
}

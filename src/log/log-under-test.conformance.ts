/** What the stories of log.conformance.ts work with: a log under test, and short ways to write to it and read it. */
import { expect } from 'vitest';
import {
  type AppendOutcome,
  type Appended,
  type Batch,
  boundsOf,
  type Log,
  type LogRecord,
  type NewRecord,
} from './log.ts';

export interface LogUnderTestOptions {
  /** Default 3. */
  readonly partitions?: number;
  /** Milliseconds, default 0. */
  readonly minCompactionLagMs?: number;
  /** Milliseconds, default one day. */
  readonly deleteRetentionMs?: number;
}

/** A new, empty log and what the stories do to it from outside. */
export interface LogUnderTest {
  readonly log: Log;
  /** Closes the log and opens the same one again; everything in it is kept. */
  readonly reopen: () => Promise<Log>;
  /** Resolves when all that could be compacted at the time `nowMs` is; never more than some seconds ahead of the clock. */
  readonly compact: (nowMs: number) => Promise<void>;
  /** Closes the log and removes it. */
  readonly cleanup: () => Promise<void>;
}

/** Makes a new, empty log each time. */
export type MakeLog = (options: LogUnderTestOptions) => Promise<LogUnderTest>;

/** A record with text for key and value. */
export function record(partition: number, key: string, value: string | null, more: Partial<NewRecord> = {}): NewRecord {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
  return {
    partition,
    key: bytes(key),
    value: value === null ? null : bytes(value),
    headers: {},
    timestamp: Date.now(),
    ...more,
  };
}

/**
 * Appends what comes after the records that a story wants compacted. Kafka compacts a file of the log only when a later
 * record, some time younger, has begun another one.
 */
export async function appendEnd(log: Log, partition: number, ...keys: readonly string[]): Promise<void> {
  await pause(10);
  appended(await log.append(keys.map((key) => record(partition, key, 'v'))));
}

/** The places of an outcome that must be `appended`. */
export function appended(outcome: AppendOutcome): readonly Appended[] {
  if (outcome.kind !== 'appended') throw new Error(`expected the records to be appended, found: ${outcome.reason}`);
  return outcome.records;
}

/** The batch with bytes of its own, to be kept when the next one is asked for. */
export function copyOf(batch: Batch): Batch {
  const records = batch.records.map((each) => ({
    ...each,
    key: each.key.slice(),
    value: each.value === null ? null : each.value.slice(),
  }));
  return { ...batch, records };
}

/** The batches from `fromOffset` up to the end that the partition has when this is called. */
export async function batchesToEnd(log: Log, partition: number, fromOffset = 0): Promise<readonly Batch[]> {
  const endOffset = boundsOf(await log.bounds(), partition).endOffset;
  const stop = new AbortController();
  const batches: Batch[] = [];
  if (fromOffset >= endOffset) return batches;
  for await (const batch of log.read(partition, { offset: fromOffset }, stop.signal)) {
    batches.push(copyOf(batch));
    if (batch.nextOffset >= endOffset) break;
  }
  return batches;
}

/** The partition's records from `fromOffset` to its end, after checking what holds for any run of batches. */
export async function recordsToEnd(log: Log, partition: number, fromOffset = 0): Promise<readonly LogRecord[]> {
  const batches = await batchesToEnd(log, partition, fromOffset);
  let next = fromOffset;
  for (const batch of batches) {
    expect(batch.partition).toBe(partition);
    expect(batch.fromOffset).toBe(next);
    expect(batch.nextOffset).toBeGreaterThan(batch.fromOffset);
    for (const { offset, partition: own } of batch.records) {
      expect(own).toBe(partition);
      expect(offset).toBeGreaterThanOrEqual(next);
      next = offset + 1;
    }
    expect(batch.nextOffset).toBeGreaterThanOrEqual(next);
    next = batch.nextOffset;
  }
  return batches.flatMap((batch) => batch.records);
}

/** `key=value@offset` of each record, `key×@offset` for a tombstone. */
export function shown(records: readonly LogRecord[]): readonly string[] {
  return records.map(({ key, value, offset }) => {
    const text = value === null ? '×' : `=${Buffer.from(value).toString()}`;
    return `${Buffer.from(key).toString()}${text}@${offset}`;
  });
}

/** Resolves after the milliseconds; races against what should not happen, or should by then. */
export function pause(milliseconds: number): Promise<'paused'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('paused'), milliseconds);
  });
}

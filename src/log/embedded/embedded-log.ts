/** The Log port on a SQLite file of this machine: durable, compacted, for one process at a time. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defineLoop, turnsOf } from '../../core/loop.ts';
import { KmodelError } from '../../errors.ts';
import {
  type AppendOutcome,
  type Batch,
  type Bounds,
  type EpochEnd,
  type Log,
  type LogDescription,
  LogDiverged,
  type LogRecord,
  type NewRecord,
  type Offset,
  type Partition,
  type PartitionEnd,
  type ReadFrom,
} from '../log.ts';
import { offsetOfTail, tailOf } from '../tail.ts';
import { AppendQueue } from './append-queue.ts';
import { Arrivals } from './arrivals.ts';
import { MAX_PARTITIONS } from './log-file.ts';
import { LogReader } from './log-reader.ts';
import type { Pragmas, ThreadOptions } from './protocol.ts';
import { WritingThread } from './writing-thread.ts';

/** A turn for each batch; at the end it waits for the next append. */
const READING = defineLoop('embedded-log.reading', { everyMs: 100 });

export interface EmbeddedLogOptions {
  /** Where `log.db` stands or is made; made where it is missing. One process at a time: the caller sees to it. */
  readonly directory: string;
  /** 1 … 1000; fixed when the log is made. */
  readonly partitions: number;
  /** Records younger than this are not compacted. Milliseconds, default 0, as Kafka's min.compaction.lag.ms. */
  readonly minCompactionLagMs?: number;
  /** A tombstone stays this long after its first cleaning. Milliseconds, default 1 day, as Kafka's delete.retention.ms. */
  readonly deleteRetentionMs?: number;
  /** How often the log compacts by itself. Milliseconds, default 15,000; 0: never. */
  readonly compactionIntervalMs?: number;
  /** The file grows no larger; appends that need more are `unavailable`. Bytes; default: as large as the disk allows. */
  readonly maxBytes?: number;
  /** Takes one line for the operator when compaction by itself fails; the log goes on. */
  readonly warn?: (line: string) => void;
}

/** A Log with what only the embedded one can offer. */
export interface EmbeddedLog extends Log {
  /** Compacts all that stands in the log now, as of `nowMs` (default: the clock). Rejects where the log is closed. */
  compact(nowMs?: number): Promise<{ readonly removed: number }>;
  /** What the connection that writes is set to, for tests and diagnosis. */
  pragmas(): Promise<Pragmas>;
}

/**
 * Opens the log in `directory`, making it where there is none. Throws KmodelError LOG_MISMATCH where it was made with
 * another count of partitions, DATA_DIR_UNUSABLE where it can't be opened and written.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { directory, partitions } = options;
  if (!Number.isSafeInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw new RangeError(`expected 1 to ${MAX_PARTITIONS} partitions, found ${partitions}`);
  }
  const thread: ThreadOptions = {
    path: join(directory, 'log.db'),
    partitions,
    minCompactionLagMs: options.minCompactionLagMs ?? 0,
    deleteRetentionMs: options.deleteRetentionMs ?? 86_400_000,
    compactionIntervalMs: options.compactionIntervalMs ?? 15_000,
    maxBytes: options.maxBytes,
  };
  await makeDirectory(directory);
  const writing = await WritingThread.start(thread, options.warn ?? (() => undefined));
  try {
    return new SqliteLog(thread, writing, new LogReader(thread.path, partitions));
  } catch (error) {
    await writing.close();
    const message = `the log ${thread.path} can not be opened for reading (${(error as Error).message})`;
    throw new KmodelError('DATA_DIR_UNUSABLE', `${message}: make it readable, or set another :data-dir`, {
      cause: error,
    });
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    const message = `the directory ${directory} can not be made (${(error as Error).message})`;
    throw new KmodelError('DATA_DIR_UNUSABLE', `${message}: make its parent writable, or set another :data-dir`, {
      cause: error,
    });
  }
}

class SqliteLog implements EmbeddedLog {
  readonly #options: ThreadOptions;
  readonly #thread: WritingThread;
  readonly #reader: LogReader;
  readonly #queue: AppendQueue;
  readonly #arrivals = new Arrivals();
  readonly #closed = new AbortController();
  readonly gone: Promise<Error>;
  #closing: Promise<void> | undefined;

  constructor(options: ThreadOptions, thread: WritingThread, reader: LogReader) {
    this.#options = options;
    this.#thread = thread;
    this.gone = thread.died;
    this.#reader = reader;
    this.#queue = new AppendQueue({
      thread,
      logId: thread.logId,
      ends: thread.ends,
      endsInFile: () => reader.ends(),
      arrived: (partition) => this.#arrivals.tell(partition),
    });
  }

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    return this.#queue.append(records);
  }

  /** An outcome that nobody knows is the disk's, and stays as it is: nothing more of it is under way. */
  async settled(partition: Partition): Promise<void> {
    this.#checkPartition(partition);
    this.#checkOpen();
  }

  async endOf(partition: Partition): Promise<PartitionEnd> {
    this.#checkPartition(partition);
    this.#checkOpen();
    this.#checkWriting();
    return { logId: this.#thread.logId, endOffset: this.#reader.ends()[partition] ?? 0 };
  }

  appendProblem(): string | undefined {
    const { gone } = this.#thread;
    return this.#closing !== undefined || gone === undefined ? undefined : `${gone.message}; start the process again`;
  }

  async *membership(_group: string, signal: AbortSignal): AsyncGenerator<ReadonlySet<Partition>> {
    const until = AbortSignal.any([signal, this.#closed.signal]);
    if (until.aborted) return;
    yield new Set(Array.from({ length: this.#options.partitions }, (_, partition) => partition));
    if (until.aborted) return;
    await new Promise((resolve) => {
      until.addEventListener('abort', resolve, { once: true });
    });
  }

  async *read(
    partition: Partition,
    { offset, tail, logId = this.#thread.logId }: ReadFrom,
    signal: AbortSignal,
  ): AsyncGenerator<Batch> {
    this.#checkPartition(partition);
    if (logId !== this.#thread.logId) throw new Error(`the log ${logId} was replaced by ${this.#thread.logId}`);
    const endOffset = this.#reader.ends()[partition] ?? 0;
    if (offset > endOffset) {
      const message = `partition ${partition} ends at ${endOffset}, its reader stands at ${offset}: the log has lost records`;
      throw new LogDiverged(message, partition, endOffset);
    }
    if (tail !== undefined) this.#checkTail(partition, tail);
    let next = offset;
    const until = AbortSignal.any([signal, this.#closed.signal]);
    for await (const _ of turnsOf(READING, until)) {
      await this.#reader.turn();
      if (until.aborted) return;
      const batch = this.#reader.batch(partition, next);
      if (batch === undefined) {
        // Nothing can be missed: the wait begins in the same turn as the look that found nothing.
        await this.#arrivals.next(partition, signal);
      } else {
        next = batch.nextOffset;
        yield batch;
      }
    }
  }

  /** A file has one writer for ever, and no epochs. */
  async epochEnd(partition: Partition): Promise<EpochEnd | undefined> {
    this.#checkPartition(partition);
    this.#checkOpen();
    return undefined;
  }

  async recordAt(partition: Partition, offset: Offset): Promise<LogRecord | undefined> {
    this.#checkPartition(partition);
    this.#checkOpen();
    return this.#recordAt(partition, offset);
  }

  async commit(): Promise<void> {
    this.#checkOpen();
  }

  async describe(): Promise<LogDescription> {
    this.#checkWriting();
    const { partitions, minCompactionLagMs, deleteRetentionMs } = this.#options;
    const settings = {
      'min.compaction.lag.ms': String(minCompactionLagMs),
      'delete.retention.ms': String(deleteRetentionMs),
    };
    return { id: this.#thread.logId, partitions, minCompactionLagMs, deleteRetentionMs, settings, warnings: [] };
  }

  async bounds(): Promise<Bounds> {
    this.#checkOpen();
    this.#checkWriting();
    const ends = [...this.#reader.ends().entries()];
    // As in Kafka, compaction doesn't move startOffset, even where the first records are gone.
    return new Map(
      ends.map(([partition, endOffset]) => [partition, { startOffset: 0, endOffset, stableEndOffset: endOffset }]),
    );
  }

  async compact(nowMs?: number): Promise<{ readonly removed: number }> {
    this.#checkOpen();
    return this.#thread.compact(nowMs);
  }

  async pragmas(): Promise<Pragmas> {
    this.#checkOpen();
    return this.#thread.pragmas();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.close();
    this.#closed.abort();
    this.#arrivals.end();
    // The reader goes first: the last connection to close folds the write-ahead log into the file, and it must write.
    this.#reader.close();
    await this.#thread.close();
  }

  #checkTail(partition: Partition, tail: string): void {
    const offset = offsetOfTail(tail);
    const found = offset === undefined ? undefined : this.#recordAt(partition, offset);
    if (offset === undefined || found === undefined || tailOf(found) === tail) return;
    const message = `partition ${partition} holds another record at ${offset} than was read there: the log has lost records`;
    throw new LogDiverged(message, partition, offset);
  }

  #recordAt(partition: Partition, offset: Offset): LogRecord | undefined {
    const first = this.#reader.batch(partition, offset)?.records[0];
    return first?.offset === offset ? first : undefined;
  }

  #checkPartition(partition: Partition): void {
    const { partitions } = this.#options;
    if (!Number.isSafeInteger(partition) || partition < 0 || partition >= partitions) {
      throw new RangeError(`partition ${partition} does not exist; there are ${partitions}`);
    }
  }

  /** A log whose thread is gone without having been asked to would look well otherwise while it refuses every append. */
  #checkWriting(): void {
    const { gone } = this.#thread;
    if (this.#closing !== undefined || gone === undefined) return;
    throw new KmodelError('LOG_UNAVAILABLE', `${gone.message}; start the process again`, { cause: gone });
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw new KmodelError('LOG_UNAVAILABLE', 'the log is closed');
  }
}

/** What one fetch answer holds for a partition, handed out in batches of the port. Pure. */
import type { Batch, LogRecord } from '../log.ts';
import { tailOf } from '../tail.ts';
import { BatchRecords, type RecordBatch, recordCount } from './record-batches.ts';

/** A batch holds at most so many records and so many bytes of keys and values, unless it is a single record. */
export const MAX_BATCH_RECORDS = 1000;
export const MAX_BATCH_BYTES = 512 * 1024;

export interface Portion {
  readonly batch: Batch;
  /** It ends where the answer ends. */
  readonly last: boolean;
}

/** Records are decoded when they are handed out: what is decoded earlier lives through collections of garbage. */
export class Portions {
  readonly #partition: number;
  readonly #batches: readonly RecordBatch[];
  readonly #endOffset: number;
  /** Of the records that one batch of the port is to hold: all of the same size, for a small rest costs as much as a whole one. */
  readonly #size: number;
  /** Of the last batch of the answer. */
  readonly #leaderEpoch: number | undefined;
  #fromOffset: number;
  #nextBatch = 0;
  #records: BatchRecords | undefined;
  /** Of the batch that they are of. */
  #epoch: number | undefined;
  /** Decoded, and not handed out yet. */
  #peeked: LogRecord | undefined;

  /** Records below `fromOffset` are left out: a batch can begin before the place that was asked for. */
  constructor(
    partition: number,
    fromOffset: number,
    batches: readonly RecordBatch[],
    endOffset: number,
    leaderEpoch: number | undefined,
  ) {
    this.#leaderEpoch = leaderEpoch;
    this.#partition = partition;
    this.#fromOffset = fromOffset;
    this.#batches = batches;
    this.#endOffset = endOffset;
    const count = batches.reduce((sum, batch) => sum + recordCount(batch), 0);
    this.#size = Math.ceil(count / Math.ceil(count / MAX_BATCH_RECORDS));
  }

  /** Undefined where there is nothing left. Throws CorruptBatch. */
  take(): Portion | undefined {
    const fromOffset = this.#fromOffset;
    if (fromOffset >= this.#endOffset) return undefined;
    const records: LogRecord[] = [];
    let bytes = 0;
    let epoch: number | undefined;
    let record = this.#peek();
    for (; record !== undefined; record = this.#peek()) {
      bytes += record.key.length + (record.value?.length ?? 0);
      if (records.length === this.#size || (bytes > MAX_BATCH_BYTES && records.length > 0)) break;
      records.push(record);
      epoch = this.#epoch;
      this.#peeked = undefined;
    }
    const last = record === undefined;
    this.#fromOffset = last ? this.#endOffset : (records.at(-1) as LogRecord).offset + 1;
    const leaderEpoch = last ? this.#leaderEpoch : epoch;
    const newest = records.at(-1);
    const tail = newest === undefined ? undefined : tailOf(newest);
    return {
      batch: { partition: this.#partition, fromOffset, nextOffset: this.#fromOffset, leaderEpoch, tail, records },
      last,
    };
  }

  /** The next record to hand out. */
  #peek(): LogRecord | undefined {
    while (this.#peeked === undefined || this.#peeked.offset < this.#fromOffset) {
      this.#peeked = this.#records?.next();
      if (this.#peeked !== undefined) continue;
      const batch = this.#batches[this.#nextBatch++];
      if (batch === undefined) return undefined;
      this.#records = new BatchRecords(batch, this.#partition);
      this.#epoch = batch.leaderEpoch;
    }
    return this.#peeked;
  }
}

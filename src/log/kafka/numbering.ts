/** As whom a partition's batches are written: producer id, epoch and sequence numbers. */
import { type ProducerStamp, sequenceAfter } from './batch-encoding.ts';

/** Records have at most this epoch; the one above it, the last there is, is left for a fence. */
const MAX_EPOCH = 32_766;

export class Numbering {
  #producerId: bigint | undefined;
  #epoch = 0;
  #next = 0;

  /** Undefined before the first batch. */
  get producerId(): bigint | undefined {
    return this.#producerId;
  }

  /** No record can be numbered before there is another producer id; nothing under way can be mixed up with it. */
  get isUsedUp(): boolean {
    return this.#producerId === undefined || this.#epoch > MAX_EPOCH;
  }

  use(producerId: bigint): void {
    this.#producerId = producerId;
    this.#epoch = 0;
    this.#next = 0;
  }

  /** Numbers so many records. Undefined where they are used up. */
  take(count: number): ProducerStamp | undefined {
    if (this.#producerId === undefined || this.isUsedUp) return undefined;
    const stamp = { producerId: this.#producerId, epoch: this.#epoch, firstSequence: this.#next };
    this.#next = sequenceAfter(this.#next, count);
    return stamp;
  }

  /** The numbers from this one on are free again: no batch with them ever landed. */
  giveBack(firstSequence: number): void {
    this.#next = firstSequence;
  }

  raiseEpoch(): void {
    this.#epoch++;
    this.#next = 0;
  }

  /** The first number of a raised epoch, for the fence. Each time the same: for a broker all attempts are one batch. */
  fence(): ProducerStamp | undefined {
    if (this.#producerId === undefined) return undefined;
    return { producerId: this.#producerId, epoch: this.#epoch, firstSequence: 0 };
  }

  /** The fence landed; records follow it. */
  fenced(): void {
    this.#next = 1;
  }
}

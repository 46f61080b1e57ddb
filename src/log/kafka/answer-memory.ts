/**
 * Memory for the records that brokers send, lent to one answer after the other. Left to the collector of garbage it is given back
 * late: an answer lives too long for the quick collections, and what it takes counts towards the next slow one, which a
 * replay then needs five times as often.
 */

/** As much as a partition's part of an answer mostly is. */
const PIECE_BYTES = 512 * 1024;
/** For what is smaller no piece is lent: many readers wait with a few records each. */
const LEAST_BYTES = PIECE_BYTES / 8;
/** More are not kept: 8 MiB. */
const MOST_FREE = 16;

export class AnswerMemory {
  readonly #free: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** So many bytes that nobody else uses, whatever they hold. */
  lend(length: number): Buffer {
    if (length < LEAST_BYTES || length > PIECE_BYTES) return Buffer.allocUnsafeSlow(length);
    const piece = this.#free.pop() ?? new ArrayBuffer(PIECE_BYTES);
    this.#lent.add(piece);
    return Buffer.from(piece, 0, length);
  }

  /** To be called when nobody uses the bytes any more: they may be lent again at once. Whoever forgets it does no harm. */
  takeBack({ buffer }: Buffer): void {
    if (this.#lent.delete(buffer) && this.#free.length < MOST_FREE) this.#free.push(buffer as ArrayBuffer);
  }
}

/** Tells every waiter of this process that checkpoints moved. */
import type { Position } from './view.ts';

export class Notices {
  readonly #subscribers = new Set<Subscriber>();
  #closed = false;

  /** Tells where partitions now are. What a subscriber hasn't taken yet is merged. */
  tell(partition: number, checkpoint: number): void {
    for (const subscriber of this.#subscribers) subscriber.tell(partition, checkpoint);
  }

  /** Wakes every subscriber, where nobody knows which partitions moved. */
  wake(): void {
    for (const subscriber of this.#subscribers) subscriber.wake();
  }

  /** From this call on nothing is missed, even where the loop over it starts later. */
  subscribe(signal: AbortSignal): AsyncIterable<Position> {
    const subscriber = new Subscriber(() => {
      this.#subscribers.delete(subscriber);
      signal.removeEventListener('abort', end);
    });
    const end = (): void => subscriber.end();
    if (this.#closed || signal.aborted) end();
    else {
      this.#subscribers.add(subscriber);
      signal.addEventListener('abort', end, { once: true });
    }
    return subscriber;
  }

  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers) subscriber.end();
  }
}

class Subscriber implements AsyncIterableIterator<Position> {
  readonly #leave: () => void;
  #untaken = new Map<number, number>();
  #waiting: ((result: IteratorResult<Position>) => void)[] = [];
  #isWoken = false;
  #ended = false;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  tell(partition: number, checkpoint: number): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#untaken.set(partition, checkpoint);
    else waiter({ done: false, value: new Map([[partition, checkpoint]]) });
  }

  wake(): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#isWoken = true;
    else waiter({ done: false, value: new Map() });
  }

  end(): void {
    this.#ended = true;
    this.#leave();
    for (const waiter of this.#waiting.splice(0)) waiter({ done: true, value: undefined });
  }

  async next(): Promise<IteratorResult<Position>> {
    if (this.#ended) return { done: true, value: undefined };
    if (this.#untaken.size === 0 && !this.#isWoken) return new Promise((resolve) => this.#waiting.push(resolve));
    const value = this.#untaken;
    this.#untaken = new Map();
    this.#isWoken = false;
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<Position>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

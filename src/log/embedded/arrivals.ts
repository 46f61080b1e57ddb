/** Wakes readers that wait at the end of a partition. A wake-up proves nothing: the reader looks again. */
export class Arrivals {
  readonly #waiting = new Map<number, Set<() => void>>();
  #ended = false;

  /** Resolves at the partition's next arrival, when `signal` aborts, or when all waiting ends. */
  async next(partition: number, signal: AbortSignal): Promise<void> {
    if (this.#ended || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const waiting = this.#waiting.get(partition) ?? new Set();
    this.#waiting.set(partition, waiting.add(wake));
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }

  /** The partition may have new records. */
  tell(partition: number): void {
    for (const wake of this.#waiting.get(partition) ?? []) wake();
  }

  /** Wakes everybody, now and from now on. */
  end(): void {
    this.#ended = true;
    for (const partition of this.#waiting.keys()) this.tell(partition);
  }
}

/** Holds the newest of what is put in until it is taken; an older one that nobody took is replaced. */
export class Mailbox<Item> {
  #newest: { readonly item: Item } | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  put(item: Item): void {
    this.#newest = { item };
    this.#wake();
  }

  /** Taking ends at once: what was not taken yet is of no use any more. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Taking rejects once the newest item is taken. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** For one taker. */
  async *take(): AsyncGenerator<Item, void, undefined> {
    while (!this.#ended) {
      const newest = this.#newest;
      if (newest !== undefined) {
        this.#newest = undefined;
        yield newest.item;
      } else if (this.#failure !== undefined) throw this.#failure.error;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    }
  }
}

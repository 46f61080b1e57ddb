/** The pipes of a view, opened when they are needed and kept: one for each update that is under way. */
import { CommandText } from './command-text.ts';
import { Pipe } from './pipe.ts';

/** So many updates are under way at once; more of them wait. */
const MOST_PIPES = 16;
/** Memory for commands that is larger is not kept. Bytes. */
const MOST_KEPT_BYTES = 1024 * 1024;

/** A pipe, and memory for what is sent by it. */
export interface Lent {
  readonly pipe: Pipe;
  readonly text: CommandText;
}

export class Pipes {
  readonly #uri: string;
  readonly #free: Lent[] = [];
  readonly #waiting: (() => void)[] = [];
  #lent = 0;

  constructor(uri: string) {
    this.#uri = uri;
  }

  /** Lends a pipe to `work`. Rejects where none can be opened, or with what `work` rejects with. */
  async use<T>(work: (lent: Lent) => Promise<T>): Promise<T> {
    if (this.#lent === MOST_PIPES) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#lent += 1;
    try {
      const lent = this.#usable() ?? { pipe: await Pipe.open(this.#uri), text: new CommandText() };
      // What a pipe still holds after a failure nobody knows.
      const failed = (error: unknown): never => {
        lent.pipe.destroy(error as Error);
        throw error;
      };
      const result = await work(lent).catch(failed);
      if (lent.text.size <= MOST_KEPT_BYTES) this.#free.push(lent);
      else this.#free.push({ pipe: lent.pipe, text: new CommandText() });
      return result;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#lent -= 1;
      else next();
    }
  }

  /** To be called when none is lent any more. */
  close(): void {
    for (const { pipe } of this.#free.splice(0)) pipe.destroy(new Error('the view is closed'));
  }

  #usable(): Lent | undefined {
    for (let lent = this.#free.pop(); lent !== undefined; lent = this.#free.pop()) if (lent.pipe.usable) return lent;
    return undefined;
  }
}

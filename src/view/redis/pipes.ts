/** The pipes of a view, opened when they are needed and kept: one for each update that is under way. */
import { type Alarm, type Line, Silent } from './alarm.ts';
import { CommandText } from './command-text.ts';
import type { Limits } from './limits.ts';
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

export class Pipes implements Line {
  readonly #uri: string;
  readonly #limits: Limits;
  readonly #alarm: Alarm;
  readonly #free: Lent[] = [];
  readonly #lentOut = new Set<Lent>();
  readonly #waiting: (() => void)[] = [];
  readonly #closed = new AbortController();
  #lent = 0;

  constructor(uri: string, limits: Limits, alarm: Alarm) {
    this.#uri = uri;
    this.#limits = limits;
    this.#alarm = alarm;
    alarm.join(this);
  }

  /** Lends a pipe to `work`. Rejects where none can be opened, or with what `work` rejects with. */
  async use<T>(work: (lent: Lent) => Promise<T>): Promise<T> {
    if (this.#lent === MOST_PIPES) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#lent += 1;
    try {
      return await this.#workWith(await this.#lend(), work);
    } catch (error) {
      if (error instanceof Silent) this.#alarm.silent();
      this.#alarm.hear(error);
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#lent -= 1;
      else next();
    }
  }

  /** Updates that are under way on the server that is left end by its own refusal; their pipes aren't used again. */
  leave(reason: Error): void {
    for (const { pipe } of this.#free.splice(0)) pipe.destroy(reason);
    for (const { pipe } of this.#lentOut) pipe.isLeft = true;
  }

  /** A new one costs less than to ask each. Those that are under way find out by themselves. */
  prove(): void {
    this.leave(new Error('another connection to this server was silent'));
  }

  /** What is under way rejects. */
  close(): void {
    this.#closed.abort();
    const reason = new Error('the view is closed');
    for (const { pipe } of [...this.#free.splice(0), ...this.#lentOut]) pipe.destroy(reason);
  }

  async #workWith<T>(lent: Lent, work: (lent: Lent) => Promise<T>): Promise<T> {
    this.#lentOut.add(lent);
    try {
      const result = await work(lent);
      this.#takeBack(lent);
      return result;
    } catch (error) {
      // After a failure it isn't known what a pipe still holds.
      lent.pipe.destroy(error as Error);
      throw error;
    } finally {
      this.#lentOut.delete(lent);
    }
  }

  #takeBack({ pipe, text }: Lent): void {
    if (pipe.isLeft) pipe.destroy(new Error('it leads to a server that was left'));
    else this.#free.push({ pipe, text: text.size <= MOST_KEPT_BYTES ? text : new CommandText() });
  }

  async #lend(): Promise<Lent> {
    for (let lent = this.#free.pop(); lent !== undefined; lent = this.#free.pop()) {
      if (await this.#isAlive(lent)) return lent;
    }
    const { connectMs } = this.#limits;
    return { pipe: await Pipe.open(this.#uri, connectMs, this.#closed.signal), text: new CommandText() };
  }

  /** One that rested may have been forgotten by what lies between, and then the others were, too. */
  async #isAlive(lent: Lent): Promise<boolean> {
    const { restMs, proofMs } = this.#limits;
    const { pipe, text } = lent;
    if (!pipe.usable || performance.now() - pipe.heardAt < restMs) return pipe.usable;
    text.restart();
    text.whole('PING');
    this.#lentOut.add(lent);
    try {
      await pipe.send(text.bytes(), text.count, proofMs);
      return !pipe.isLeft && pipe.usable;
    } catch {
      this.#alarm.silent();
      return false;
    } finally {
      this.#lentOut.delete(lent);
    }
  }
}

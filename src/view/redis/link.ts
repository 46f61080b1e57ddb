/** A connection that is made anew where it is lost, silent, or leads to a server that is not to be used. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineLoop, repeat } from '../../core/loop.ts';
import { KmodelError } from '../../errors.ts';
import { Silent } from './alarm.ts';
import { addressOf, type Client, connectOnce, reasonOf } from './client.ts';
import type { Limits } from './limits.ts';

const LONGEST_PAUSE_MS = 500;
const CONNECT_AGAIN = defineLoop('redis.connect-again', { everyMs: 20, mostMs: LONGEST_PAUSE_MS });

export interface LinkOptions {
  readonly uri: string;
  readonly limits: Limits;
  /** Makes a new connection ready for use. What it rejects with keeps that connection from being used. */
  readonly prepare: (client: Client) => Promise<void>;
  /** Whether a connection in use is still one to be used: rejects where it isn't. */
  readonly check: (client: Client) => Promise<unknown>;
  /** Takes one line for the operator when the connection is lost, and when there is one again. */
  readonly warn: (line: string) => void;
  /** Called each time there is a connection again. */
  readonly onAgain: () => void;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #closed = new AbortController();
  #client: Client | undefined;
  #connectedAt = 0;
  #isProving = false;
  /** Why there is no connection now. */
  #trouble = new Error('it is not connected');

  private constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Connects. Throws KmodelError: what `prepare` threw, or REDIS_UNREACHABLE. */
  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    try {
      await link.#connect();
      return link;
    } catch (error) {
      if (error instanceof KmodelError) throw error;
      const where = addressOf(options.uri);
      throw new KmodelError('REDIS_UNREACHABLE', `Redis at ${where} can not be reached: ${reasonOf(error)}`);
    }
  }

  /** Throws why there is no connection now. */
  get client(): Client {
    if (this.#client === undefined) throw this.#trouble;
    return this.#client;
  }

  /** Gives the connection up and makes another one: `which`, where that is still the one in use. */
  leave(reason: Error, which = this.#client): void {
    if (which === undefined || this.#client !== which || this.#closed.signal.aborted) return;
    this.#client = undefined;
    this.#trouble = reason;
    which.destroy();
    const { uri, warn } = this.#options;
    warn(`Redis at ${addressOf(uri)} can not be used: ${reasonOf(reason)}; trying again`);
    void this.#connectAgain();
  }

  /** Checks the connection, and gives it up where it is not to be used, or where no answer comes soon. */
  prove(): void {
    if (this.#client === undefined || this.#isProving) return;
    this.#isProving = true;
    void this.#prove(this.#client).finally(() => {
      this.#isProving = false;
    });
  }

  close(): void {
    this.#closed.abort();
    this.#client?.destroy();
    this.#trouble = new Error('the view is closed');
    this.#client = undefined;
  }

  async #prove(client: Client): Promise<void> {
    const { limits, check } = this.#options;
    const timer = setTimeout(() => this.leave(new Silent(limits.proofMs), client), limits.proofMs);
    try {
      await check(client);
    } catch (error) {
      this.leave(error as Error, client);
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(): Promise<void> {
    const { uri, limits, prepare } = this.#options;
    const { signal } = this.#closed;
    const client = await connectOnce(uri, limits, signal, (which, cause) => this.leave(cause, which));
    try {
      await prepare(client);
      if (signal.aborted || !client.isReady) throw new Error('the connection was lost');
    } catch (error) {
      client.destroy();
      throw error;
    }
    this.#client = client;
    this.#connectedAt = performance.now();
  }

  async #connectAgain(): Promise<void> {
    const { uri, warn, onAgain } = this.#options;
    const { signal } = this.#closed;
    // A connection that was of no use at once isn't followed by the next one at once.
    const rest = this.#connectedAt + LONGEST_PAUSE_MS - performance.now();
    if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => undefined);
    await repeat(CONNECT_AGAIN, signal, async () => {
      try {
        await this.#connect();
        return 'done';
      } catch (error) {
        this.#trouble = error as Error;
        return 'pause';
      }
    });
    if (signal.aborted) return;
    warn(`Redis at ${addressOf(uri)} is reached again`);
    onAgain();
  }
}

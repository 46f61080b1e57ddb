/**
 * The connection to Redis: commands with a time limit each, scripts by their hash, errors of one line.
 *
 * A command that was sent is never sent again: on a lost connection everything under way rejects, and the client is told
 * to keep no queue while it is offline. Whoever asked decides whether to ask again.
 */
import { createClient } from '@redis/client';
import { defineLoop, every } from '../../core/loop.ts';
import { KmodelError } from '../../errors.ts';
import type { Script, Scripts } from './script.ts';

/** How long a command may take. Milliseconds. */
const COMMAND_LIMIT_MS = 5_000;
/** How often commands that wait are looked over. */
const LOOK_OVER = defineLoop('redis.waiting-commands', { everyMs: 250 });
/** The longest pause between tries to connect again. Milliseconds. */
const LONGEST_PAUSE_MS = 500;
const CONNECT_LIMIT_MS = 5_000;
/** A peer that is silent for so long while it is asked every PING_MS is given up, and connected to again. Milliseconds. */
const SILENCE_LIMIT_MS = 15_000;
const PING_MS = 5_000;

export type Client = ReturnType<typeof newClient>;

interface Waiting {
  readonly until: number;
  readonly giveUp: () => void;
}

export class Connection implements Scripts {
  readonly #client: Client;
  readonly #where: string;
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof every> | undefined;

  private constructor(client: Client, where: string) {
    this.#client = client;
    this.#where = where;
  }

  /** Connects; `onAgain` is called each time it is connected again. Throws KmodelError REDIS_UNREACHABLE. */
  static async open(uri: string, warn: (line: string) => void, onAgain: () => void): Promise<Connection> {
    return new Connection(await connect(uri, warn, onAgain), addressOf(uri));
  }

  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const call: string[] = ['EVALSHA', script.sha, String(keys.length)];
    for (const key of keys) call.push(key);
    for (const argument of args) call.push(argument);
    try {
      return await this.#send(call);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw this.told(error);
    }
    // Nothing ran: the server was restarted or its scripts were flushed. EVAL keeps the script there.
    call[0] = 'EVAL';
    call[1] = script.source;
    return this.#send(call).catch((error: unknown) => {
      throw this.told(error);
    });
  }

  /** Sends one command. Rejects as `run` does. */
  async send(command: readonly string[]): Promise<unknown> {
    try {
      return await this.#send(command);
    } catch (error) {
      throw this.told(error);
    }
  }

  close(): void {
    this.#timer?.stop();
    this.#client.destroy();
    for (const { giveUp } of this.#waiting) giveUp();
  }

  async #send(command: readonly string[]): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    const waiting: Waiting = {
      until: performance.now() + COMMAND_LIMIT_MS,
      giveUp: () => answer.reject(new Error(`it did not answer within ${COMMAND_LIMIT_MS / 1000} s`)),
    };
    this.#waiting.add(waiting);
    this.#timer ??= every(LOOK_OVER, () => this.#lookOver());
    this.#client.sendCommand(command as string[]).then(answer.resolve, answer.reject);
    try {
      return await answer.promise;
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** One timer for all: one for each command would cost more than the command. */
  #lookOver(): void {
    const now = performance.now();
    for (const { until, giveUp } of this.#waiting) if (until <= now) giveUp();
  }

  /** What anything that was asked of this Redis rejects with. */
  told(error: unknown): KmodelError {
    return new KmodelError('VIEW_UNAVAILABLE', `Redis at ${this.#where}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Until it was connected once nothing is tried again: whoever opens a view hears at once that it can't be. */
function newClient(url: string, wasConnected: () => boolean) {
  return createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    pingInterval: PING_MS,
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: CONNECT_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      reconnectStrategy: (tries: number, cause: Error) =>
        wasConnected() ? Math.min(LONGEST_PAUSE_MS, 20 * 2 ** Math.min(tries, 10)) : cause,
    },
  });
}

/** Connects a client; `onAgain` is called each time it is connected again. Throws KmodelError REDIS_UNREACHABLE. */
export async function connect(uri: string, warn: (line: string) => void, onAgain: () => void): Promise<Client> {
  const where = addressOf(uri);
  let connected = false;
  let lost = false;
  let client: Client | undefined;
  try {
    client = newClient(uri, () => connected);
    client.on('error', (error: unknown) => {
      if (connected && !lost) warn(`Redis at ${where} can not be reached: ${reasonOf(error)}; trying again`);
      lost = true;
    });
    client.on('ready', () => {
      if (connected && lost) {
        warn(`Redis at ${where} is reached again`);
        onAgain();
      }
      lost = false;
    });
    await client.connect();
  } catch (error) {
    client?.destroy();
    throw new KmodelError('REDIS_UNREACHABLE', `Redis at ${where} can not be reached: ${reasonOf(error)}`);
  }
  connected = true;
  return client;
}

/** Host and port, never the password. */
function addressOf(uri: string): string {
  try {
    return new URL(uri).host;
  } catch {
    return 'the configured address';
  }
}

/** The number of the database that an address names; 0 where it names none. */
export function databaseOf(uri: string): number {
  return Number(new URL(uri).pathname.slice(1));
}

/** One line for people. */
export function reasonOf(error: unknown): string {
  const parts = error instanceof AggregateError ? error.errors : [error];
  const text = parts.map((part) => (part instanceof Error ? part.message || part.name : String(part))).join(', ');
  return text.split('\n', 1)[0] ?? '';
}

/**
 * The connection for commands: a time limit each, scripts by their hash, errors of one line.
 *
 * A command that was sent is never sent again: on a lost connection everything under way rejects, and nothing is queued
 * while there is none. The caller decides whether to ask again.
 */
import { defineLoop, every } from '../../core/loop.ts';
import { KmodelError } from '../../errors.ts';
import { type Alarm, type Line, Silent } from './alarm.ts';
import { addressOf, type Client, reasonOf } from './client.ts';
import type { Limits } from './limits.ts';
import { Link } from './link.ts';
import type { Script, Scripts } from './script.ts';
import { checkRole } from './server-check.ts';

/** How often commands that wait are looked over. */
const LOOK_OVER = defineLoop('redis.waiting-commands', { everyMs: 250 });

function checkMaster(client: Client): Promise<void> {
  return checkRole((command) => client.sendCommand([...command]));
}

interface Waiting {
  readonly client: Client;
  readonly sentAt: number;
  readonly giveUp: (error: Error) => void;
}

export interface ConnectionOptions {
  readonly uri: string;
  readonly limits: Limits;
  readonly alarm: Alarm;
  readonly warn: (line: string) => void;
  /** Called each time it is connected again: it may be another server now. */
  readonly onAgain: () => void;
}

export class Connection implements Scripts, Line {
  readonly #link: Link;
  readonly #options: ConnectionOptions;
  readonly #waiting = new Set<Waiting>();
  #heardAt = 0;
  #timer: ReturnType<typeof every> | undefined;

  private constructor(link: Link, options: ConnectionOptions) {
    this.#link = link;
    this.#options = options;
    options.alarm.join(this);
  }

  /** Connects. Throws KmodelError REDIS_UNREACHABLE, or REDIS_UNFIT where it leads to a replica. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    return new Connection(await Link.open({ ...options, prepare: checkMaster, check: checkMaster }), options);
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

  /** It may lead to another server already: that is asked first. */
  leave(): void {
    this.#link.prove();
  }

  prove(): void {
    this.#link.prove();
  }

  close(): void {
    this.#timer?.stop();
    this.#link.close();
    for (const { giveUp } of this.#waiting) giveUp(new Error('the view is closed'));
  }

  async #send(command: readonly string[]): Promise<unknown> {
    const { client } = this.#link;
    const answer = Promise.withResolvers<unknown>();
    const waiting: Waiting = { client, sentAt: performance.now(), giveUp: answer.reject };
    this.#waiting.add(waiting);
    this.#timer ??= every(LOOK_OVER, () => this.#lookOver());
    client.sendCommand(command as string[]).then(answer.resolve, answer.reject);
    try {
      const reply = await answer.promise;
      this.#heardAt = performance.now();
      return reply;
    } catch (error) {
      this.#options.alarm.hear(error);
      throw error;
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** One timer for all: one for each command would cost more than the command. */
  #lookOver(): void {
    const { commandMs } = this.#options.limits;
    const late = performance.now() - commandMs;
    for (const { client, sentAt, giveUp } of this.#waiting) {
      if (sentAt > late) continue;
      const silent = new Silent(commandMs);
      giveUp(silent);
      // Commands that go on being sent keep the system from seeing that nothing comes back.
      if (this.#heardAt >= sentAt) continue;
      this.#link.leave(silent, client);
      this.#options.alarm.silent();
    }
  }

  /** What anything that was asked of this Redis rejects with. */
  told(error: unknown): KmodelError {
    const where = addressOf(this.#options.uri);
    return new KmodelError('VIEW_UNAVAILABLE', `Redis at ${where}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * A connection of an update's own: a transaction watches keys by its connection, so that two can't share one. Bytes go out
 * as they are (command-text.ts), replies are read by the client library's own decoder.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Decoder } from '@redis/client/dist/lib/RESP/decoder.js';
import { Silent } from './alarm.ts';
import { CommandText } from './command-text.ts';
import { KEEP_ALIVE_MS } from './limits.ts';

/** A reply as the decoder makes it; an Error where Redis refused, also inside of arrays. */
export type Reply = string | number | null | Error | readonly Reply[];

/** Throws the first refusal: of a transaction the last reply says only that there was one. */
export function accepted(replies: readonly Reply[]): readonly Reply[] {
  for (const reply of replies) if (reply instanceof Error) throw reply;
  return replies;
}

const PORT = 6379;

interface Asked {
  readonly count: number;
  readonly replies: Reply[];
  readonly answer: PromiseWithResolvers<readonly Reply[]>;
}

export class Pipe {
  readonly #socket: Socket;
  readonly #asked: Asked[] = [];
  readonly #decoder: Decoder;
  /** It leads to a server that is not to be used any more. */
  isLeft = false;
  #heardAt = performance.now();
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#decoder = new Decoder({
      onReply: (reply) => this.#take(reply as Reply),
      onErrorReply: (error) => this.#take(error),
      onPush: () => undefined,
      getTypeMapping: () => ({}),
    });
    socket.on('data', (chunk: Buffer) => this.#decode(chunk));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy(new Error('the connection was lost')));
  }

  /** Connects and signs in. Rejects with one line, also where `signal` aborts first. */
  static async open(uri: string, limitMs: number, signal: AbortSignal): Promise<Pipe> {
    const url = new URL(uri);
    const pipe = new Pipe(socketTo(url));
    const abort = (): void => pipe.destroy(new Error('the view is closed'));
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (signal.aborted) abort();
      const greeting = greetingOf(url);
      accepted(await pipe.send(greeting.bytes(), greeting.count, limitMs));
      return pipe;
    } catch (error) {
      pipe.destroy(error as Error);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** When something came from the server last, as performance.now() tells it. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get usable(): boolean {
    return this.#failure === undefined;
  }

  /**
   * Sends so many commands; resolves with their replies. The bytes must rest until then. Rejects with one line where the
   * connection is lost or the replies take longer, and the pipe is of no use any more.
   */
  async send(bytes: Buffer, count: number, limitMs: number): Promise<readonly Reply[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const asked: Asked = { count, replies: [], answer: Promise.withResolvers() };
    this.#asked.push(asked);
    const late = (): void => this.destroy(new Silent(limitMs));
    const timer = setTimeout(late, limitMs);
    this.#socket.write(bytes);
    try {
      return await asked.answer.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  destroy(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#socket.destroy();
    for (const { answer } of this.#asked.splice(0)) answer.reject(reason);
  }

  #decode(chunk: Buffer): void {
    this.#heardAt = performance.now();
    try {
      this.#decoder.write(chunk);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #take(reply: Reply): void {
    const [first] = this.#asked;
    if (first === undefined) return;
    first.replies.push(reply);
    if (first.replies.length < first.count) return;
    this.#asked.shift();
    first.answer.resolve(first.replies);
  }
}

function socketTo(url: URL): Socket {
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const port = url.port === '' ? PORT : Number(url.port);
  // TLS names hosts, not addresses.
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = url.protocol === 'rediss:' ? connectTls({ host, port, ...named }) : connectPlain({ host, port });
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
}

/**
 * Name, password and database of the address; then an empty transaction: where the user may not begin one, its commands
 * would be done one by one.
 */
function greetingOf(url: URL): CommandText {
  const text = new CommandText();
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (password !== '') text.whole('AUTH', ...(user === '' ? [] : [user]), password);
  const database = url.pathname.slice(1);
  if (database !== '') text.whole('SELECT', database);
  text.whole('MULTI');
  text.whole('EXEC');
  return text;
}

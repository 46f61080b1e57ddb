/**
 * HTTP/1.1 over plain sockets, one request at a time on each connection, just enough of it to measure kmodel. On two
 * cores the load generator takes from the server what it uses itself, and autocannon was measured at one and a half times
 * the CPU of this client (38 against 26 µs a request; a bare server answered 10,600 against 15,400 requests a second): it
 * parses whole answers in JavaScript, while this one only looks for their end.
 */
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: Buffer;
}

/** No answer of kmodel takes so long, however busy it is. Milliseconds. */
const ANSWER_WITHIN_MS = 40_000;
const HEAD_END = Buffer.from('\r\n\r\n');

/** The bytes of a request; `json` is its body. */
export function requestBytes(
  method: string,
  path: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly json?: string } = {},
): Buffer {
  const { headers = {}, json } = options;
  const body =
    json === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(json)) };
  const lines = Object.entries({ host: 'localhost', ...headers, ...body }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${json ?? ''}`);
}

/** The value of a header, named in lower case. */
export function headerOf(answer: Answer, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(answer.head)?.[1];
}

/** One kept-alive connection. */
export class Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #received = 0;
  #expected: number | undefined;
  #head = '';
  #bodyAt = 0;
  #pending: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
      socket.once('error', reject);
    });
  }

  /** The server ends connections that nothing was sent on for a while. */
  get closed(): boolean {
    return this.#socket.destroyed;
  }

  get busy(): boolean {
    return this.#pending !== undefined;
  }

  /** Sends one request; the former one must have been answered. */
  send(request: Buffer): Promise<Answer> {
    if (this.busy) return Promise.reject(new Error('one request at a time on a connection'));
    if (this.closed) return Promise.reject(new Error('the server has closed the connection'));
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send(requestBytes('GET', path, { headers }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#expected === undefined) this.#readHead();
    if (this.#expected === undefined || this.#received < this.#expected) return;
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const answer = { status: Number(this.#head.slice(9, 12)), head: this.#head, body: bytes.subarray(this.#bodyAt) };
    const pending = this.#pending;
    this.#chunks = [];
    this.#received = 0;
    this.#expected = undefined;
    this.#pending = undefined;
    pending?.resolve(answer);
  }

  #readHead(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return;
    this.#head = bytes.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(this.#head)?.[1];
    if (length === undefined && /\r\ntransfer-encoding:/i.test(this.#head)) {
      this.#socket.destroy(new Error('this client reads no chunked answers'));
    }
    this.#bodyAt = end + HEAD_END.length;
    this.#expected = this.#bodyAt + Number(length ?? 0);
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}

/** Opens connections for the time of `use`. */
export async function withConnections<T>(
  url: string,
  count: number,
  use: (connections: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(url)));
  try {
    return await use(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

export interface Load {
  readonly url: string;
  readonly connections: number;
  /** No request is begun later. Seconds. */
  readonly seconds: number;
  /** Nor any beyond this count. */
  readonly requests?: number;
  /** The status that every answer must have; any other ends the run with an error. */
  readonly status: number;
  /** The bytes of request `number`, from 0 on. */
  readonly request: (number: number) => Buffer;
}

export interface LoadResult {
  /** In the order of the answers. Milliseconds. */
  readonly latenciesMs: readonly number[];
  /** From the first request to the last answer. */
  readonly seconds: number;
}

/** Each connection sends its next request as soon as it has the answer to the last one. */
export function load({ url, connections, seconds, requests = Infinity, status, request }: Load): Promise<LoadResult> {
  return withConnections(url, connections, async (opened) => {
    const latenciesMs: number[] = [];
    const start = performance.now();
    const until = start + seconds * 1000;
    let sent = 0;
    await Promise.all(
      opened.map(async (connection) => {
        while (sent < requests && performance.now() < until) {
          const bytes = request(sent++);
          const began = performance.now();
          const answer = await connection.send(bytes);
          latenciesMs.push(performance.now() - began);
          if (answer.status !== status) {
            throw new Error(`expected ${status}, found ${answer.status}: ${answer.body.toString().slice(0, 500)}`);
          }
        }
      }),
    );
    return { latenciesMs, seconds: (performance.now() - start) / 1000 };
  });
}

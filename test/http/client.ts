/** The client of the HTTP suite: real sockets, every answer checked against the server's own OpenAPI document. */
import { connect } from 'node:net';
import type { OpenApiDocument } from '../../src/http/openapi.ts';
import type { Problem, WireEntity, WireList } from '../../src/http/wire.ts';
import { checkAgainst, type CheckAnswer } from './openapi-check.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface TestClient {
  readonly url: string;
  send(path: string, options?: RequestOptions): Promise<Answer>;
  /** Sends bytes as they are; answers everything that came back until the server closed. */
  raw(bytes: string | Buffer, path?: string): Promise<Answer>;
  /** The codes of all problems seen so far. */
  readonly seen: ReadonlySet<string>;
}

/** Opens a client once the server is ready. */
export async function openClient(url: string): Promise<TestClient> {
  await untilReady(url);
  const check = checkAgainst((await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument);
  const seen = new Set<string>();
  return {
    url,
    seen,
    send: (path, options = {}) => send(url, path, options, check, seen),
    raw: async (bytes, path = '/') => {
      const answer = parseAnswer(await exchange(url, bytes));
      notice(answer, seen);
      check({ method: 'RAW', path, ...answer });
      return answer;
    },
  };
}

/** Waits until /health/ready answers 200. */
export async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await fetch(`${url}/health/ready`)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('not ready within 30 s');
}

export const entityOf = (answer: Answer): WireEntity => JSON.parse(answer.text) as WireEntity;
export const listOf = (answer: Answer): WireList => JSON.parse(answer.text) as WireList;
export const problemOf = (answer: Answer): Problem => JSON.parse(answer.text) as Problem;

/** The answer's position, as a request can demand it. */
export function positionOf(answer: Answer): string {
  const position = answer.headers.get('kmodel-position');
  if (position === null) throw new Error(`no position: ${answer.status} ${answer.text}`);
  return position;
}

async function send(
  url: string,
  path: string,
  options: RequestOptions,
  check: CheckAnswer,
  seen: Set<string>,
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, signal } = options;
  const asIs = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: asIs ? (body as string) : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = { status: response.status, headers: response.headers, text: await response.text() };
  notice(answer, seen);
  check({ method, path: path.split('?', 1)[0] ?? '', ...answer });
  return answer;
}

function notice({ status, headers, text }: Answer, seen: Set<string>): void {
  if (status >= 500 && status !== 503) throw new Error(`a ${status}: ${text}`);
  if (!headers.get('content-type')?.startsWith('application/problem+json') || text === '') return;
  const problem = JSON.parse(text) as Problem;
  if (problem.status !== status) throw new Error(`status ${status} with the problem of a ${problem.status}`);
  if (/\bat .+:\d+:\d+|node_modules/.test(text)) throw new Error(`a stack trace: ${text}`);
  seen.add(problem.code);
}

function exchange(url: string, bytes: string | Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = connect(Number(port), hostname);
  const chunks: Uint8Array[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  // A reset behind an answer is how a server may end a connection it can't read further.
  socket.on('error', (error) => (chunks.length > 0 ? resolve(Buffer.concat(chunks)) : reject(error)));
  socket.on('close', () => resolve(Buffer.concat(chunks)));
  socket.setTimeout(10_000, () => socket.destroy(new Error('no answer within 10 s')));
  socket.write(bytes);
  return promise;
}

function parseAnswer(bytes: Buffer): Answer {
  const text = bytes.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Headers(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, text: text.slice(end + 4) };
}

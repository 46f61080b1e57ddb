/**
 * One HTTP request and its answer, over connections that stay open. node:http instead of fetch, because an import is
 * bound by its client: fetch took 2.5 times the CPU time per request.
 */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';

export interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Longest time for one exchange, in ms; longer than the longest wait that a request can ask for. */
export const EXCHANGE_TIMEOUT_MS = 60_000;

const plain = { request: httpRequest, agent: new Agent({ keepAlive: true }) };
const tls = { request: httpsRequest, agent: new TlsAgent({ keepAlive: true }) };

/** Sends the request and reads the whole answer; redirects are answers like others. Rejects where none came in time. */
export function exchange(url: string, { method, headers, body }: Exchange): Promise<Answered> {
  const { request, agent } = url.startsWith('https:') ? tls : plain;
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const sent = request(url, { method, agent, headers: { ...headers, ...length } });
  const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), EXCHANGE_TIMEOUT_MS);
  sent.once('error', reject);
  sent.once('response', (answer) => {
    readText(answer).then((text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }), reject);
  });
  sent.end(body);
  return promise.finally(() => clearTimeout(timer));
}

async function readText(answer: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of answer) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString();
}

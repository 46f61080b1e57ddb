/** An HTTP server on the stand-in, for tests of the HTTP layer alone: each answer is checked against the document. */
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach } from 'vitest';
import { openApi } from '../../src/http/openapi.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import type { Problem } from '../../src/http/wire.ts';
import { checkAgainst } from './openapi-check.ts';
import { readingModel } from './reading-model.ts';
import { type StandIn, standIn } from './stand-in.ts';

/** A valid body. */
export const body = { sensor: 'attic', celsius: 20, takenAt: '2026-01-01T00:00:00Z', calibrated: true };

const check = checkAgainst(openApi([readingModel], '0.0.0', { status: true, metrics: true, quarantine: true }));
const open: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

/** A server that is closed after the test. */
export async function serve(more: Partial<HttpServerOptions> = {}): Promise<{ app: FastifyInstance; parts: StandIn }> {
  const parts = standIn(readingModel);
  const app = await createHttpServer({ models: [parts], version: '0.0.0', cors: [], logger: false, ...more });
  open.push(app);
  return { app, parts };
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';

/** One request without a socket. */
export async function ask(
  app: FastifyInstance,
  method: Method,
  url: string,
  more: { headers?: Record<string, string>; payload?: object } = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const answer = await app.inject({ method, url, ...more });
  const headers = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
  check({ method, path: url.split('?', 1)[0] ?? '', status: answer.statusCode, headers, text: answer.body });
  return { status: answer.statusCode, headers, text: answer.body };
}

/** The code of a problem. */
export const codeOf = ({ text }: { text: string }): string => (JSON.parse(text) as Problem).code;

/** A connection; `received` is all that came when the server has closed it. */
export async function talk(url: URL): Promise<{ received: Promise<string>; socket: ReturnType<typeof connect> }> {
  const socket = connect(Number(url.port), url.hostname);
  const received = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { received, socket };
}

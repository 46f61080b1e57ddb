import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { checkAgainst } from '../../test/http/openapi-check.ts';
import { readingModel } from '../../test/http/reading-model.ts';
import { type StandIn, standIn } from '../../test/http/stand-in.ts';
import { openApi } from './openapi.ts';
import { createHttpServer, type HttpServerOptions } from './server.ts';
import type { Problem, WireEntity } from './wire.ts';

const body = { sensor: 'attic', celsius: 20, takenAt: '2026-01-01T00:00:00Z', calibrated: true };
const check = checkAgainst(openApi([readingModel], '0.0.0'));
const open: FastifyInstance[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function serve(more: Partial<HttpServerOptions> = {}): Promise<{ app: FastifyInstance; parts: StandIn }> {
  const parts = standIn(readingModel);
  const app = await createHttpServer({ models: [parts], version: '0.0.0', cors: [], logger: false, ...more });
  open.push(app);
  return { app, parts };
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';

async function ask(
  app: FastifyInstance,
  method: Method,
  url: string,
  more: { headers?: Record<string, string>; payload?: object } = {},
) {
  const answer = await app.inject({ method, url, ...more });
  const headers = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
  check({ method, path: url.split('?', 1)[0] ?? '', status: answer.statusCode, headers, text: answer.body });
  return { status: answer.statusCode, headers, text: answer.body };
}

const codeOf = ({ text }: { text: string }): string => (JSON.parse(text) as Problem).code;

describe('with a view that is not built yet', () => {
  test('reads and the writes that need it answer VIEW_NOT_READY, plain POST works', async () => {
    const { app, parts } = await serve();
    parts.state.view = 'not-ready';
    for (const [method, url] of [
      ['GET', '/api/reading'],
      ['GET', '/api/reading/x'],
      ['PUT', '/api/reading/x'],
      ['DELETE', '/api/reading/x'],
    ] as const) {
      const answer = await ask(app, method, url, method === 'PUT' ? { payload: body } : {});
      expect([method, answer.status, codeOf(answer)]).toEqual([method, 503, 'VIEW_NOT_READY']);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    const keyed = await ask(app, 'POST', '/api/reading', { payload: body, headers: { 'idempotency-key': 'k' } });
    expect([keyed.status, codeOf(keyed)]).toEqual([503, 'VIEW_NOT_READY']);
    expect((await ask(app, 'POST', '/api/reading', { payload: body })).status).toBe(201);
    expect(parts.appended()).toBe(1);
  });

  test('readiness answers 503 with what is missing, liveness 200', async () => {
    const { app, parts } = await serve();
    parts.state.ready = false;
    const answer = await ask(app, 'GET', '/health/ready');
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toEqual({
      status: 'starting',
      models: { reading: { ready: false, quarantined: 0, partitions: [], problem: 'starting' } },
    });
    expect((await ask(app, 'GET', '/health/live')).status).toBe(200);
  });
});

test('a view that can not be read answers VIEW_UNAVAILABLE; plain POST works', async () => {
  const { app, parts } = await serve();
  parts.state.view = 'unavailable';
  const answer = await ask(app, 'GET', '/api/reading');
  expect([answer.status, codeOf(answer)]).toEqual([503, 'VIEW_UNAVAILABLE']);
  expect(answer.text).not.toContain('stand-in');
  expect((await ask(app, 'POST', '/api/reading', { payload: body })).status).toBe(201);
});

test('a log that takes no writes answers LOG_UNAVAILABLE to every write, and reads go on', async () => {
  const { app, parts } = await serve();
  await ask(app, 'PUT', '/api/reading/x', { payload: body });
  parts.state.log = 'unavailable';
  for (const [method, url] of [
    ['POST', '/api/reading'],
    ['PUT', '/api/reading/x'],
    ['DELETE', '/api/reading/x'],
  ] as const) {
    const answer = await ask(app, method, url, method === 'DELETE' ? {} : { payload: body });
    expect([method, answer.status, codeOf(answer), answer.headers.get('retry-after')]).toEqual([
      method,
      503,
      'LOG_UNAVAILABLE',
      '1',
    ]);
  }
  expect((await ask(app, 'GET', '/api/reading/x')).status).toBe(200);
});

test('what nobody expected answers INTERNAL with a request id that the log has too, and nothing else of it', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  const { app, parts } = await serve({ logger });
  parts.state.throws = true;
  const answer = await ask(app, 'GET', '/api/reading/x');
  expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL']);
  expect(answer.text).not.toContain('secret');
  const id = /request id is ([^ ]+)\./.exec((JSON.parse(answer.text) as Problem).detail)?.[1];
  expect(id).toBeDefined();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`"requestId":"${id}"`);
  expect(lines[0]).toContain('secret internals');
});

test('a good day leaves no line in the log', async () => {
  const lines: string[] = [];
  const { app } = await serve({ logger: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }) });
  await ask(app, 'POST', '/api/reading', { payload: body });
  await ask(app, 'GET', '/api/reading?limit=0');
  await ask(app, 'GET', '/api/reading/no-such');
  expect(lines).toEqual([]);
});

test('a PUT waits until the view shows what this process has acknowledged', async () => {
  const { app, parts } = await serve();
  const first = JSON.parse((await ask(app, 'PUT', '/api/reading/x', { payload: body })).text) as WireEntity;
  parts.state.following = false;
  await ask(app, 'PUT', '/api/reading/x', { payload: { ...body, celsius: 1 } });
  const waiting = ask(app, 'PUT', '/api/reading/x', { payload: { ...body, celsius: 2 } });
  expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 50, 'waiting'))])).toBe('waiting');
  expect(parts.appended()).toBe(2);
  parts.follow();
  expect(await waiting).toMatchObject({ status: 200 });
  expect((JSON.parse((await waiting).text) as WireEntity).createdAt).toBe(first.createdAt);
});

test('Prefer: wait also bounds the wait for what this process has acknowledged', async () => {
  const { app, parts } = await serve();
  parts.state.following = false;
  await ask(app, 'POST', '/api/reading', { payload: body });
  const { id } = JSON.parse((await ask(app, 'POST', '/api/reading', { payload: body })).text) as WireEntity;
  const answer = await ask(app, 'DELETE', `/api/reading/${id}`, { headers: { prefer: 'wait=0' } });
  expect([answer.status, codeOf(answer), answer.headers.get('preference-applied')]).toEqual([
    503,
    'VIEW_BEHIND',
    'wait=0',
  ]);
});

test('a server that stops answers SHUTTING_DOWN to what waits and to what still comes', async () => {
  const { app, parts } = await serve();
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  await ask(app, 'PUT', '/api/reading/x', { payload: body });
  parts.state.following = false;
  const waiting = fetch(new URL('/api/reading/x', url), { headers: { 'kmodel-position': '1=9', prefer: 'wait=20' } });
  const { received, socket } = await talk(url);
  socket.write('GET /api/reading HTTP/1.1\r\nHost: x\r\nKmodel-Position: 1=9\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closing = app.close();
  socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await waiting;
  expect([answer.status, codeOf({ text: await answer.text() })]).toEqual([503, 'SHUTTING_DOWN']);
  expect(await received).toContain('SHUTTING_DOWN');
  await closing;
});

test('a request that does not arrive whole in time answers 408', async () => {
  const { app } = await serve({ requestTimeoutMs: 200 });
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  for (const start of [
    'GET /api/reading HTT',
    'POST /api/reading HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  ]) {
    const { received, socket } = await talk(url);
    socket.write(start);
    const text = await received;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('REQUEST_TIMEOUT');
  }
});

describe('CORS', () => {
  const origin = 'https://board.example';

  test('pages of the named origins may use everything the API offers', async () => {
    const { app } = await serve({ cors: [origin] });
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/api/reading/x',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(origin);
    expect(preflight.headers['access-control-allow-methods']).toBe('GET, HEAD, POST, PUT, DELETE');
    expect(preflight.headers['access-control-allow-headers']).toBe(
      'Content-Type, Idempotency-Key, If-None-Match, Kmodel-Position, Prefer',
    );
    for (const url of ['/api/reading', '/api/reading/none', '/api/reading/%ff', '/api/reading?limit=0']) {
      const answer = await app.inject({ url, headers: { origin } });
      expect(answer.headers.vary).toBe('Origin, Kmodel-Position');
      if (!url.includes('%ff')) {
        expect(answer.headers['access-control-allow-origin']).toBe(origin);
        expect(answer.headers['access-control-expose-headers']).toBe(
          'ETag, Kmodel-Position, Location, Preference-Applied, Retry-After',
        );
      }
    }
  });

  test('others may not', async () => {
    const { app } = await serve({ cors: [origin] });
    const answer = await app.inject({ url: '/api/reading', headers: { origin: 'https://elsewhere.example' } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    const { app: none } = await serve();
    expect(
      (await none.inject({ url: '/api/reading', headers: { origin } })).headers['access-control-allow-origin'],
    ).toBeUndefined();
    expect(
      (await ask(none, 'OPTIONS', '/api/reading', { headers: { origin, 'access-control-request-method': 'PUT' } }))
        .status,
    ).toBe(405);
  });
});

describe('the web app', () => {
  async function withWeb(): Promise<FastifyInstance> {
    const folder = await mkdtemp(join(tmpdir(), 'kmodel-web-'));
    folders.push(folder);
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>board</title>');
    await writeFile(join(folder, 'assets', 'index-abc.js'), '1;');
    await writeFile(join(folder, 'icon.svg'), '<svg/>');
    const { app } = await serve({ web: pathToFileURL(`${folder}/`) });
    return app;
  }

  test('its page is asked for again each time, its named parts are kept for ever', async () => {
    const app = await withWeb();
    const page = await app.inject('/');
    expect([page.statusCode, page.headers['cache-control'], page.headers['content-type']]).toEqual([
      200,
      'no-cache',
      'text/html; charset=utf-8',
    ]);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    const part = await app.inject('/assets/index-abc.js');
    expect([part.statusCode, part.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await app.inject('/icon.svg')).headers['cache-control']).toBe('no-cache');
  });

  test('a browser that opens an address of the app gets its page; a program, a missing part and the API get 404', async () => {
    const app = await withWeb();
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    for (const url of ['/jobs/1', '/new?x=1', '/apix']) {
      const page = await app.inject({ url, headers: browser });
      expect([url, page.statusCode, page.headers['cache-control']]).toEqual([url, 200, 'no-cache']);
      expect(page.body).toContain('<title>board</title>');
      expect((await app.inject({ url, method: 'HEAD', headers: browser })).statusCode).toBe(200);
      const program = await app.inject({ url, headers: { accept: '*/*' } });
      expect([program.statusCode, codeOf({ text: program.body })]).toEqual([404, 'NOT_FOUND']);
      expect((await app.inject({ url, method: 'POST', headers: browser })).statusCode).toBe(404);
    }
    for (const url of ['/api', '/api/none', '/health/none', '/docs/none', '/openapi.json/']) {
      expect([url, (await app.inject({ url, headers: browser })).statusCode]).toEqual([
        url,
        url === '/openapi.json/' ? 200 : 404,
      ]);
    }
    expect((await app.inject({ url: '/assets/old.js' })).statusCode).toBe(404);
    expect((await app.inject({ url: '/', method: 'POST' })).headers['allow']).toBe('GET, HEAD');
  });

  test('nothing outside its folder is served', async () => {
    const app = await withWeb();
    for (const url of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/assets/../../package.json',
      '/assets/%00',
    ]) {
      const answer = await app.inject({ url });
      expect([url, answer.statusCode >= 400 && answer.statusCode < 500]).toEqual([url, true]);
    }
  });
});

test('without a web app the address itself says where to go', async () => {
  const { app } = await serve();
  expect((await app.inject('/')).json()).toEqual({
    name: 'kmodel',
    version: '0.0.0',
    docs: '/docs',
    openapi: '/openapi.json',
    models: { reading: '/api/reading' },
  });
});

async function talk(url: URL): Promise<{ received: Promise<string>; socket: ReturnType<typeof connect> }> {
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

/** A server whose log or view fails, and what it writes to its own log. */
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { ask, body, codeOf, serve, talk } from '../../test/http/stand-in-server.ts';
import type { Problem, WireReadiness } from './wire.ts';

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
    parts.state.reads = 'starting';
    parts.state.writes = 'starting';
    const answer = await ask(app, 'GET', '/health/ready');
    expect(answer.status).toBe(503);
    const model = { ready: false, reads: 'starting', writes: 'starting', quarantined: 0, partitions: [] };
    expect(JSON.parse(answer.text)).toEqual({
      status: 'starting',
      reads: 'starting',
      writes: 'starting',
      models: { reading: { ...model, problems: ['stand-in'] } },
    });
    expect((await ask(app, 'GET', '/health/live')).status).toBe(200);
  });
});

test('readiness tells reads from writes: one asks for either, and a degraded API stays', async () => {
  const { app, parts } = await serve();
  const asked = async (query: string): Promise<unknown> => {
    const answer = await ask(app, 'GET', `/health/ready${query}`);
    const { status, reads, writes } = JSON.parse(answer.text) as WireReadiness;
    return [answer.status, status, reads, writes, answer.headers.get('retry-after')];
  };
  parts.state.writes = 'unavailable';
  for (const query of ['', '?for=reads'])
    expect(await asked(query)).toEqual([200, 'ready', 'ready', 'unavailable', null]);
  expect(await asked('?for=writes')).toEqual([503, 'unavailable', 'ready', 'unavailable', '1']);
  parts.state.reads = 'degraded';
  expect(await asked('')).toEqual([200, 'degraded', 'degraded', 'unavailable', null]);
  const wrong = await app.inject('/health/ready?for=both');
  expect([wrong.statusCode, codeOf({ text: wrong.body })]).toEqual([400, 'QUERY_INVALID']);
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

test('a refusal that sending it again can not help says so: no Retry-After, and a line for the operator', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  const { app, parts } = await serve({ logger });
  parts.state.log = 'forbidden';
  const refused = await ask(app, 'POST', '/api/reading', { payload: body });
  expect([refused.status, codeOf(refused), refused.headers.get('retry-after')]).toEqual([503, 'LOG_REFUSES', null]);
  expect((JSON.parse(refused.text) as Problem).detail).toBe('Nothing was written; it needs an operator: stand-in.');
  expect(lines).toHaveLength(1);
  parts.state.log = 'too-large';
  const large = await ask(app, 'PUT', '/api/reading/x', { payload: body });
  expect([large.status, codeOf(large)]).toEqual([413, 'RECORD_TOO_LARGE']);
  expect(lines).toHaveLength(1);
});

test('a write without an outcome tells until when it may land, where that is known', async () => {
  const { app, parts } = await serve();
  parts.state.log = 'uncertain';
  const open = JSON.parse((await ask(app, 'POST', '/api/reading', { payload: body })).text) as Problem;
  expect(open.until).toBeUndefined();
  expect(open.detail).toContain('until when is not known before this server reaches the log again');
  parts.state.until = 1_800_000_000_000;
  const bound = JSON.parse((await ask(app, 'POST', '/api/reading', { payload: body })).text) as Problem;
  expect(bound.until).toBe('2027-01-15T08:00:00.000Z');
  expect(bound.detail).toContain('it may still land until 2027-01-15T08:00:00.000Z.');
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

test('only a log or view that fails leaves a line, not one that is starting or behind', async () => {
  const lines: string[] = [];
  const { app, parts } = await serve({
    logger: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
  });
  parts.state.view = 'not-ready';
  expect(codeOf(await ask(app, 'GET', '/api/reading'))).toBe('VIEW_NOT_READY');
  parts.state.view = 'ok';
  const headers = { 'kmodel-position': '0=9', prefer: 'wait=0' };
  expect(codeOf(await ask(app, 'GET', '/api/reading', { headers }))).toBe('VIEW_BEHIND');
  expect(lines).toEqual([]);
  parts.state.view = 'unavailable';
  await ask(app, 'GET', '/api/reading');
  parts.state.log = 'unavailable';
  await ask(app, 'POST', '/api/reading', { payload: body });
  expect(lines.map((line) => /"code":"(\w+)"/.exec(line)?.[1])).toEqual(['VIEW_UNAVAILABLE', 'LOG_UNAVAILABLE']);
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

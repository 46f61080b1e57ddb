/** How long requests wait, and what ends their waits. */
import { expect, test, vi } from 'vitest';
import { ask, body, codeOf, serve, talk } from '../../test/http/stand-in-server.ts';
import type { Problem, WireEntity } from './wire.ts';

/** Writes that wait at once. */
const MANY = 20;

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

test('a wait counts from the arrival, however many writes to the id stand before it', async () => {
  const { app, parts } = await serve();
  await ask(app, 'PUT', '/api/reading/x', { payload: body });
  parts.state.following = false;
  await ask(app, 'PUT', '/api/reading/x', { payload: body });
  const ended: string[] = [];
  const put = async (name: string, seconds: number) => {
    const answer = await ask(app, 'PUT', '/api/reading/x', { payload: body, headers: { prefer: `wait=${seconds}` } });
    ended.push(name);
    return { code: answer.status === 200 ? 'OK' : codeOf(answer), answer };
  };
  const get = vi.spyOn(parts.reader, 'get');
  const patient = put('patient', 30);
  const began = performance.now();
  const many = Array.from({ length: MANY }, () => put('one of many', 1));
  const last = put('last', 0);
  for (const { code, answer } of await Promise.all([...many, last])) {
    expect(code).toBe('VIEW_BEHIND');
    expect(answer.headers.get('kmodel-position')).not.toBeNull();
  }
  expect(ended[0]).toBe('last');
  expect(performance.now() - began).toBeGreaterThan(950);
  // Not one after the other, nor behind the patient one.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(ended).not.toContain('patient');
  // Nothing was left of their waits when each asked the view at last.
  const [ofPatient, ...others] = get.mock.calls.map(([, { waitMs }]) => waitMs);
  expect(ofPatient).toBeGreaterThan(20_000);
  expect(others).toHaveLength(MANY + 1);
  expect(Math.max(...others)).toBeLessThan(50);
  parts.follow();
  expect((await patient).code).toBe('OK');
  expect(parts.appended()).toBe(3);
});

test('after the demanded position is reached, only what is left of the wait is waited', async () => {
  const { app, parts } = await serve();
  parts.state.following = false;
  const { id } = JSON.parse((await ask(app, 'POST', '/api/reading', { payload: body })).text) as WireEntity;
  const get = vi.spyOn(parts.reader, 'get');
  const headers = { prefer: 'wait=20', 'kmodel-position': '0=1' };
  const waiting = ask(app, 'DELETE', `/api/reading/${id}`, { headers });
  await new Promise((resolve) => setTimeout(resolve, 500));
  parts.follow();
  // Acknowledged before the first wait has gone on, so a second one begins, for this.
  await parts.writer.put({ id, fields: body, createdAt: undefined, request: undefined });
  await expect.poll(() => get.mock.calls.length).toBe(2);
  parts.follow();
  expect((await waiting).status).toBe(204);
  const [first, second] = get.mock.calls.map(([, { waitMs }]) => waitMs);
  expect(first).toBeLessThanOrEqual(20_000);
  expect(second).toBeLessThanOrEqual(19_510);
});

test('a preference of POST is checked and named like any other, with and without a key', async () => {
  const { app } = await serve();
  for (const [at, more] of [{}, { 'idempotency-key': 'k' }].entries()) {
    const taken = await ask(app, 'POST', '/api/reading', { payload: body, headers: { prefer: 'wait=2', ...more } });
    expect([at, taken.status, taken.headers.get('preference-applied')]).toEqual([at, 201, 'wait=2']);
    const refused = await ask(app, 'POST', '/api/reading', { payload: body, headers: { prefer: 'wait=x', ...more } });
    expect([at, refused.status, codeOf(refused)]).toEqual([at, 400, 'HEADER_INVALID']);
  }
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

test('while an earlier write is uncertain no write that looks first is decided; then it sees what became of it', async () => {
  const { app, parts } = await serve();
  await ask(app, 'PUT', '/api/reading/x', { payload: body });
  const { promise, resolve } = Promise.withResolvers<void>();
  parts.state.settled = promise;
  const headers = { prefer: 'wait=0' };
  for (const [method, url, more] of [
    ['PUT', '/api/reading/x', { payload: body, headers }],
    ['DELETE', '/api/reading/x', { headers }],
    ['POST', '/api/reading', { payload: body, headers: { ...headers, 'idempotency-key': 'k' } }],
  ] as const) {
    const answer = await ask(app, method, url, more);
    expect([method, answer.status, codeOf(answer)]).toEqual([method, 503, 'LOG_UNAVAILABLE']);
    expect((JSON.parse(answer.text) as Problem).detail).toContain('may still land');
  }
  expect(parts.appended()).toBe(1);
  const waiting = ask(app, 'PUT', '/api/reading/x', { payload: body });
  // What was uncertain was a delete, and it has landed.
  await parts.writer.delete('x');
  resolve();
  expect((await waiting).status).toBe(201);
});

test('a log that does not tell where a partition ends gets no write that must know it', async () => {
  const { app, parts } = await serve();
  parts.state.log = 'unavailable';
  const answer = await ask(app, 'PUT', '/api/reading/x', { payload: body });
  expect([answer.status, codeOf(answer)]).toEqual([503, 'LOG_UNAVAILABLE']);
  parts.state.log = 'silent';
  const began = performance.now();
  const silent = await ask(app, 'PUT', '/api/reading/x', { payload: body, headers: { prefer: 'wait=0' } });
  expect([silent.status, codeOf(silent)]).toEqual([503, 'LOG_UNAVAILABLE']);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(parts.appended()).toBe(0);
});

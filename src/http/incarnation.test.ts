/** A log that lost records and went on: its offsets are used again, so nothing that was told before counts as the same. */
import { expect, test } from 'vitest';
import { ask, body, codeOf, serve } from '../../test/http/stand-in-server.ts';
import { digestOf } from '../incarnation-digest.ts';
import type { WireEntity, WireList } from './wire.ts';

const entityOf = ({ text }: { text: string }): WireEntity => JSON.parse(text) as WireEntity;

test('a version names the log; the ETag of another incarnation, or of an older form, never gives 304', async () => {
  const { app, parts } = await serve();
  await ask(app, 'PUT', '/api/reading/x', { payload: body });
  const before = await ask(app, 'GET', '/api/reading/x');
  const etag = before.headers.get('etag')!;
  expect(etag).toBe(`"1-0-${digestOf('stand-in')}"`);
  expect(etag).toBe(`"${entityOf(before).version}"`);
  const same = await ask(app, 'GET', '/api/reading/x', { headers: { 'if-none-match': etag } });
  expect(same.status).toBe(304);

  for (const incarnation of ['stand-in.1', 'made-anew']) {
    parts.state.incarnation = incarnation;
    const after = await ask(app, 'GET', '/api/reading/x', { headers: { 'if-none-match': `${etag}, "1-0"` } });
    expect([after.status, after.headers.get('etag')]).toEqual([200, `"1-0-${digestOf(incarnation)}"`]);
    const list = await ask(app, 'GET', '/api/reading');
    expect((JSON.parse(list.text) as WireList).items[0]?.version).toBe(`1-0-${digestOf(incarnation)}`);
  }
});

test('a write is named by the incarnation that the view showed', async () => {
  const { app, parts } = await serve();
  parts.state.incarnation = 'stand-in.2';
  const put = await ask(app, 'PUT', '/api/reading/x', { payload: body });
  expect([entityOf(put).version, put.headers.get('kmodel-position')]).toEqual([
    `1-0-${digestOf('stand-in.2')}`,
    '1=1;log=stand-in.2',
  ]);
  const keyed = { payload: body, headers: { 'idempotency-key': 'once' } };
  const first = await ask(app, 'POST', '/api/reading', keyed);
  const again = await ask(app, 'POST', '/api/reading', keyed);
  expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
});

test('a position of another incarnation is refused like one of another log', async () => {
  const { app, parts } = await serve();
  const put = await ask(app, 'PUT', '/api/reading/x', { payload: body });
  parts.state.incarnation = 'stand-in.1';
  const headers = { 'kmodel-position': put.headers.get('kmodel-position')! };
  for (const [method, url] of [
    ['GET', '/api/reading/x'],
    ['GET', '/api/reading'],
    ['PUT', '/api/reading/x'],
    ['DELETE', '/api/reading/x'],
    ['POST', '/api/reading'],
  ] as const) {
    const answer = await ask(app, method, url, { headers, ...(method.startsWith('P') ? { payload: body } : {}) });
    expect([method, url, answer.status, codeOf(answer)]).toEqual([method, url, 409, 'POSITION_OF_OTHER_LOG']);
  }
  const now = { 'kmodel-position': '1=1;log=stand-in.1' };
  expect((await ask(app, 'GET', '/api/reading/x', { headers: now })).status).toBe(200);
});

test('a cursor ends with the incarnation that its page was of', async () => {
  const { app, parts } = await serve();
  for (const id of ['x', 'y']) await ask(app, 'PUT', `/api/reading/${id}`, { payload: body });
  const { next } = JSON.parse((await ask(app, 'GET', '/api/reading?limit=1')).text) as WireList;
  expect((await ask(app, 'GET', `/api/reading?limit=1&after=${next}`)).status).toBe(200);
  parts.state.incarnation = 'stand-in.1';
  const answer = await ask(app, 'GET', `/api/reading?limit=1&after=${next}`);
  expect([answer.status, codeOf(answer)]).toEqual([400, 'CURSOR_INVALID']);
});

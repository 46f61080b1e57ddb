/** A view that is not trusted, one that is held, and one that is another cluster's: what is answered, and that nothing is written. */
import { describe, expect, test } from 'vitest';
import { ask, body, codeOf, serve } from '../../test/http/stand-in-server.ts';
import type { Doubt } from '../doubts.ts';
import type { Problem } from './wire.ts';

const doubt = (reason: string, seen = 2): Doubt => ({
  reason,
  evidence: 'partition 3: seen',
  seen,
  firstAt: 1_000,
  lastAt: 9_000,
});

const READS = [
  ['GET', '/api/reading', {}],
  ['GET', '/api/reading/x', {}],
  ['GET', '/api/reading/nobody', {}],
] as const;
/** The writes that look at the view first. */
const LOOKING_WRITES = [
  ['PUT', '/api/reading/x', { payload: body }],
  ['DELETE', '/api/reading/x', {}],
  ['POST', '/api/reading', { payload: body, headers: { 'idempotency-key': 'once' } }],
] as const;
const POST = ['POST', '/api/reading', { payload: body }] as const;

describe('a doubtful view', () => {
  test('answers VIEW_DOUBTFUL, never a 404, and no write takes anything from it', async () => {
    const { app, parts } = await serve();
    await ask(app, 'PUT', '/api/reading/x', { payload: body });
    const before = parts.appended();
    parts.state.doubt = doubt('CONTRADICTION');
    for (const [method, url, more] of [...READS, ...LOOKING_WRITES]) {
      const answer = await ask(app, method, url, more);
      expect([method, url, answer.status, codeOf(answer)]).toEqual([method, url, 503, 'VIEW_DOUBTFUL']);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect((JSON.parse(answer.text) as Problem).detail).toContain('contradicts');
    }
    expect(parts.appended()).toBe(before);
    expect((await ask(app, ...POST)).status).toBe(201);
  });

  test('whose doubt was not seen often enough serves on', async () => {
    const { app, parts } = await serve();
    await ask(app, 'PUT', '/api/reading/x', { payload: body });
    parts.state.doubt = doubt('CONTRADICTION', 1);
    expect((await ask(app, 'GET', '/api/reading/x')).status).toBe(200);
  });
});

describe('a held view', () => {
  test.each([
    ['LOG_SHORTER', 503],
    ['LOG_DIVERGED', 503],
    ['RECORDS_REMOVED', 200],
  ])('for %s takes no write at all; a read answers %i', async (reason, status) => {
    const { app, parts } = await serve();
    await ask(app, 'PUT', '/api/reading/x', { payload: body });
    const before = parts.appended();
    parts.state.doubt = doubt(reason);
    for (const [method, url, more] of [...LOOKING_WRITES, POST]) {
      const answer = await ask(app, method, url, more);
      expect([method, answer.status, codeOf(answer), answer.headers.get('retry-after')]).toEqual([
        method,
        503,
        'VIEW_HELD',
        null,
      ]);
    }
    expect(parts.appended()).toBe(before);
    const read = await ask(app, 'GET', '/api/reading/x');
    expect(read.status).toBe(status);
    if (status === 503) expect([codeOf(read), read.headers.get('retry-after')]).toEqual(['VIEW_HELD', null]);
    parts.state.doubt = undefined;
    expect((await ask(app, ...POST)).status).toBe(201);
  });
});

describe('a view of another log', () => {
  test('answers no read, whatever it holds, and says what to do', async () => {
    const { app, parts } = await serve();
    await ask(app, 'PUT', '/api/reading/x', { payload: body });
    parts.state.view = 'foreign';
    const before = parts.appended();
    for (const [method, url, more] of [...READS, ...LOOKING_WRITES]) {
      const answer = await ask(app, method, url, more);
      expect([method, url, answer.status, codeOf(answer)]).toEqual([method, url, 503, 'VIEW_NOT_READY']);
      expect((JSON.parse(answer.text) as Problem).detail).toMatch(/another log \(of-another-cluster\).*:prefix/);
    }
    expect(parts.appended()).toBe(before);
  });

  test('tells a position of this log from one of another', async () => {
    const { app, parts } = await serve();
    parts.state.view = 'foreign';
    for (const [position, status, code] of [
      ['1=1;log=stand-in', 503, 'VIEW_NOT_READY'],
      ['1=1;log=of-another-cluster', 409, 'POSITION_OF_OTHER_LOG'],
    ] as const) {
      const answer = await ask(app, 'GET', '/api/reading/x', { headers: { 'kmodel-position': position } });
      expect([position, answer.status, codeOf(answer)]).toEqual([position, status, code]);
    }
  });
});

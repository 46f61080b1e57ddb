/** GET /status/<model>/quarantine, and what the entity's own routes say of a record in quarantine. */
import { describe, expect, test } from 'vitest';
import { ask, body, codeOf, serve } from '../../test/http/stand-in-server.ts';
import type { QuarantinedRecord, QuarantinePlace } from '../view/view.ts';
import { MAX_PAGE_BYTES, type ServedQuarantine } from './quarantine.ts';
import type { Problem, WireQuarantine } from './wire.ts';

const path = '/status/reading/quarantine';

function record(offset: number, more: Partial<QuarantinedRecord> = {}): QuarantinedRecord {
  const key = new Uint8Array(Buffer.from(`k${offset}`));
  const value = new Uint8Array(Buffer.from('{"n":'));
  const at = { partition: 3, offset, timestamp: 1_700_000_000_000 };
  return { ...at, key, value, headers: {}, reason: 'JSON', detail: 'expected JSON: it ends early', ...more };
}

/** A quarantine as a view pages it. */
function quarantineOf(records: readonly QuarantinedRecord[]): ServedQuarantine {
  const page = async (after: QuarantinePlace | undefined, limit: number) => {
    const rest = records.filter(({ offset }) => offset > (after?.offset ?? -1));
    const last = rest[limit - 1];
    return { records: rest.slice(0, limit), next: rest.length > limit && last !== undefined ? last : undefined };
  };
  return { model: 'reading', page };
}

async function pageOf(app: Parameters<typeof ask>[0], query = ''): Promise<WireQuarantine> {
  const answer = await ask(app, 'GET', `${path}${query}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return JSON.parse(answer.text) as WireQuarantine;
}

describe('GET /status/<model>/quarantine', () => {
  test('tells key, place, time, reason and detail, and the beginning of the value', async () => {
    const odd = { key: Uint8Array.of(0xff), value: null, timestamp: -1, reason: 'WRONG_PARTITION' };
    const { app } = await serve({ quarantines: [quarantineOf([record(4), record(5, odd)])] });
    expect(await pageOf(app)).toEqual({
      items: [
        {
          key: { bytes: 2, text: 'k4' },
          partition: 3,
          offset: 4,
          timestamp: 1_700_000_000_000,
          reason: 'JSON',
          detail: 'expected JSON: it ends early',
          value: { bytes: 5, text: '{"n":' },
        },
        expect.objectContaining({ key: { bytes: 1, base64: '/w==' }, value: null, timestamp: -1 }),
      ],
      next: null,
    });
  });

  test('in pages, each record once', async () => {
    const all = Array.from({ length: 205 }, (_, offset) => record(offset));
    const { app } = await serve({ quarantines: [quarantineOf(all)] });
    const first = await pageOf(app);
    expect([first.items.length, first.next]).toEqual([100, '3-99']);
    const second = await pageOf(app, '?after=3-99&limit=100');
    const third = await pageOf(app, `?after=${second.next}`);
    expect([third.items.length, third.next]).toEqual([5, null]);
    const seen = [first, second, third].flatMap(({ items }) => items.map(({ offset }) => offset));
    expect(seen).toEqual(all.map(({ offset }) => offset));
    expect((await pageOf(app, '?limit=1')).items).toHaveLength(1);
  });

  test('that end before they are too large, whatever the records hold', async () => {
    // Each of these characters is six of JSON.
    const heavy = new Uint8Array(1_000_000).fill(1);
    const all = Array.from({ length: 60 }, (_, offset) => record(offset, { key: heavy, value: heavy }));
    const { app } = await serve({ quarantines: [quarantineOf(all)] });
    const seen: number[] = [];
    let after: string | null = '';
    while (after !== null) {
      const answer = await ask(app, 'GET', `${path}${after === '' ? '' : `?after=${after}`}`);
      expect(answer.text.length).toBeLessThan(MAX_PAGE_BYTES + 100);
      const page = JSON.parse(answer.text) as WireQuarantine;
      expect(page.items.length).toBeGreaterThan(0);
      seen.push(...page.items.map(({ offset }) => offset));
      after = page.next;
    }
    expect(seen).toEqual(all.map(({ offset }) => offset));
  });

  test('refuses what it does not know', async () => {
    const { app } = await serve({ quarantines: [quarantineOf([])] });
    for (const [query, code] of [
      ['?limit=0', 'QUERY_INVALID'],
      ['?limit=101', 'QUERY_INVALID'],
      ['?sort=key', 'QUERY_INVALID'],
      ['?after=', 'CURSOR_INVALID'],
      ['?after=3', 'CURSOR_INVALID'],
      ['?after=3-99999999999999999', 'CURSOR_INVALID'],
    ] as const) {
      const answer = await ask(app, 'GET', `${path}${query}`);
      expect([query, answer.status, codeOf(answer)]).toEqual([query, 400, code]);
    }
    for (const url of ['/status/other/quarantine', '/status/reading', `${path}/`])
      expect((await app.inject(url)).statusCode).toBe(404);
    const posted = await app.inject({ method: 'DELETE', url: path });
    expect([posted.statusCode, posted.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('says so where the view does not answer, and where there is no such route', async () => {
    const page = async () => Promise.reject(new Error('secret internals'));
    const { app } = await serve({ quarantines: [{ model: 'reading', page }] });
    const answer = await ask(app, 'GET', path);
    expect([answer.status, codeOf(answer)]).toEqual([503, 'VIEW_UNAVAILABLE']);
    expect(answer.text).not.toContain('secret');
    const { app: without } = await serve();
    expect((await without.inject(path)).statusCode).toBe(404);
    expect((await without.inject('/openapi.json')).body).not.toContain('quarantine_reading');
  });
});

describe('an id whose newest record is in quarantine', () => {
  const note = { partition: 1, offset: 7, reason: 'SCHEMA', detail: 'expected a value that fits' };

  test('GET says so, where and why, at a position', async () => {
    const { app, parts } = await serve();
    parts.state.quarantined.set('bad', note);
    const answer = await ask(app, 'GET', '/api/reading/bad');
    expect([answer.status, codeOf(answer)]).toEqual([404, 'ENTITY_QUARANTINED']);
    const { detail, action } = JSON.parse(answer.text) as Problem;
    expect(detail).toContain('partition 1, offset 7, SCHEMA: expected a value that fits');
    expect(action).toContain('kmodel quarantine list');
    expect(answer.headers.get('kmodel-position')).not.toBeNull();
    expect(codeOf(await ask(app, 'GET', '/api/reading/worse'))).toBe('ENTITY_NOT_FOUND');
  });

  test('DELETE writes a tombstone, which ends it; then there is nothing to delete', async () => {
    const { app, parts } = await serve();
    parts.state.quarantined.set('bad', note);
    expect((await ask(app, 'DELETE', '/api/reading/bad')).status).toBe(204);
    expect(parts.appended()).toBe(1);
    parts.state.quarantined.delete('bad');
    const again = await ask(app, 'DELETE', '/api/reading/bad');
    expect([again.status, codeOf(again), parts.appended()]).toEqual([404, 'ENTITY_NOT_FOUND', 1]);
  });

  test('PUT makes it anew', async () => {
    const { app, parts } = await serve();
    parts.state.quarantined.set('bad', note);
    expect((await ask(app, 'PUT', '/api/reading/bad', { payload: body })).status).toBe(201);
  });
});

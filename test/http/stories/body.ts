import { expect, test } from 'vitest';
import { positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** What a body may be, and what is answered where it is something else. */
export function bodyStories({ client, path, sample, mark, invalid }: Stage): void {
  const ways = [
    ['POST', ''],
    ['PUT', '/some-id'],
  ] as const;
  async function bothRefuse(
    body: unknown,
    status: number,
    code: string,
    headers: Record<string, string> = {},
  ): Promise<void> {
    for (const [method, rest] of ways) {
      const answer = await client().send(`${path}${rest}`, { method, body, headers });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, status, code]);
    }
  }

  test('each broken rule is named by its pointer', async () => {
    for (const [method, rest] of ways) {
      const answer = await client().send(`${path}${rest}`, { method, body: invalid.body });
      expect([answer.status, problemOf(answer).code]).toEqual([422, 'ENTITY_INVALID']);
      expect(new Set(problemOf(answer).errors?.map(({ pointer }) => pointer))).toEqual(new Set(invalid.pointers));
    }
  });

  test('an unknown field is named in the message, at the pointer of its object', async () => {
    for (const name of ['nonsense', '__proto__', 'constructor', 'toString']) {
      const body = `{${JSON.stringify(name)}:{"polluted":true},${JSON.stringify(sample(1, mark())).slice(1)}`;
      for (const [method, rest] of ways) {
        const answer = await client().send(`${path}${rest}`, { method, body });
        expect([name, answer.status, problemOf(answer).code]).toEqual([name, 422, 'ENTITY_INVALID']);
        const rule = problemOf(answer).errors?.[0];
        expect(rule?.pointer).toBe('');
        expect(rule?.message).toContain(name);
      }
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('POST takes none of the fields that the API itself adds', async () => {
    for (const name of ['id', 'createdAt', 'updatedAt', 'version']) {
      const answer = await client().send(path, { method: 'POST', body: { ...sample(1, mark()), [name]: 'x' } });
      expect([name, answer.status, problemOf(answer).code]).toEqual([name, 422, 'ENTITY_INVALID']);
    }
  });

  test.each([['null'], ['[]'], ['"text"'], ['7'], ['true'], ['{}']])('the JSON value %s is no entity', async (text) => {
    await bothRefuse(text, 422, 'ENTITY_INVALID');
  });

  test.each([['{'], ['{} {}'], ['{"a":1,}'], ["{'a':1}"], ['NaN'], ['\u0000'], [' '], ['{"a":"\n"}']])(
    'the text %j is no JSON',
    async (text) => {
      await bothRefuse(text, 400, 'BODY_MALFORMED');
    },
  );

  test('bytes that are no UTF-8 are refused, not replaced', async () => {
    const [before = '', after = ''] = JSON.stringify(sample(1, 'MARK')).split('MARK');
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80]]) {
      await bothRefuse(
        Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]),
        400,
        'BODY_MALFORMED',
      );
    }
    await bothRefuse(Buffer.from('﻿{}', 'utf16le'), 400, 'BODY_MALFORMED');
  });

  test('half a surrogate pair, written as an escape, is refused: no log could carry it', async () => {
    await bothRefuse(JSON.stringify(sample(1, 'MARK')).replace('MARK', String.raw`a\ud83d`), 422, 'ENTITY_INVALID');
    await bothRefuse(String.raw`{"\udc00":1}`, 422, 'ENTITY_INVALID');
    const whole = JSON.stringify(sample(1, 'MARK')).replace('MARK', String.raw`a\ud83d\ude00`);
    expect((await client().send(path, { method: 'POST', body: whole })).status).toBe(201);
  });

  test('a byte order mark in front is read over', async () => {
    const answer = await client().send(path, { method: 'POST', body: `\ufeff${JSON.stringify(sample(1, mark()))}` });
    expect(answer.status).toBe(201);
  });

  test('nesting of a hundred thousand levels is refused, not fallen over', async () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await bothRefuse(nested, 422, 'ENTITY_INVALID');
    await bothRefuse(`{"nested":${nested}}`, 422, 'ENTITY_INVALID');
    await bothRefuse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 422, 'ENTITY_INVALID');
    await bothRefuse('['.repeat(100_000), 400, 'BODY_MALFORMED');
  });

  test('a body of just over 1 MiB is refused, with and without a length; one of exactly 1 MiB is read', async () => {
    const padded = (bytes: number): Buffer =>
      Buffer.concat([Buffer.from(JSON.stringify(sample(1, mark()))), Buffer.alloc(bytes, ' ')], bytes);
    await bothRefuse(padded(1024 * 1024 + 1), 413, 'BODY_TOO_LARGE');
    expect((await client().send(path, { method: 'POST', body: padded(1024 * 1024) })).status).toBe(201);
    const big = padded(3 * 1024 * 1024);
    const response = await fetch(`${client().url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([new Uint8Array(big)]).stream(),
      duplex: 'half',
    });
    expect(response.status).toBe(413);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
    'application/merge-patch+json',
    'nonsense',
    'multipart/form-data; boundary=x',
  ])('the media type %s is refused', async (type) => {
    await bothRefuse(JSON.stringify(sample(1, mark())), 415, 'MEDIA_TYPE_UNSUPPORTED', { 'content-type': type });
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'APPLICATION/JSON',
  ])('the media type %s is taken', async (type) => {
    const answer = await client().send(path, {
      method: 'POST',
      body: JSON.stringify(sample(1, mark())),
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(201);
  });

  test('a body without a media type, or compressed, is refused', async () => {
    await bothRefuse(Buffer.from(JSON.stringify(sample(1, mark()))), 415, 'MEDIA_TYPE_UNSUPPORTED', {
      'content-type': '',
    });
    await bothRefuse(JSON.stringify(sample(1, mark())), 415, 'MEDIA_TYPE_UNSUPPORTED', { 'content-encoding': 'gzip' });
  });

  test('no body at all is a malformed one', async () => {
    await bothRefuse(undefined, 400, 'BODY_MALFORMED');
    await bothRefuse('', 400, 'BODY_MALFORMED');
  });

  test('what was refused left no trace', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const answer = await client().send(`${path}/some-id`, { headers: { 'kmodel-position': positionOf(posted) } });
    expect(answer.status).toBe(404);
  });
}

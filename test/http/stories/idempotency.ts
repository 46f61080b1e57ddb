import { expect, test } from 'vitest';
import { entityOf, listOf, positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** POST with an Idempotency-Key. */
export function idempotencyStories({ client, path, sample, mark, filter }: Stage): void {
  const post = (key: string, body: unknown) =>
    client().send(path, { method: 'POST', body, headers: { 'idempotency-key': key } });

  test('a repeated request creates one entity and answers it again', async () => {
    const marked = mark();
    const first = await post(marked, sample(1, marked));
    const again = await post(marked, sample(1, marked));
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(entityOf(again)).toEqual(entityOf(first));
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const list = await client().send(`${path}?${filter}=${marked}`, {
      headers: { 'kmodel-position': positionOf(again) },
    });
    expect(listOf(list).items).toEqual([entityOf(first)]);
  });

  test('many equal requests at once end as one entity', async () => {
    const marked = mark();
    const answers = await Promise.all([...Array(10)].map(() => post(marked, sample(1, marked))));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  test('the same key with another body is refused', async () => {
    const marked = mark();
    await post(marked, sample(1, marked));
    const other = await post(marked, sample(2, marked));
    expect([other.status, problemOf(other).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('a retry after an edit answers the edited entity; after a delete it creates it again', async () => {
    const marked = mark();
    const first = await post(marked, sample(1, marked));
    const address = `${path}/${entityOf(first).id}`;
    const edited = await client().send(address, { method: 'PUT', body: sample(2, marked) });
    const retried = await post(marked, sample(1, marked));
    expect(retried.status).toBe(201);
    expect(entityOf(retried)).toEqual(entityOf(edited));
    await client().send(address, { method: 'DELETE' });
    const anew = await post(marked, sample(1, marked));
    expect(anew.status).toBe(201);
    expect(entityOf(anew)).toMatchObject({ ...sample(1, marked), id: entityOf(first).id });
  });

  test.each(['', 'two words', 'ümlaut', 'x'.repeat(256)])('the key %j is refused', async (key) => {
    const answer = await post(key, sample(1, mark()));
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'HEADER_INVALID']);
  });

  test('a key of 255 visible characters is taken', async () => {
    expect((await post(`${mark()}~!"${'x'.repeat(300)}`.slice(0, 255), sample(1, mark()))).status).toBe(201);
  });
}

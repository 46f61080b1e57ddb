import { expect, test } from 'vitest';
import { entityOf, positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Ids that URLs, routers and storages are known to stumble over. */
const AWKWARD_IDS = [
  'a/b',
  'a%2Fb',
  '100%',
  'what?#&=+;,:@$',
  ' leading and trailing ',
  'ünïcødé',
  'e\u0301',
  'שלום עולם',
  '日本語',
  '👩‍👩‍👧',
  '...',
  '__proto__',
  'constructor',
  '"quoted"\\',
  '𝒳'.repeat(200),
  '/'.repeat(200),
];

/** Creating, reading, replacing and deleting one entity. */
export function entityStories({ client, path, sample, mark }: Stage): void {
  test('what is posted is answered as stored, and found at its Location', async () => {
    const body = sample(1, mark());
    const posted = await client().send(path, { method: 'POST', body });
    expect(posted.status).toBe(201);
    const entity = entityOf(posted);
    expect(entity).toMatchObject(body);
    expect(entity.createdAt).toMatch(TIME);
    expect(entity.updatedAt).toBe(entity.createdAt);
    expect(posted.headers.get('location')).toBe(`${path}/${encodeURIComponent(entity.id)}`);
    expect(posted.headers.get('etag')).toBe(`"${entity.version}"`);

    const got = await client().send(`${path}/${entity.id}`, { headers: { 'kmodel-position': positionOf(posted) } });
    expect(got.status).toBe(200);
    expect(entityOf(got)).toEqual(entity);
    expect(got.headers.get('etag')).toBe(`"${entity.version}"`);
  });

  test('HEAD answers the headers of GET without the body', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const headers = { 'kmodel-position': positionOf(posted) };
    const head = await client().send(`${path}/${entityOf(posted).id}`, { method: 'HEAD', headers });
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(head.headers.get('etag')).toBe(posted.headers.get('etag'));
    expect((await client().send(`${path}/no-such`, { method: 'HEAD' })).status).toBe(404);
  });

  test('what was read can be sent back changed: createdAt and id survive, the version does not', async () => {
    const marked = mark();
    const posted = await client().send(path, { method: 'POST', body: sample(1, marked) });
    const before = entityOf(posted);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const put = await client().send(`${path}/${before.id}`, {
      method: 'PUT',
      body: { ...before, ...sample(2, marked) },
    });
    expect(put.status).toBe(200);
    const after = entityOf(put);
    expect(after).toMatchObject({ ...sample(2, marked), id: before.id, createdAt: before.createdAt });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(after.version).not.toBe(before.version);
    const got = await client().send(`${path}/${before.id}`, { headers: { 'kmodel-position': positionOf(put) } });
    expect(entityOf(got)).toEqual(after);
  });

  test('a body with the id of another entity is refused, and nothing is written', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const entity = entityOf(posted);
    const put = await client().send(`${path}/${entity.id}`, { method: 'PUT', body: { ...entity, id: 'another' } });
    expect(put.status).toBe(422);
    expect(problemOf(put).errors?.map(({ pointer }) => pointer)).toEqual(['/id']);
    const got = await client().send(`${path}/${entity.id}`, { headers: { 'kmodel-position': positionOf(posted) } });
    expect(entityOf(got)).toEqual(entity);
  });

  test('deleting answers 204, and from that position on there is nothing', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const address = `${path}/${entityOf(posted).id}`;
    const deleted = await client().send(address, { method: 'DELETE' });
    expect(deleted.status).toBe(204);
    const gone = await client().send(address, { headers: { 'kmodel-position': positionOf(deleted) } });
    expect(gone.status).toBe(404);
    expect(problemOf(gone).code).toBe('ENTITY_NOT_FOUND');
    expect(gone.headers.get('kmodel-position')).not.toBeNull();
    const again = await client().send(address, { method: 'DELETE' });
    expect(again.status).toBe(404);
    expect(problemOf(again).code).toBe('ENTITY_NOT_FOUND');
  });

  test('DELETE takes no notice of a body, as some clients send an empty one', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const address = `${path}/${entityOf(posted).id}`;
    expect(
      (await client().send(address, { method: 'DELETE', body: '', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(204);
  });

  test('nor of a body that no other method would take', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const address = `${path}/${entityOf(posted).id}`;
    const body = 'x'.repeat(1_100_000);
    expect(
      (await client().send(address, { method: 'DELETE', body, headers: { 'content-type': 'nonsense' } })).status,
    ).toBe(204);
  });

  test('a write is seen by the next write at once, without any position', async () => {
    const id = encodeURIComponent(mark());
    const marked = mark();
    expect((await client().send(`${path}/${id}`, { method: 'PUT', body: sample(1, marked) })).status).toBe(201);
    expect((await client().send(`${path}/${id}`, { method: 'PUT', body: sample(2, marked) })).status).toBe(200);
    expect((await client().send(`${path}/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await client().send(`${path}/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await client().send(`${path}/${id}`, { method: 'PUT', body: sample(3, marked) })).status).toBe(201);
  });

  test('of many writes at once to one new id, exactly one creates it', async () => {
    const address = `${path}/${mark()}`;
    const marked = mark();
    const answers = await Promise.all(
      [...Array(12).keys()].map((n) => client().send(address, { method: 'PUT', body: sample(n, marked) })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(11);
    expect(new Set(answers.map((answer) => entityOf(answer).createdAt)).size).toBe(1);
    const deletes = await Promise.all([...Array(5)].map(() => client().send(address, { method: 'DELETE' })));
    expect(deletes.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(deletes.filter(({ status }) => status === 404)).toHaveLength(4);
  });

  test.each(AWKWARD_IDS)('the id %j goes all the way', async (id) => {
    const body = sample(1, mark());
    const address = `${path}/${encodeURIComponent(id)}`;
    const put = await client().send(address, { method: 'PUT', body });
    expect(put.status).toBe(201);
    expect(entityOf(put).id).toBe(id);
    expect(put.headers.get('location')).toBe(address);
    const got = await client().send(address, { headers: { 'kmodel-position': positionOf(put) } });
    expect(entityOf(got)).toEqual(entityOf(put));
    expect((await client().send(address, { method: 'DELETE' })).status).toBe(204);
  });

  test.each([
    ['a control character', 'a%00b'],
    ['a line break', 'a%0Ab'],
    ['201 code points', encodeURIComponent('𝒳'.repeat(201))],
    ['two hundred and one letters', 'a'.repeat(201)],
    ['bytes that are no UTF-8', 'a%ffb'],
    ['half a surrogate pair', '%ED%A0%80'],
    ['half a percent code', 'a%2'],
    ['a percent sign alone', '%'],
  ])('an id with %s is refused with every method', async (_what, id) => {
    for (const [method, body] of [['GET'], ['PUT', sample(1, mark())], ['DELETE'], ['HEAD']] as const) {
      const answer = await client().send(`${path}/${id}`, { method, body });
      expect(answer.status).toBe(400);
      if (method !== 'HEAD') expect(problemOf(answer).code).toBe('PATH_INVALID');
    }
  });
}

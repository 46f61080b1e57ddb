import { expect, test } from 'vitest';
import { type Answer, entityOf, listOf, positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** The write's position, moved on by one: the next write to the same id reaches it. */
function nextOf(answer: Answer): string {
  const [, partition, next] = /^([0-9]+)=([0-9]+);/.exec(positionOf(answer)) ?? [];
  return `${partition}=${Number(next) + 1}`;
}

/** Kmodel-Position and Prefer: wait. */
export function positionStories({ client, path, sample, mark, model, filter }: Stage): void {
  const put = (id: string, n: number) => client().send(`${path}/${id}`, { method: 'PUT', body: sample(n, id) });

  test('an entity, a list and an absence wait for a position and are answered when it is reached', async () => {
    const id = mark();
    const demanded = nextOf(await put(id, 1));
    const headers = { 'kmodel-position': demanded, prefer: 'wait=20' };
    const waiting = Promise.all([
      client().send(`${path}/${id}`, { headers }),
      client().send(`${path}?${filter}=${id}`, { headers }),
      client().send(`${path}/absent-${id}`, { headers }),
    ]);
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 150, 'still waiting'))]);
    expect(early).toBe('still waiting');
    const written = await put(id, 2);
    const [one, list, absent] = await waiting;
    expect(entityOf(one)).toEqual(entityOf(written));
    expect(listOf(list).items).toEqual([entityOf(written)]);
    expect([absent.status, problemOf(absent).code]).toEqual([404, 'ENTITY_NOT_FOUND']);
    for (const answer of [one, list, absent]) expect(answer.headers.get('preference-applied')).toBe('wait=20');
  });

  test('a position that is not reached in time answers 503 with where the view stands', async () => {
    const id = mark();
    const written = await put(id, 1);
    const headers = { 'kmodel-position': nextOf(written), prefer: 'wait=0' };
    const attempts: readonly (readonly [string, string, unknown?])[] = [
      ['GET', `/${id}`],
      ['GET', `/absent-${id}`],
      ['GET', ''],
      ['PUT', `/${id}`, sample(2, id)],
      ['DELETE', `/${id}`],
    ];
    for (const [method, rest, body] of attempts) {
      const answer = await client().send(`${path}${rest}`, { method, headers, body });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, 503, 'VIEW_BEHIND']);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('preference-applied')).toBe('wait=0');
    }
    const got = await client().send(`${path}/${id}`, { headers: { 'kmodel-position': positionOf(written) } });
    expect(entityOf(got)).toEqual(entityOf(written));
  });

  test('a wait ends when its client goes away, and the server goes on', async () => {
    const id = mark();
    const headers = { 'kmodel-position': nextOf(await put(id, 1)), prefer: 'wait=30' };
    const gone = client().send(`${path}/${id}`, { headers, signal: AbortSignal.timeout(100) });
    await expect(gone).rejects.toThrow(/abort/);
    expect((await client().send('/health/live')).status).toBe(200);
  });

  test('the list repeats the position of its header, and every answer names the log', async () => {
    const list = await client().send(path);
    expect(listOf(list).position).toBe(positionOf(list));
    const log = positionOf(list).split(';')[1];
    expect(positionOf(await put(mark(), 1)).split(';')[1]).toBe(log);
  });

  test('a request may name any partitions, in any order, with or without the log', async () => {
    const written = await put(mark(), 1);
    const [bare = '', log = ''] = positionOf(written).split(';');
    for (const text of [bare, `${bare};${log}`, '', `;${log}`, `${model.partitions - 1}=0`]) {
      expect([text, (await client().send(path, { headers: { 'kmodel-position': text } })).status]).toEqual([text, 200]);
    }
  });

  test('a position of another log is refused, whatever it demands', async () => {
    for (const [method, rest, body] of [
      ['GET', ''],
      ['GET', '/x'],
      ['PUT', '/x', sample(1, mark())],
      ['DELETE', '/x'],
      ['POST', '', sample(1, mark())],
    ] as const) {
      const answer = await client().send(`${path}${rest}`, {
        method,
        body,
        headers: { 'kmodel-position': '0=0;log=another' },
      });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, 409, 'POSITION_OF_OTHER_LOG']);
    }
  });

  test.each([
    '0',
    '0=',
    '=1',
    '0=-1',
    '0=1.5',
    '0=1;x',
    '0=1;log=',
    '0=1,0=2',
    'a=1',
    '00=1',
    '0=99999999999999999999',
    '0=1;log=a;log=b',
  ])('the position %j is refused', async (text) => {
    for (const [method, rest, body] of [
      ['GET', ''],
      ['GET', '/x'],
      ['PUT', '/x', sample(1, mark())],
      ['POST', '', sample(1, mark())],
    ] as const) {
      const answer = await client().send(`${path}${rest}`, { method, body, headers: { 'kmodel-position': text } });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, 400, 'HEADER_INVALID']);
    }
  });

  test('a partition that does not exist is refused', async () => {
    const answer = await client().send(path, { headers: { 'kmodel-position': `${model.partitions}=0` } });
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'HEADER_INVALID']);
  });

  test.each([
    ['wait=3', 'wait=3'],
    ['wait=99999999999999999999', 'wait=30'],
    ['respond-async, wait="7"; x=y', 'wait=7'],
    ['WAIT=1, wait=2', 'wait=1'],
    ['return=minimal', null],
    ['handling="a,wait=9"', null],
  ])('Prefer: %s is answered with %s', async (prefer, applied) => {
    expect((await client().send(path, { headers: { prefer } })).headers.get('preference-applied')).toBe(applied);
  });

  test.each(['wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=soon', 'wait=" 1"'])(
    'Prefer: %s is refused',
    async (prefer) => {
      const answer = await client().send(path, { headers: { prefer } });
      expect([answer.status, problemOf(answer).code]).toEqual([400, 'HEADER_INVALID']);
    },
  );
}

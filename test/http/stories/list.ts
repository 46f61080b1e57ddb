import { describe, expect, test } from 'vitest';
import { entityOf, listOf, positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';
import { allPages, idsOf, postMany } from './many.ts';

/** Queries that say what the API doesn't know. */
const WRONG_QUERIES = [
  'limit=0',
  'limit=1001',
  'limit=-1',
  'limit=1.5',
  'limit=1e2',
  'limit=',
  'limit=+5',
  'limit=0x10',
  'limit',
  'limit=%ef%bc%95',
  'limit=5&limit=5',
  'order=up',
  'order=',
  'order=DESC',
  'sort=',
  'sort=nothing',
  'sort=__proto__',
  'page=2',
  'LIMIT=5',
  'constructor=1',
  '=1',
  'after=x&after=y',
  'limit=%',
  'limit=%f',
  'limit=%ff',
  '%ff=1',
  'x%00=1',
  'id=1',
];

/** Pages, order, filters and the parameters that are refused. */
export function listStories(stage: Stage): void {
  const { client, path, sample, mark, filter } = stage;

  describe('of 23 entities', () => {
    const many = postMany(stage, 23);
    const first = (query: string) =>
      client().send(`${path}?${query}`, { headers: { 'kmodel-position': many().position } });

    test('pages of any size hold each of them once, newest first', async () => {
      const { marked, position, newestFirst } = many();
      for (const limit of [1, 7, 22, 23, 24]) {
        expect(idsOf(await allPages(stage, `${filter}=${marked}&limit=${limit}`, position))).toEqual(newestFirst);
      }
    });

    test('order=asc is the exact reverse', async () => {
      const { marked, position, newestFirst } = many();
      const reverse = await allPages(stage, `${filter}=${marked}&limit=5&order=asc`, position);
      expect(idsOf(reverse)).toEqual(newestFirst.toReversed());
    });

    test('the items are the entities as they are answered one by one', async () => {
      const list = listOf(await first(`${filter}=${many().marked}&limit=100`));
      const texts = (items: readonly unknown[]): Set<string> => new Set(items.map((item) => JSON.stringify(item)));
      expect(texts(list.items)).toEqual(texts(many().posted));
      expect(list.next).toBeNull();
    });

    test('the limit may change between pages', async () => {
      const one = listOf(await first(`${filter}=${many().marked}&limit=3`));
      const two = listOf(await first(`limit=20&${filter}=${many().marked}&after=${one.next}`));
      expect(idsOf([...one.items, ...two.items])).toEqual(many().newestFirst);
      expect(two.next).toBeNull();
    });

    test('entities that stay are shown once each while others come and go', async () => {
      const { marked, newestFirst } = many();
      const found: string[] = [];
      let after = '';
      do {
        const list = listOf(await first(`${filter}=${marked}&limit=4${after}`));
        found.push(...idsOf(list.items).filter((id) => newestFirst.includes(id)));
        after = list.next === null ? '' : `&after=${list.next}`;
        const guest = await client().send(path, { method: 'POST', body: sample(50, marked) });
        const left = await client().send(`${path}/${entityOf(guest).id}`, { method: 'DELETE' });
        // Gone from the view too, so that the stories after this one see the 23 alone.
        await client().send(path, { headers: { 'kmodel-position': positionOf(left) } });
      } while (after !== '');
      expect(found).toEqual(newestFirst);
    });

    test('a cursor used with other parameters is refused', async () => {
      const { marked } = many();
      const { next } = listOf(await first(`${filter}=${marked}&limit=2`));
      for (const query of ['', `&${filter}=other`, `&${filter}=${marked}&order=asc`]) {
        const answer = await client().send(`${path}?limit=2&after=${next}${query}`);
        expect([query, answer.status, problemOf(answer).code]).toEqual([query, 400, 'CURSOR_INVALID']);
      }
    });

    test('a cursor that was changed in any letter is refused', async () => {
      const { marked } = many();
      const cursor = listOf(await first(`${filter}=${marked}&limit=2`)).next ?? '';
      const changed = [...cursor].map(
        (letter, at) => `${cursor.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`,
      );
      for (const text of [
        ...changed,
        '',
        'x',
        cursor.slice(1),
        `${cursor}A`,
        `${cursor}%3D`,
        'bnVsbA',
        'e30',
        'WzFd',
      ]) {
        const answer = await client().send(`${path}?${filter}=${marked}&limit=2&after=${text}`);
        expect([text, answer.status, problemOf(answer).code]).toEqual([text, 400, 'CURSOR_INVALID']);
      }
    });
  });

  test('a filter value nobody has finds nothing', async () => {
    const list = listOf(await client().send(`${path}?${filter}=${mark()}`));
    expect([list.items, list.next]).toEqual([[], null]);
    expect((await client().send(`${path}?${filter}=`)).status).toBe(200);
  });

  test.each(WRONG_QUERIES)('the query ?%s is refused', async (query) => {
    const answer = await client().send(`${path}?${query}`);
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'QUERY_INVALID']);
  });

  test('a parameter may be written with percent codes, and empty ones in between do not matter', async () => {
    const list = listOf(await client().send(`${path}?&%6cimit=%31&&order=desc&`));
    expect(list.items.length).toBeLessThanOrEqual(1);
  });

  test('routes without parameters refuse any', async () => {
    const body = sample(1, mark());
    const requests = [
      ['GET', `${path}/x`],
      ['POST', path, body],
      ['PUT', `${path}/x`, body],
      ['DELETE', `${path}/x`],
      ['GET', '/health/live'],
      ['GET', '/health/ready'],
    ] as const;
    for (const [method, address, sent] of requests) {
      const answer = await client().send(`${address}?limit=1`, { method, body: sent });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, 400, 'QUERY_INVALID']);
    }
  });
}

/** Lists by a sort index, for models that have one. */
export function sortStories(stage: Stage): void {
  const { client, path, filter } = stage;
  const { name, valueOf } = stage.sort ?? { name: 'none', valueOf: () => 0 };
  const many = postMany(stage, 15);

  test('a sort index orders by its values, either way', async () => {
    const { marked, position } = many();
    const down = await allPages(stage, `${filter}=${marked}&limit=4&sort=${name}`, position);
    const values = down.map((item) => valueOf(item));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(new Set(values).size).toBeGreaterThan(3);
    const up = await allPages(stage, `${filter}=${marked}&limit=4&sort=${name}&order=asc`, position);
    expect(idsOf(up)).toEqual(idsOf(down).toReversed());
  });

  test('a cursor of one order is refused in another', async () => {
    const { marked, position } = many();
    const headers = { 'kmodel-position': position };
    const { next } = listOf(await client().send(`${path}?${filter}=${marked}&limit=2&sort=${name}`, { headers }));
    for (const order of ['', `&sort=${name}&order=asc`]) {
      const answer = await client().send(`${path}?${filter}=${marked}&limit=2${order}&after=${next}`);
      expect([order, answer.status, problemOf(answer).code]).toEqual([order, 400, 'CURSOR_INVALID']);
    }
  });
}

/** Search, for models that have it. */
export function searchStories(stage: Stage): void {
  const { client, path, sample, mark, filter } = stage;
  const many = postMany(stage, 7);

  test('finds what holds every term, whatever the case, by beginnings of words', async () => {
    const { marked, position, newestFirst } = many();
    for (const q of [marked, marked.toUpperCase(), marked.slice(0, -1), `%20${marked}+`]) {
      expect(idsOf(await allPages(stage, `q=${q}&limit=3`, position))).toEqual(newestFirst);
    }
    expect(await allPages(stage, `q=${marked}+nowhereelse`, position)).toEqual([]);
    expect(idsOf(await allPages(stage, `q=${marked}&${filter}=${marked}`, position))).toEqual(newestFirst);
  });

  test('an empty search is no filter, one without any term finds nothing', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const headers = { 'kmodel-position': positionOf(posted) };
    const all = idsOf(listOf(await client().send(`${path}?q=&limit=1000`, { headers })).items);
    expect(all).toContain(entityOf(posted).id);
    expect(idsOf(listOf(await client().send(`${path}?q=+%20&limit=1000`, { headers })).items)).toEqual(all);
    const none = listOf(await client().send(`${path}?q=%3F%21`));
    expect([none.items, none.next]).toEqual([[], null]);
  });

  test('a search of 16 terms is taken, one of 17 refused', async () => {
    const terms = (count: number): string => [...Array(count).keys()].map((n) => `term${n}`).join('+');
    expect((await client().send(`${path}?q=${terms(16)}`)).status).toBe(200);
    const answer = await client().send(`${path}?q=${terms(17)}`);
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'QUERY_INVALID']);
  });
}

/** For models without search. */
export function noSearchStories({ client, path }: Stage): void {
  test('q is an unknown parameter like any other', async () => {
    const answer = await client().send(`${path}?q=x`);
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'QUERY_INVALID']);
  });
}

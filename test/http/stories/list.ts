import { beforeAll, describe, expect, test } from 'vitest';
import type { WireEntity } from '../../../src/http/wire.ts';
import { entityOf, listOf, positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** Pages, order, filters, search and the parameters that are refused. */
export function listStories(stage: Stage): void {
  const { client, path, sample, mark, filter, sort, model } = stage;

  async function pages(query: string, position: string): Promise<WireEntity[]> {
    const items: WireEntity[] = [];
    let after = '';
    do {
      const list = listOf(
        await client().send(`${path}?${query}${after}`, { headers: { 'kmodel-position': position } }),
      );
      items.push(...list.items);
      after = list.next === null ? '' : `&after=${list.next}`;
    } while (after !== '');
    return items;
  }

  describe('of 23 entities', () => {
    let marked: string;
    let posted: WireEntity[];
    let position: string;
    beforeAll(async () => {
      marked = mark();
      posted = [];
      for (const n of Array(23).keys()) {
        const answer = await client().send(path, { method: 'POST', body: sample(n, marked) });
        posted.push(entityOf(answer));
        // Every write demands the one before, so the last one's view position covers them all.
        const read = await client().send(`${path}/${entityOf(answer).id}`, {
          headers: { 'kmodel-position': positionOf(answer) },
        });
        position = positionOf(read);
      }
    });
    const ids = (items: readonly WireEntity[]): string[] => items.map(({ id }) => id);
    const newestFirst = (): string[] =>
      ids(
        posted.toSorted((a, b) =>
          a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? 1 : -1,
        ),
      );

    test('pages of any size hold each of them once, newest first', async () => {
      for (const limit of [1, 7, 22, 23, 24]) {
        expect(ids(await pages(`${filter}=${marked}&limit=${limit}`, position))).toEqual(newestFirst());
      }
    });

    test('order=asc is the exact reverse', async () => {
      const reverse = await pages(`${filter}=${marked}&limit=5&order=asc`, position);
      expect(ids(reverse)).toEqual(newestFirst().reverse());
    });

    test('the items are the entities as they are answered one by one', async () => {
      const list = listOf(
        await client().send(`${path}?${filter}=${marked}&limit=100`, { headers: { 'kmodel-position': position } }),
      );
      expect(new Set(list.items.map((item) => JSON.stringify(item)))).toEqual(
        new Set(posted.map((item) => JSON.stringify(item))),
      );
      expect(list.next).toBeNull();
    });

    test('the limit may change between pages', async () => {
      const headers = { 'kmodel-position': position };
      const first = listOf(await client().send(`${path}?${filter}=${marked}&limit=3`, { headers }));
      const second = listOf(
        await client().send(`${path}?limit=20&${filter}=${marked}&after=${first.next}`, { headers }),
      );
      expect(ids([...first.items, ...second.items])).toEqual(newestFirst());
      expect(second.next).toBeNull();
    });

    test('entities that stay are shown once each while others come and go', async () => {
      const staying = new Set(newestFirst());
      const found: string[] = [];
      let after = '';
      do {
        const list = listOf(
          await client().send(`${path}?${filter}=${marked}&limit=4${after}`, {
            headers: { 'kmodel-position': position },
          }),
        );
        found.push(...ids(list.items).filter((id) => staying.has(id)));
        after = list.next === null ? '' : `&after=${list.next}`;
        const guest = await client().send(path, { method: 'POST', body: sample(50, marked) });
        const left = await client().send(`${path}/${entityOf(guest).id}`, { method: 'DELETE' });
        // Gone from the view too, so that the stories after this one see the 23 alone.
        await client().send(path, { headers: { 'kmodel-position': positionOf(left) } });
      } while (after !== '');
      expect(found).toEqual(newestFirst());
    });

    test.skipIf(sort === undefined)('a sort index orders by its values, either way', async () => {
      const { name, valueOf } = sort as NonNullable<typeof sort>;
      const down = await pages(`${filter}=${marked}&limit=6&sort=${name}`, position);
      const values = down.map((item) => valueOf(item));
      expect(values).toEqual(values.toSorted((a, b) => b - a));
      expect(new Set(values).size).toBeGreaterThan(3);
      const up = await pages(`${filter}=${marked}&limit=6&sort=${name}&order=asc`, position);
      expect(ids(up)).toEqual(ids(down).reverse());
    });

    test('a cursor used with other parameters is refused', async () => {
      const { next } = listOf(
        await client().send(`${path}?${filter}=${marked}&limit=2`, { headers: { 'kmodel-position': position } }),
      );
      for (const query of [
        '',
        `&${filter}=other`,
        `&${filter}=${marked}&order=asc`,
        ...(sort === undefined ? [] : [`&${filter}=${marked}&sort=${sort.name}`]),
      ]) {
        const answer = await client().send(`${path}?limit=2&after=${next}${query}`);
        expect([query, answer.status, problemOf(answer).code]).toEqual([query, 400, 'CURSOR_INVALID']);
      }
    });

    test('a cursor that was changed in any letter is refused', async () => {
      const { next } = listOf(
        await client().send(`${path}?${filter}=${marked}&limit=2`, { headers: { 'kmodel-position': position } }),
      );
      const cursor = next ?? '';
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

    test.skipIf(model.search.length === 0)(
      'a search finds what holds every term, whatever the case, by beginnings of words',
      async () => {
        for (const q of [marked, marked.toUpperCase(), marked.slice(0, -1), `%20${marked}+`]) {
          expect(ids(await pages(`q=${q}&limit=9`, position))).toEqual(newestFirst());
        }
        expect(await pages(`q=${marked}+nowhereelse`, position)).toEqual([]);
        expect(ids(await pages(`q=${marked}&${filter}=${marked}`, position))).toEqual(newestFirst());
      },
    );
  });

  test.skipIf(model.search.length === 0)(
    'an empty search is no filter, one without any term finds nothing',
    async () => {
      await client().send(path, { method: 'POST', body: sample(1, mark()) });
      const all = listOf(await client().send(`${path}?q=&limit=1000`)).items;
      expect(listOf(await client().send(`${path}?q=+%20&limit=1000`)).items).toEqual(all);
      const none = listOf(await client().send(`${path}?q=%3F%21`));
      expect([none.items, none.next]).toEqual([[], null]);
    },
  );

  test.skipIf(model.search.length === 0)('a search of 16 terms is taken, one of 17 refused', async () => {
    const terms = (count: number): string => [...Array(count).keys()].map((n) => `term${n}`).join('+');
    expect((await client().send(`${path}?q=${terms(16)}`)).status).toBe(200);
    const answer = await client().send(`${path}?q=${terms(17)}`);
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'QUERY_INVALID']);
  });

  test('a filter value nobody has finds nothing', async () => {
    const list = listOf(await client().send(`${path}?${filter}=${mark()}`));
    expect([list.items, list.next]).toEqual([[], null]);
    expect((await client().send(`${path}?${filter}=`)).status).toBe(200);
  });

  test.each([
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
  ])('the query ?%s is refused', async (query) => {
    const answer = await client().send(`${path}?${query}`);
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'QUERY_INVALID']);
  });

  test('a parameter may be written with percent codes, and empty ones in between do not matter', async () => {
    const list = listOf(await client().send(`${path}?&%6cimit=%31&&order=desc&`));
    expect(list.items.length).toBeLessThanOrEqual(1);
  });

  test('routes without parameters refuse any', async () => {
    for (const [method, address, body] of [
      ['GET', `${path}/x`],
      ['POST', path, sample(1, mark())],
      ['PUT', `${path}/x`, sample(1, mark())],
      ['DELETE', `${path}/x`],
      ['GET', '/health/live'],
      ['GET', '/health/ready'],
    ] as const) {
      const answer = await client().send(`${address}?limit=1`, { method, body });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, 400, 'QUERY_INVALID']);
    }
  });
}

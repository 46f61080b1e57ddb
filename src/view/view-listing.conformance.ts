/** Stories about lists: order, pages, filters, sort indexes, search, and all of them together. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
// eslint-disable-next-line no-restricted-imports -- the suite searches as the model does, with the terms that it makes.
import { SCRIPTS } from '../model/scripts.conformance.ts';
// eslint-disable-next-line no-restricted-imports -- see above.
import { searchTerms, terms } from '../model/terms.ts';
import { batch, IDS_IN_ORDER, interference, queries, staying, walks } from './view-arbitraries.conformance.ts';
import { comparePlaces, ModelView } from './view-model.conformance.ts';
import { Build, deletion, ids, INDEXES, listing, type MakeView, page, put } from './view-under-test.conformance.ts';
import type { ListPlace, ListQuery, PutOperation, SearchTerm, View } from './view.ts';

export function orderStories(make: MakeView): void {
  test('newest first; what was created in one millisecond by the bytes of its id; asc is the reverse', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('old', { createdAt: 5 }), put('new', { createdAt: 7 })]);
    await build.apply(IDS_IN_ORDER.toReversed().map((id) => put(id, { createdAt: 6 })));
    expect(await ids(view)).toEqual(['new', ...IDS_IN_ORDER, 'old']);
    expect(await ids(view, { order: 'asc' })).toEqual(['new', ...IDS_IN_ORDER, 'old'].toReversed());
  });

  test('an entity whose createdAt changes moves to its new place', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('a', { createdAt: 1 }), put('b', { createdAt: 2 })]);
    expect(await ids(view)).toEqual(['b', 'a']);
    await build.apply([put('a', { createdAt: 3 })]);
    expect(await ids(view)).toEqual(['a', 'b']);
  });

  test('a page ends with its last place where more follow, and with none where nothing does', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([
      put('a', { createdAt: 1 }),
      put('b', { createdAt: 2, sorts: { pay: 4 } }),
      put('c', { createdAt: 3 }),
    ]);
    expect((await page(view, { limit: 2 })).next).toEqual({ value: 2, id: 'b' });
    expect((await page(view, { limit: 3 })).next).toBeUndefined();
    expect((await page(view, { sort: 'pay', limit: 2 })).next).toEqual({ value: null, id: 'a' });
    expect(await ids(view, { after: { value: 2, id: 'b' } })).toEqual(['a']);
    expect(await ids(view, { after: { value: 1, id: 'a' } })).toEqual([]);
  });

  test('a page goes on behind a place whose entity is gone', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply(['a', 'b', 'c', 'd'].map((id) => put(id)));
    const { next } = await page(view, { limit: 2 });
    await build.apply([deletion('b')]);
    expect(await ids(view, { after: next })).toEqual(['c', 'd']);
  });

  test('five thousand entities of one millisecond are paged like any others', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const many = Array.from({ length: 5000 }, (_, at) => `id-${String((at * 7919) % 5000).padStart(4, '0')}`);
    const operation = (id: string): PutOperation => put(id, { terms: id.endsWith('3') ? ['three'] : ['other'] });
    for (let at = 0; at < many.length; at += 500) await build.apply(many.slice(at, at + 500).map(operation));
    await build.apply([put('later', { createdAt: 1_800_000_000_000 }), put('sooner', { createdAt: 5 })]);
    const expected = ['later', ...many.toSorted(), 'sooner'];
    expect(await walk(view, { limit: 617 })).toEqual(expected);
    expect(await walk(view, { limit: 617, order: 'asc' })).toEqual(expected.toReversed());
    const three: Partial<ListQuery> = { limit: 130, terms: [{ text: 'three', prefix: true }] };
    expect(await walk(view, three)).toEqual(expected.filter((id) => id.endsWith('3')));
  });

  test('whoever exists throughout is shown exactly once, while others come and go between the pages', async () => {
    const { view } = await make(INDEXES);
    await fc.assert(
      fc.asyncProperty(staying(), fc.array(interference(), { maxLength: 12 }), walks(), async (kept, others, query) => {
        const build = await Build.live(view);
        await build.apply(kept);
        const left = [...others];
        const shown = await walk(view, query, async () => build.apply(left.splice(0, 2).flat()));
        const stayed = shown.filter((id) => id.startsWith('stay'));
        const expected = kept.map((entity): ListPlace => ({ value: placeValue(entity, query.sort), id: entity.id }));
        expect(stayed).toEqual(expected.sort((a, b) => comparePlaces(a, b, query.order)).map(({ id }) => id));
      }),
      { numRuns: 25 },
    );
  });
}

export function indexStories(make: MakeView): void {
  test('indexes may be named like what every object has: an entity without a value has none', async () => {
    const { view } = await make({ filters: ['toString'], sorts: ['constructor', 'valueOf'] });
    const build = await Build.live(view);
    await build.apply([put('a'), put('b', { filters: { toString: ['x'] }, sorts: { constructor: 2 } })]);
    // Alone it may be applied in another way.
    await build.apply([put('c')]);
    await build.apply([put('d', { sorts: { constructor: 3 } })]);
    expect(await ids(view, { filters: { toString: 'x' } })).toEqual(['b']);
    expect(await ids(view, { sort: 'constructor' })).toEqual(['d', 'b', 'a', 'c']);
    expect((await page(view, { sort: 'constructor', limit: 3 })).next).toEqual({ value: null, id: 'a' });
    expect(await ids(view, { sort: 'valueOf' })).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a filter finds exactly its value, whatever characters it holds, and only in its index', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const values = [
      '',
      ' ',
      'a',
      'A',
      'a ',
      "o'x",
      '"',
      '"a"',
      '*',
      'a*',
      'a AND b',
      'a OR b',
      '東京',
      'é',
      'e\u0301',
      '😀',
      '_',
      'x'.repeat(300),
    ];
    await build.apply(
      values.map((value, at) => put(`v${at}`, { filters: { company: [value], tag: [`not ${value}`] } })),
    );
    for (const [at, value] of values.entries()) {
      expect(await ids(view, { filters: { company: value } })).toEqual([`v${at}`]);
      expect(await ids(view, { filters: { tag: value } })).toEqual([]);
    }
    expect(await ids(view, { filters: { company: 'unknown' } })).toEqual([]);
  });

  test('an entity is found by each of several values, and filters must all match', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([
      put('a', { filters: { company: ['x'], tag: ['x', 'y', 'z'] } }),
      put('b', { filters: { company: ['x'], tag: ['y'] } }),
      put('c', { filters: { tag: ['x'] } }),
    ]);
    expect(await ids(view, { filters: { tag: 'y' } })).toEqual(['a', 'b']);
    expect(await ids(view, { filters: { company: 'x', tag: 'x' } })).toEqual(['a']);
    expect(await ids(view, { filters: { company: 'x', tag: 'q' } })).toEqual([]);
  });

  test('a sort index orders numbers of every kind; without a value comes last in desc, first in asc', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const values = [3, -1, 0.1, 1e308, -1e308, 2 ** 53 - 1, 5e-324, 3, -0.5, 0];
    await build.apply(values.map((pay, at) => put(`v${at}`, { sorts: { pay } })));
    await build.apply([put('none-b'), put('none-a', { sorts: { closes: 4 } })]);
    const expected = ['v3', 'v5', 'v0', 'v7', 'v2', 'v6', 'v9', 'v8', 'v1', 'v4', 'none-a', 'none-b'];
    expect(await walk(view, { sort: 'pay', limit: 5 })).toEqual(expected);
    expect(await walk(view, { sort: 'pay', limit: 5, order: 'asc' })).toEqual(expected.toReversed());
    expect((await ids(view, { sort: 'closes' }))[0]).toBe('none-a');
  });

  test('sorting finds its way through many matches as through few', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const operation = (_: unknown, at: number): PutOperation =>
      put(`v${at}`, {
        sorts: at % 5 === 0 ? {} : { pay: (at * 7919) % 100 },
        filters: { tag: at < 2500 ? ['many'] : ['few', 'many'] },
      });
    const all = Array.from({ length: 3000 }, operation);
    for (let at = 0; at < all.length; at += 500) await build.apply(all.slice(at, at + 500));
    const model = new ModelView();
    model.apply(all);
    for (const tag of ['many', 'few']) {
      for (const order of ['asc', 'desc'] as const) {
        const query = listing({ sort: 'pay', order, filters: { tag }, limit: 700 });
        expect(await walk(view, query)).toEqual(model.list({ ...query, limit: 5000 }).ids);
      }
    }
  });
}

export function searchStories(make: MakeView): void {
  describe('in twelve scripts', () => {
    test.each(SCRIPTS)(
      '$script: the example is found by its queries, and by no other',
      async ({ script, found, notFound }) => {
        const { view } = await make(INDEXES);
        const build = await Build.live(view);
        await build.apply(SCRIPTS.map((example) => put(example.script, { terms: terms(example.text) })));
        for (const query of found) expect([query, await search(view, query)]).toEqual([query, [script]]);
        for (const query of notFound) expect([query, await search(view, query)]).toEqual([query, []]);
      },
    );
  });

  test('every term must match, whole or as a prefix as it says', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([
      put('a', { terms: ['senior', 'developer', 'c'] }),
      put('b', { terms: ['senior', 'devops', 'css'] }),
    ]);
    const find = async (...asked: SearchTerm[]): Promise<string[]> => ids(view, { terms: asked });
    expect(await find({ text: 'senior', prefix: false }, { text: 'dev', prefix: true })).toEqual(['a', 'b']);
    expect(await find({ text: 'dev', prefix: false })).toEqual([]);
    expect(await find({ text: 'devel', prefix: true }, { text: 'se', prefix: true })).toEqual(['a']);
    expect(await find({ text: 'c', prefix: false })).toEqual(['a']);
    expect(await find({ text: 'senior', prefix: true }, { text: 'nobody', prefix: true })).toEqual([]);
  });

  test('terms that look like an operator or another index are only terms', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([
      put('a', { terms: ['and', 'or', 'not', 'near', 'select'] }),
      put('b', { filters: { tag: ['and'] } }),
    ]);
    for (const text of ['and', 'or', 'not', 'near'])
      expect(await ids(view, { terms: [{ text, prefix: true }] })).toEqual(['a']);
    expect(await ids(view, { filters: { tag: 'and' } })).toEqual(['b']);
  });

  test('search, filter, sort, order and place in every combination: as in a model of a few lines', async () => {
    const { view } = await make(INDEXES);
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch(), { maxLength: 5 }),
        fc.array(queries(), { minLength: 5, maxLength: 12 }),
        async (batches, asked) => {
          const build = await Build.live(view);
          const model = new ModelView();
          for (const operations of batches) {
            await build.apply(operations);
            model.apply(operations);
          }
          for (const query of asked) {
            const found = await page(view, query);
            expect({ ids: found.entities.map(({ id }) => id), next: found.next }).toEqual(model.list(query));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
}

async function search(view: View, query: string): Promise<string[]> {
  const asked = searchTerms(query);
  return asked.kind === 'terms' ? ids(view, { terms: asked.terms }) : [];
}

/** The ids of all pages; `between` runs after each. */
async function walk(view: View, query: Partial<ListQuery>, between?: () => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  let after: ListPlace | undefined;
  do {
    const one = await page(view, { ...query, after });
    found.push(...one.entities.map(({ id }) => id));
    after = one.next;
    await between?.();
  } while (after !== undefined);
  return found;
}

function placeValue(entity: PutOperation, sort: string): number | null {
  return sort === 'createdAt' ? entity.createdAt : (entity.sorts[sort] ?? null);
}

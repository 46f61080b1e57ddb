/** Entities, updates and queries at random, from few values, so that they meet: for the stories about lists. */
import * as fc from 'fast-check';
import { deletion, listing, put } from './view-under-test.conformance.ts';
import type { ListQuery, Operation, PutOperation } from './view.ts';

/** Ids in the order of their UTF-8 bytes; in UTF-16 the last two stand the other way round. */
export const IDS_IN_ORDER = ['A', 'Z', 'a', 'aa', 'b', 'ß', 'é', '日', '\uff5e', '😀'];

const idPart = (): fc.Arbitrary<string> => fc.constantFrom(...IDS_IN_ORDER, 'ab', 'Ab', 'z', '0', '00');
const pay = (): fc.Arbitrary<PutOperation['sorts']> =>
  fc.oneof(
    fc.constant({}),
    fc.constantFrom(-1.5, 0, 2, 2.25, 1e15).map((value) => ({ pay: value })),
  );
const created = (): fc.Arbitrary<number> => fc.constantFrom(1, 2, 1_700_000_000_000, 1_700_000_000_001, 2 ** 42 - 1);

function putOf(id: fc.Arbitrary<string>): fc.Arbitrary<PutOperation> {
  const words = fc.uniqueArray(fc.constantFrom('a', 'ab', 'abc', 'abd', 'b', 'é', '日本', '本'), { maxLength: 4 });
  const values = fc.uniqueArray(fc.constantFrom('a', 'ab', '', '日本'), { maxLength: 2 });
  return fc
    .record({ id, createdAt: created(), terms: words, company: values, tag: values, sorts: pay() })
    .map(({ company, tag, ...fields }) => put(fields.id, { ...fields, filters: { company, tag } }));
}

/** Operations of one update: each id at most once. */
export function batch(): fc.Arbitrary<Operation[]> {
  const operation = fc.oneof(
    { arbitrary: putOf(idPart()), weight: 4 },
    { arbitrary: idPart().map(deletion), weight: 1 },
  );
  return fc.uniqueArray(operation, { selector: ({ id }) => id, maxLength: 12 });
}

/** Entities that are there while a list is walked. */
export function staying(): fc.Arbitrary<PutOperation[]> {
  return fc.uniqueArray(putOf(idPart().map((part) => `stay-${part}`)), { selector: ({ id }) => id, maxLength: 14 });
}

/** One change to entities that are none of those staying. */
export function interference(): fc.Arbitrary<Operation[]> {
  const id = idPart().map((part) => `come-${part}`);
  return fc.oneof(
    putOf(id).map((operation): Operation[] => [operation]),
    id.map((one): Operation[] => [deletion(one)]),
  );
}

/** Lists of everything, in pages small enough for several. */
export function walks(): fc.Arbitrary<ListQuery> {
  return fc
    .record({
      sort: fc.constantFrom('createdAt', 'pay'),
      order: fc.constantFrom('asc', 'desc'),
      limit: fc.integer({ min: 1, max: 6 }),
    })
    .map((more) => listing(more));
}

/** Lists with search, filters and a place to begin behind. */
export function queries(): fc.Arbitrary<ListQuery> {
  const term = fc.record({ text: fc.constantFrom('a', 'ab', 'abc', 'b', 'é', '日', '本'), prefix: fc.boolean() });
  const value = fc.constantFrom('a', 'ab', '', '日本', 'none');
  const filters = fc.oneof(fc.constant({}), fc.record({ tag: value }), fc.record({ company: value, tag: value }));
  return fc
    .record({
      walk: walks(),
      terms: fc.array(term, { maxLength: 2 }),
      filters,
      after: fc.option(fc.tuple(created(), pay(), idPart())),
    })
    .map(({ walk: { sort, order, limit }, terms: asked, filters: all, after }) => {
      const place =
        after === null
          ? undefined
          : { value: sort === 'createdAt' ? after[0] : (after[1]['pay'] ?? null), id: after[2] };
      return listing({ sort, order, limit, terms: asked, filters: all, after: place });
    });
}

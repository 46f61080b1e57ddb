import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterSet } from './layout.ts';
import { entityOf, HEAD_DIGITS, setsOfHead } from './row.ts';
import { rowOf } from './row-under-test.conformance.ts';

test('an entity comes back from its row as it was, whatever its texts', () => {
  const number = () => fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
  const text = () => fc.string({ unit: 'grapheme' });
  const entity = fc.record({
    id: text(),
    value: text().map((one) => `{${one}}`),
    createdAt: number(),
    updatedAt: number(),
    partition: number(),
    offset: number(),
    request: fc.option(fc.oneof(text(), fc.constantFrom('-', ' ', '- ', '3 ')), { nil: undefined }),
  });
  const filters = fc.dictionary(fc.constantFrom('tag', 'company'), fc.array(fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(entity, filters, fc.boolean(), (one, values, asBytes) => {
      const value = asBytes ? Buffer.from(one.value) : one.value;
      const row = rowOf({ ...one, kind: 'put', value, terms: [], filters: values, sorts: {} });
      expect(entityOf(one.id, row)).toEqual(one);
      const bytes = Buffer.from(row).subarray(HEAD_DIGITS);
      expect(bytes.subarray(Number(row.slice(0, HEAD_DIGITS))).toString()).toBe(one.value);
      const { sets } = setsOfHead(row, HEAD_DIGITS);
      expect(sets).toEqual(Object.entries(values).flatMap(([name, of]) => of.map((value) => filterSet(name, value))));
    }),
  );
});

test('what no update has written is no row', () => {
  const put = {
    kind: 'put',
    id: 'a',
    createdAt: 1,
    updatedAt: 2,
    partition: 3,
    offset: 4,
    request: undefined,
  } as const;
  const row = rowOf({ ...put, value: '{"n":1}', terms: [], filters: {}, sorts: {} });
  expect(entityOf('a', row)).toMatchObject({ value: '{"n":1}' });
  expect(entityOf('a', `${row}\n`)).toMatchObject({ value: '{"n":1}\n' });
  for (const wrong of ['', 'garbage', row.slice(0, -1), row.slice(3), row.replace('1 ', 'x ')])
    expect(() => entityOf('a', wrong)).toThrow('the row of a is none');
});

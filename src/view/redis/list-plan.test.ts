import { describe, expect, test } from 'vitest';
import { listing } from '../view-under-test.conformance.ts';
import { partitionKeys } from './layout.ts';
import { planOf } from './list-plan.ts';

const INDEXES = { filters: ['company', 'tag'], sorts: ['pay'] };
const KEYS = partitionKeys({ prefix: 'k', model: 'm' }, 'g', 3);
const T = 'k:{m/3}:g';

describe('the plan of a list', () => {
  test('everything, newest first: the four keys that every list has, and no condition', () => {
    const plan = planOf(listing({ limit: 50 }), INDEXES);
    expect(plan.args).toEqual(['50', 'desc', '', '', '4']);
    expect(plan.keysOf(KEYS)).toEqual([`${T}:e`, `${T}:i`, `${T}:w`, `${T}:s:createdAt`]);
  });

  test('a place is its score and its id; one without a value stands behind all', () => {
    const args = (value: number | null): readonly string[] =>
      planOf(listing({ sort: 'pay', order: 'asc', after: { value, id: 'x' } }), INDEXES).args.slice(1, 4);
    expect(args(2.5)).toEqual(['asc', '-2.5', 'x']);
    expect(args(null)).toEqual(['asc', '+inf', 'x']);
    expect(args(0)).toEqual(['asc', '0', 'x']);
  });

  test('each condition names its set, or says that it has none', () => {
    const plan = planOf(
      listing({
        filters: { tag: 'a:b', company: '' },
        terms: [
          { text: 'c', prefix: false },
          { text: 'rus', prefix: true },
          { text: 'engin', prefix: true },
          { text: 'go', prefix: false },
          { text: 'x', prefix: true },
        ],
      }),
      INDEXES,
    );
    const set = ['set', '', 'key'];
    const others = [
      ['words', '\nrus', 'key'],
      ['words', '\nengin', 'key'],
      ['packed', '\ngo\n', 'key'],
      ['packed', '\nx', 'none'],
    ];
    expect(plan.args.slice(4)).toEqual(['10', ...[set, set, set, ...others].flat()]);
    expect(plan.keysOf(KEYS).slice(4)).toEqual([
      KEYS.filter('tag', 'a:b'),
      KEYS.filter('company', ''),
      KEYS.term('c'),
      KEYS.prefix('ru'),
      KEYS.prefix('en'),
      KEYS.prefix('go'),
    ]);
  });

  test('an index that the view was not opened for is refused', () => {
    expect(() => planOf(listing({ sort: 'age' }), INDEXES)).toThrow(RangeError);
    expect(() => planOf(listing({ filters: { age: '7' } }), INDEXES)).toThrow('there is no filter index age');
  });
});

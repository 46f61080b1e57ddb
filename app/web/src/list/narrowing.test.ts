import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listPath, parseNarrowing, without } from './narrowing.ts';

describe('search and filters in the address', () => {
  test('only what is set stands there, in one order', () => {
    expect(listPath({})).toBe('/');
    expect(listPath({ tag: 'a&b', q: 'x y' })).toBe('/?q=x+y&tag=a%26b');
    expect(parseNarrowing('?tag=&other=1&q=x')).toEqual({ q: 'x' });
    expect(without({ q: 'x', tag: 'y' }, 'tag')).toEqual({ q: 'x' });
  });

  test('whatever is put in comes out again', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 });
    const narrowings = fc.record({ q: value, company: value, location: value, tag: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(narrowings, (narrowing) => {
        expect(parseNarrowing(listPath(narrowing).slice(1))).toEqual(narrowing);
      }),
    );
  });
});

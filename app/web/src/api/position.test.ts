import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergePositions } from './position.ts';

describe('the merged position', () => {
  test('has every partition of both, each as far as either, in order', () => {
    expect(mergePositions('0=17,3=4;log=a', '3=9,10=1;log=a')).toBe('0=17,3=9,10=1;log=a');
    expect(mergePositions(undefined, '1=2;log=a')).toBe('1=2;log=a');
  });

  test('never goes back where an answer arrives late', () => {
    expect(mergePositions('2=9;log=a', '2=8;log=a')).toBe('2=9;log=a');
  });

  test('begins anew with another log', () => {
    expect(mergePositions('0=900,1=2;log=a', '0=1;log=b')).toBe('0=1;log=b');
  });

  test('does not depend on the order of the answers', () => {
    const positions = fc.dictionary(fc.integer({ min: 0, max: 12 }).map(String), fc.nat(), { minKeys: 1 }).map(
      (entries) =>
        `${Object.entries(entries)
          .map(([partition, next]) => `${partition}=${next}`)
          .join(',')};log=a`,
    );
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        const merged = mergePositions(one, other);
        expect(mergePositions(other, one)).toBe(mergePositions(merged, one));
        expect(mergePositions(merged, other)).toBe(merged);
      }),
    );
  });
});

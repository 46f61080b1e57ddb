import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextMap } from './text-map.ts';

test('it holds what a Map holds, in the same order, whatever the texts', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('', '__proto__', '\0', 'a'));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.nat()), { maxLength: 600, size: 'max' }), (entries) => {
      const [own, map] = [new TextMap<number>(), new Map<string, number>()];
      for (const [key, value] of entries) {
        expect(own.get(key)).toBe(map.get(key));
        own.set(key, value);
        map.set(key, value);
      }
      expect(own.size).toBe(map.size);
      expect(own.values()).toEqual([...map.values()]);
      for (const [key, value] of map) expect(own.get(key)).toBe(value);
    }),
    { numRuns: 50 },
  );
});

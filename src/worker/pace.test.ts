import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { doubtPermission } from '../doubts.ts';
import { beginPermission, mergeRebuilds } from './pace.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

test('a doubt is built away at once, an hour later again, and then a person is asked', () => {
  const at = (...times: number[]) => times.map((time) => ({ reason: 'EVICTED', at: time }));
  expect(doubtPermission([], 'EVICTED', NOW)).toEqual({ kind: 'now' });
  expect(doubtPermission(at(NOW - 1000), 'EVICTED', NOW)).toEqual({ kind: 'later', at: NOW - 1000 + HOUR });
  expect(doubtPermission(at(NOW - HOUR), 'EVICTED', NOW)).toEqual({ kind: 'now' });
  expect(doubtPermission(at(NOW - 3 * HOUR, NOW - HOUR), 'EVICTED', NOW)).toEqual({ kind: 'person' });
  expect(doubtPermission(at(NOW - 1000), 'COUNTS', NOW)).toEqual({ kind: 'now' });
  expect(doubtPermission(at(NOW - 25 * HOUR, NOW - 24 * HOUR), 'EVICTED', NOW)).toEqual({ kind: 'now' });
});

test('whatever generations are begun for, they come ever slower: by their pace at most fifteen in ten minutes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('NO_VIEW', 'ANOTHER_DEFINITION', 'EVICTED')), (reasons) => {
      let rebuilds: readonly { reason: string; at: number }[] = [];
      let begun = 0;
      for (let now = NOW; now < NOW + 600_000; now += 250) {
        if (beginPermission(rebuilds, now).kind !== 'now') continue;
        rebuilds = mergeRebuilds(rebuilds, [{ reason: reasons[begun % (reasons.length || 1)] ?? 'NO_VIEW', at: now }]);
        begun += 1;
      }
      expect(begun).toBeGreaterThan(3);
      expect(begun).toBeLessThanOrEqual(15);
    }),
    { numRuns: 20 },
  );
});

test('lists of rebuilds are merged: each once, in order, not without end', () => {
  const many = Array.from({ length: 30 }, (_, at) => ({ reason: 'NO_VIEW', at }));
  expect(mergeRebuilds(many, many.slice(5))).toEqual(many.slice(10));
});

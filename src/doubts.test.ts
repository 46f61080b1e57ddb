import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { afterSighting, counts, DOUBTS, isHeld, mergeDoubts, refusing, worstOf, type Doubt } from './doubts.ts';

const doubt = (reason: string, more: Partial<Doubt> = {}): Doubt => ({
  reason,
  evidence: 'seen',
  seen: 2,
  firstAt: 0,
  lastAt: 5_000,
  ...more,
});

test('docs/spec.md has the same table', () => {
  const text = readFileSync(new URL('../docs/spec.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Doubts and holds'), text.indexOf('## Loops'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const expected = Object.entries(DOUBTS).map(([reason, { title, serves, sightings, apartMs, ends }]) => {
    const seen = apartMs === 0 ? String(sightings) : `${sightings}, ${apartMs / 1000} s apart`;
    return `| \`${reason}\` | ${title} | ${serves ? 'answered' : '503'} | ${seen} | ${ends} |`;
  });
  expect(rows).toEqual(expected);
});

test('a doubt counts once it was seen as often, and as far apart, as its reason asks for', () => {
  expect(counts(doubt('EVICTED', { seen: 1, lastAt: 0 }))).toBe(true);
  expect(counts(doubt('COUNTS', { seen: 1 }))).toBe(false);
  expect(counts(doubt('COUNTS', { seen: 9, lastAt: 1_999 }))).toBe(false);
  expect(counts(doubt('COUNTS'))).toBe(true);
  // A newer version's: the safe thing.
  expect(isHeld(doubt('NEVER_HEARD_OF', { seen: 1, lastAt: 0 }))).toBe(true);
});

test('sightings add up by reason, and what was not seen again for a minute begins anew', () => {
  const once = afterSighting([], 'COUNTS', 'one', 1_000);
  expect(once).toEqual([doubt('COUNTS', { evidence: 'one', seen: 1, firstAt: 1_000, lastAt: 1_000 })]);
  const both = afterSighting(once, 'LOG_SHORTER', 'other', 2_000);
  expect(both.map(({ reason, seen }) => [reason, seen])).toEqual([
    ['COUNTS', 1],
    ['LOG_SHORTER', 1],
  ]);
  const again = afterSighting(both, 'COUNTS', 'two', 4_000);
  expect(again.find(({ reason }) => reason === 'COUNTS')).toMatchObject({ seen: 2, firstAt: 1_000, lastAt: 4_000 });
  expect(afterSighting(once, 'COUNTS', 'late', 61_001)).toMatchObject([{ seen: 1, firstAt: 61_001 }]);
  // One that counts is latched: nothing but a new generation, or a person, ends it.
  expect(afterSighting(again, 'LOG_SHORTER', 'late', 900_000).map(({ reason }) => reason)).toContain('COUNTS');
});

test('what needs a person is the worst; reads are refused for any that may not serve', () => {
  const all = [doubt('EVICTED'), doubt('RECORDS_REMOVED'), doubt('LOG_SHORTER', { seen: 1 })];
  expect(worstOf(all)?.reason).toBe('RECORDS_REMOVED');
  expect(refusing(all)?.reason).toBe('EVICTED');
  expect(refusing([doubt('RECORDS_REMOVED')])).toBeUndefined();
  expect(worstOf([])).toBeUndefined();
  expect(mergeDoubts([doubt('EVICTED')], [doubt('EVICTED', { seen: 7 }), doubt('COUNTS')])).toMatchObject([
    { reason: 'EVICTED', seen: 7 },
    { reason: 'COUNTS' },
  ]);
});

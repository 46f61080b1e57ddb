import { expect, test } from 'vitest';
import type { RawRecord } from '../system/distributed/raw-records.ts';
import { difference, History, violations, type Round } from './history.ts';

const record = (offset: number, key: string, value: object | null): RawRecord => ({
  partition: 0,
  offset,
  timestamp: 1000 + offset,
  headers: {},
  key,
  value: value === null ? null : JSON.stringify(value),
});

function history(): History {
  const made = new History();
  made.add(record(0, 'a', { n: 1 }));
  made.add(record(1, 'b', { n: 2 }));
  made.add(record(2, 'a', { n: 3 }));
  made.add(record(3, 'b', null));
  return made;
}

const at = (next: number): Map<number, number> => new Map([[0, next]]);

test('a history tells what stood there at any position', () => {
  const made = history();
  expect([0, 1, 2, 3].map((next) => made.get('a', at(next))?.fields)).toEqual([
    undefined,
    { n: 1 },
    { n: 1 },
    { n: 3 },
  ]);
  expect(made.list(at(2)).map(({ id }) => id)).toEqual(['b', 'a']);
  expect(made.list(at(4)).map(({ id }) => id)).toEqual(['a']);
  expect([made.hasRead(at(4)), made.hasRead(at(5))]).toEqual([true, false]);
});

test('a difference is told for what is missing, too much, old, or of another time', () => {
  const made = history();
  const shown = {
    id: 'a',
    n: 3,
    version: '0-2-digest',
    createdAt: new Date(1002).toISOString(),
    updatedAt: new Date(1002).toISOString(),
  };
  const known = made.get('a', at(4));
  expect(difference('a', shown, known)).toBeUndefined();
  expect(difference('b', undefined, made.get('b', at(4)))).toBeUndefined();
  for (const wrong of [undefined, { ...shown, n: 1 }, { ...shown, version: '0-0' }, { ...shown, createdAt: '2026' }])
    expect(difference('a', wrong, known)).toMatch(/^a: /);
  expect(difference('a', shown, undefined)).toMatch('the topic says nothing');
});

test('only an ok beside answers that stay wrong is a violation', () => {
  const round = (seconds: number, wrong: boolean, ok: boolean): Round => ({
    at: seconds * 1000,
    right: wrong ? 3 : 20,
    wrong: wrong ? ['x'] : [],
    ok,
  });
  const seconds = (rounds: Round[]): number[] => violations(rounds, 5000).map(({ at }) => at / 1000);
  expect(seconds([round(1, true, true), round(5, true, true)])).toEqual([]);
  expect(seconds([round(1, true, true), round(7, true, true), round(8, true, false)])).toEqual([7]);
  expect(seconds([round(1, true, true), round(3, false, true), round(7, true, true)])).toEqual([]);
});

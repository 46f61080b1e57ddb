import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { absenceOf, idOfKeyBytes, standingOf } from './comparison.ts';

const entity = { id: 'a', updatedAt: 1000, offset: 7 };
const record = (timestamp: number, more: object = {}) => ({ offset: 7, timestamp, isTombstone: false, ...more });

test('what only the view has is lost; what the log has later stays', () => {
  expect(standingOf(entity, undefined)).toBe('lost');
  expect(standingOf(entity, record(999, { offset: 3 }))).toBe('lost');
  expect(standingOf(entity, record(999, { isTombstone: true }))).toBe('lost');
  expect(standingOf(entity, record(1000, { offset: 3 }))).toBe('lost');
  expect(standingOf(entity, record(1000, { offset: 3, isTombstone: true }))).toBe('lost');
  expect(standingOf(entity, record(1000))).toBe('same');
  expect(standingOf(entity, record(1001, { offset: 2 }))).toBe('newer');
  expect(standingOf(entity, record(1001, { isTombstone: true }))).toBe('newer');
});

test('an entity that the view lacks was deleted where both have read on, or where it is older than what was lost', () => {
  expect(absenceOf(record(500, { offset: 4 }), { commonUpTo: 5, firstLostAt: undefined })).toBe('deleted');
  expect(absenceOf(record(500, { offset: 5 }), { commonUpTo: 5, firstLostAt: 501 })).toBe('deleted');
  expect(absenceOf(record(500, { offset: 5 }), { commonUpTo: 5, firstLostAt: 500 })).toBe('unsure');
  expect(absenceOf(record(500, { offset: 5 }), { commonUpTo: 5, firstLostAt: undefined })).toBe('unsure');
});

test('keys that are no ids stand for no entity', () => {
  expect(idOfKeyBytes(Buffer.from('é').toString('latin1'))).toBe('é');
  for (const key of [Buffer.of(0xff), Buffer.from(''), Buffer.from('..')])
    expect(idOfKeyBytes(key.toString('latin1'))).toBeUndefined();
});

test('whatever was lost, comparing again after it was appended finds nothing to append', () => {
  fc.assert(
    fc.property(
      fc.nat(1000),
      fc.option(fc.nat(1000), { nil: undefined }),
      fc.boolean(),
      (updatedAt, timestamp, isTombstone) => {
        const newest = timestamp === undefined ? undefined : record(timestamp, { isTombstone });
        const after = standingOf({ ...entity, updatedAt }, newest) === 'lost' ? record(2000, { offset: 90 }) : newest;
        expect(standingOf({ ...entity, updatedAt }, after)).not.toBe('lost');
      },
    ),
  );
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterOf, filterSet, partitionKeys, sortScore, sortValue } from './layout.ts';
import { packRecord, unpackRecord } from './quarantine-record.ts';

const NAMES = { prefix: 'kmodel', model: 'job' };

describe('keys', () => {
  test('of one partition share a hash tag, and name partition and generation', () => {
    const keys = partitionKeys(NAMES, 'g', 7);
    expect(keys.bookkeeping).toBe('kmodel:{job/7}');
    expect(keys.entities).toBe('kmodel:{job/7}:g:e');
    expect(keys.filter('company', 'a:b')).toBe('kmodel:{job/7}:g:f:company:a:b');
  });

  test('of two filter values are never the same bytes', () => {
    const unit = fc.constantFrom('a', ':', '\0', '"', '\\ud800', '\ud800', '\udc00', '\ufffd', '😀');
    const text = () => fc.array(unit, { maxLength: 4 }).map((units) => units.join(''));
    const bytes = (value: string): string =>
      Buffer.from(partitionKeys(NAMES, 'g', 0).filter('a', value)).toString('hex');
    fc.assert(
      fc.property(text(), text(), (one, other) => {
        expect(bytes(one) === bytes(other)).toBe(one === other);
      }),
    );
    expect(bytes('\ud800')).not.toBe(bytes('\ud801'));
    expect(bytes('\0"\\ud800"')).not.toBe(bytes('\ud800'));
  });
});

test('a sort value comes back from its score as it was, and scores are in the opposite order', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (one, other) => {
        expect(sortValue(sortScore(one))).toBe(one + 0);
        expect(Math.sign(Number(sortScore(one)) - Number(sortScore(other)))).toBe(Math.sign(other - one));
      },
    ),
  );
  expect(sortValue('inf')).toBeNull();
  expect(sortValue('-0')).toBe(0);
  expect(sortScore(undefined)).toBe('+inf');
});

test('a record in quarantine comes back as it was', () => {
  const record = {
    partition: 3,
    offset: 2 ** 53 - 1,
    timestamp: 5,
    reason: 'JSON',
    detail: 'é"\n',
    headers: { a: 'ü' },
    key: Uint8Array.of(0, 255, 128),
  };
  for (const value of [null, Uint8Array.of(), Uint8Array.of(1, 2, 0)]) {
    expect(unpackRecord(packRecord({ ...record, value }))).toEqual({ ...record, value });
  }
});

test('a filter comes back from the end of its set’s key, whatever its value', () => {
  fc.assert(
    fc.property(fc.constantFrom('tag', 'by-company'), fc.string({ unit: 'binary' }), (name, value) => {
      expect(filterOf(filterSet(name, value))).toEqual({ name, value });
    }),
  );
  expect(filterOf(filterSet('tag', '\ud800'))).toEqual({ name: 'tag', value: '\ud800' });
  expect(filterOf(filterSet('tag', '\0'))).toEqual({ name: 'tag', value: '\0' });
});

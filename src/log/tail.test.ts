import { expect, test } from 'vitest';
import { record } from './log-under-test.conformance.ts';
import { offsetOfTail, tailOf } from './tail.ts';

const one = { ...record(0, 'a', '1', { timestamp: 5 }), offset: 7 };

test('a tail tells records apart by place, key, value and time, and not by headers', () => {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
  const others = [
    { offset: 8 },
    { key: bytes('b') },
    { value: bytes('2') },
    { value: null },
    { timestamp: 6 },
    // The same bytes, cut elsewhere.
    { key: bytes('a1'), value: bytes('') },
  ].map((change) => tailOf({ ...one, ...change }));
  expect(new Set([tailOf(one), ...others]).size).toBe(others.length + 1);
  expect(tailOf({ ...one, value: null })).not.toBe(tailOf({ ...one, value: bytes('') }));
  expect(tailOf({ ...one, headers: { x: 'y' } })).toBe(tailOf(one));
});

test('a tail tells where its record was, and other texts tell nothing', () => {
  expect(offsetOfTail(tailOf(one))).toBe(7);
  for (const text of ['', ':', '7', 'x:abc', '-1:abc', '9999999999999999:abc']) {
    expect(offsetOfTail(text)).toBeUndefined();
  }
});

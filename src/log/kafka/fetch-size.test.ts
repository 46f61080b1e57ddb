import { expect, test } from 'vitest';
import { sizeToAskFor } from './fetch-size.ts';
import { encodedBatch } from './record-batch.conformance.ts';

const MOST = 1000;

/** Record batches of these sizes in bytes, cut off after so many of them. */
function cutAfter(bytes: number, ...sizes: readonly number[]): Buffer {
  const bare = encodedBatch({ records: [{ offset: 0, value: Buffer.alloc(100) }] }).length - 100;
  const batches = sizes.map((size) => encodedBatch({ records: [{ offset: 0, value: Buffer.alloc(size - bare) }] }));
  expect(batches.map(({ length }) => length)).toEqual(sizes);
  return Buffer.concat(batches).subarray(0, bytes);
}

test('as many batches are asked for as fit, and some room for larger ones', () => {
  expect(sizeToAskFor(cutAfter(1000, 300, 300, 300, 300), MOST)).toBe(900 + 19);
  expect(sizeToAskFor(cutAfter(1000, 200, 400, 401), MOST)).toBe(802 + 26);
  expect(sizeToAskFor(cutAfter(1000, 700, 700), MOST)).toBe(700 + 44);
});

test('the size of the batch that was cut off counts where it can be seen', () => {
  expect(sizeToAskFor(cutAfter(912, 300, 300, 300, 450), MOST)).toBe(900 + 29);
  expect(sizeToAskFor(cutAfter(911, 300, 300, 300, 450), MOST)).toBe(900 + 19);
});

test('all that may be is asked for where nothing was cut off, and where nothing better is known', () => {
  expect(sizeToAskFor(cutAfter(600, 300, 300), MOST)).toBe(MOST);
  expect(sizeToAskFor(Buffer.alloc(0), MOST)).toBe(MOST);
  expect(sizeToAskFor(Buffer.alloc(11), MOST)).toBe(MOST);
  expect(sizeToAskFor(Buffer.alloc(100, 0x80), MOST)).toBe(MOST);
  expect(sizeToAskFor(cutAfter(1100, 1200), MOST)).toBe(MOST);
  expect(sizeToAskFor(cutAfter(1000, 1000, 200), 999)).toBe(999);
  // Room for larger ones, but no more than may be.
  expect(sizeToAskFor(cutAfter(1000, 249, 249, 249, 249, 249), MOST)).toBe(MOST);
});

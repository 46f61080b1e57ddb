import { expect, test } from 'vitest';
import { atMost } from './at-most.ts';

test('it ends with the promise, whatever becomes of that', async () => {
  await atMost(1_000_000, Promise.resolve(1));
  await atMost(1_000_000, Promise.reject(new Error('no')));
});

test('what never ends is not waited for any longer', async () => {
  const began = performance.now();
  await atMost(20, new Promise(() => undefined));
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
});

import { expect, test } from 'vitest';
import { closeAll, closeTogether } from './closers.ts';

test('what was opened last is freed first, one after the other', async () => {
  const freed: string[] = [];
  const slow = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    freed.push('log');
  };
  await closeAll([() => void freed.push('directory'), slow, () => void freed.push('server')]);
  expect(freed).toEqual(['server', 'log', 'directory']);
});

test('one that fails keeps no other from being freed; the first error is told', async () => {
  const freed: string[] = [];
  const closing = closeAll([
    () => void freed.push('directory'),
    () => {
      throw new Error('second');
    },
    () => Promise.reject(new Error('first')),
  ]);
  await expect(closing).rejects.toThrow('first');
  expect(freed).toEqual(['directory']);
});

test('parts that don’t need each other are freed at once, and one that fails keeps no other from it', async () => {
  const freed: string[] = [];
  const first = Promise.withResolvers<void>();
  const closing = closeTogether([
    [() => void freed.push('log of one'), () => first.promise],
    [() => void freed.push('log of two'), () => first.resolve()],
    [() => Promise.reject(new Error('broken'))],
  ]);
  await expect(closing).rejects.toThrow('broken');
  expect(freed.toSorted()).toEqual(['log of one', 'log of two']);
});

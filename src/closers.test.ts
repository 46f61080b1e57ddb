import { expect, test } from 'vitest';
import { closeAll } from './closers.ts';

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

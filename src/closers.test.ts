import { expect, test } from 'vitest';
import { closeAll, closeTogether, closing } from './closers.ts';

test('what was opened last is freed first, one after the other', async () => {
  const freed: string[] = [];
  const slow = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    freed.push('log');
  };
  await closeAll([
    { what: 'the directory', close: () => void freed.push('directory') },
    { what: 'the log', close: slow },
    { what: 'the server', close: () => void freed.push('server') },
  ]);
  expect(freed).toEqual(['server', 'log', 'directory']);
});

test('one that fails keeps no other from being freed; the first error is told', async () => {
  const freed: string[] = [];
  const freeing = closeAll([
    { what: 'the directory', close: () => void freed.push('directory') },
    {
      what: 'the view',
      close: () => {
        throw new Error('second');
      },
    },
    { what: 'the log', close: () => Promise.reject(new Error('first')) },
  ]);
  await expect(freeing).rejects.toThrow('first');
  expect(freed).toEqual(['directory']);
  expect(closing()).toEqual([]);
});

test('what is waited for is named meanwhile', async () => {
  const log = Promise.withResolvers<void>();
  const freeing = closeAll([
    { what: 'the directory', close: () => undefined },
    { what: 'the log of job', close: () => log.promise },
  ]);
  expect(closing()).toEqual(['the log of job']);
  log.resolve();
  await freeing;
  expect(closing()).toEqual([]);
});

test('parts that don’t need each other are freed at once, and one that fails keeps no other from it', async () => {
  const freed: string[] = [];
  const first = Promise.withResolvers<void>();
  const freeing = closeTogether([
    [
      { what: 'the log', close: () => void freed.push('log of one') },
      { what: 'the worker', close: () => first.promise },
    ],
    [
      { what: 'the log', close: () => void freed.push('log of two') },
      { what: 'the worker', close: () => first.resolve() },
    ],
    [{ what: 'the view', close: () => Promise.reject(new Error('broken')) }],
  ]);
  await expect(freeing).rejects.toThrow('broken');
  expect(freed.toSorted()).toEqual(['log of one', 'log of two']);
});

import { expect, test } from 'vitest';
import { makeOneByOne } from './one-by-one.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('steps of one key run in the order of asking, never two at once', async () => {
  const turns = makeOneByOne();
  const seen: string[] = [];
  let running = 0;
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      turns.run('key', async () => {
        running += 1;
        expect(running).toBe(1);
        seen.push(name);
        await turn();
        running -= 1;
      }),
    ),
  );
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});

test('steps of other keys do not wait', async () => {
  const turns = makeOneByOne();
  const { promise, resolve } = Promise.withResolvers<void>();
  const blocked = turns.run('one', () => promise);
  expect(await turns.run('other', async () => 'done')).toBe('done');
  resolve();
  await blocked;
});

test('a step that fails fails for its own caller only', async () => {
  const turns = makeOneByOne();
  const failing = turns.run('key', async () => {
    await turn();
    throw new Error('mine');
  });
  const behind = turns.run('key', async () => 'fine');
  await expect(failing).rejects.toThrow('mine');
  expect(await behind).toBe('fine');
  expect(await turns.run('key', async () => 'again')).toBe('again');
});

import { expect, test } from 'vitest';
import { makeOneByOne } from './one-by-one.ts';

const LONG_MS = 10_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('steps of one key run in the order of asking, never two at once', async () => {
  const turns = makeOneByOne();
  const seen: string[] = [];
  let running = 0;
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      turns.run('key', LONG_MS, async () => {
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
  const blocked = turns.run('one', LONG_MS, () => promise);
  expect(await turns.run('other', 0, async () => 'done')).toEqual({ kind: 'ran', answer: 'done' });
  resolve();
  await blocked;
});

test('a step that fails fails for its own caller only', async () => {
  const turns = makeOneByOne();
  const failing = turns.run('key', LONG_MS, async () => {
    await turn();
    throw new Error('mine');
  });
  const behind = turns.run('key', LONG_MS, async () => 'fine');
  await expect(failing).rejects.toThrow('mine');
  expect(await behind).toEqual({ kind: 'ran', answer: 'fine' });
  expect(await turns.run('key', LONG_MS, async () => 'again')).toEqual({ kind: 'ran', answer: 'again' });
});

test('a step whose turn does not come in time never runs, and the next one still waits for those before it', async () => {
  const turns = makeOneByOne();
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const step = (name: string) => async () => void seen.push(name);
  const first = turns.run('key', LONG_MS, async () => {
    await promise;
    seen.push('first');
  });
  const late = turns.run('key', 10, step('late'));
  const next = turns.run('key', LONG_MS, step('next'));
  expect(await late).toEqual({ kind: 'late' });
  await turn();
  expect(seen).toEqual([]);
  resolve();
  await Promise.all([first, next]);
  expect(seen).toEqual(['first', 'next']);
});

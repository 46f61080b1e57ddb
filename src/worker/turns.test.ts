import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeTurns } from './turns.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setImmediate'] }));
afterEach(() => void vi.useRealTimers());

/** Lets everybody take turns as they are named; answers who had one in each turn of the event loop. */
async function turnsOf(callers: readonly string[]): Promise<string[]> {
  const turns = makeTurns();
  const objects = new Map(callers.map((name) => [name, { name }]));
  let had = '';
  for (const name of callers) void turns.take(objects.get(name)!).then(() => (had += name));
  const each: string[] = [];
  while (each.length === 0 || vi.getTimerCount() > 0) {
    await Promise.resolve();
    await Promise.resolve();
    each.push(had);
    had = '';
    vi.advanceTimersToNextTimer();
  }
  return each;
}

test('the first goes at once, and the others one in each turn of the event loop, in the order of coming', async () => {
  expect(await turnsOf(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
});

test('whoever had the last turn goes before all who wait', async () => {
  expect(await turnsOf(['a', 'b', 'c', 'a', 'b', 'a'])).toEqual(['a', 'a', 'a', 'b', 'b', 'c']);
});

test('a turn of the event loop that was nobody’s can be taken at once', async () => {
  const turns = makeTurns();
  await turns.take({});
  vi.advanceTimersToNextTimer();
  await turns.take({});
  expect(vi.getTimerCount()).toBe(1);
});

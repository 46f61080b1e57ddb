import { expect, test } from 'vitest';
import { defineLoop, every, LOOPS, repeat } from './loop.ts';

test('a loop pauses between turns that get nowhere, longer each time, and hears the abort in its pause', async () => {
  const loop = defineLoop('test.pausing', { everyMs: 10, mostMs: 60_000 });
  const stop = new AbortController();
  let turns = 0;
  const running = repeat(loop, stop.signal, async () => {
    turns += 1;
    return 'pause';
  });
  await expect.poll(() => turns).toBeGreaterThan(3);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  // 10, 20, 40 … ms: after 1.5 s it can have taken eight or nine turns, and a loop without a pause thousands.
  expect(turns).toBeLessThan(12);
  stop.abort();
  await running;
});

test('a loop whose turns always say that they got further is slowed to its pace', async () => {
  const loop = defineLoop('test.running away', { everyMs: 10_000 });
  const stop = new AbortController();
  const running = repeat(loop, stop.signal, async () => 'go-on');
  await expect.poll(() => LOOPS.get(loop.name)?.turns).toBeGreaterThan(10_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(LOOPS.get(loop.name)?.turns).toBeLessThan(10_100);
  stop.abort();
  await running;
});

test('a loop ends with the turn that is done, and with what a turn throws', async () => {
  const loop = defineLoop('test.ending', { everyMs: 1 });
  const { signal } = new AbortController();
  let turns = 0;
  await repeat(loop, signal, async () => (++turns === 3 ? 'done' : 'go-on'));
  expect(turns).toBe(3);
  await expect(repeat(loop, signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('turns at intervals never overlap', async () => {
  const loop = defineLoop('test.intervals', { everyMs: 5 });
  let most = 0;
  let now = 0;
  let turns = 0;
  const running = every(loop, async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now -= 1;
    turns += 1;
  });
  await expect.poll(() => turns).toBeGreaterThan(2);
  running.stop();
  expect(most).toBe(1);
});

test('two loops of one name are a mistake', () => {
  defineLoop('test.twice', { everyMs: 1 });
  expect(() => defineLoop('test.twice', { everyMs: 1 })).toThrow('two loops');
});

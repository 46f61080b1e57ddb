/**
 * I4: a worker that is stopped (SIGSTOP) in the middle of its work loses its partitions to another; when it goes on
 * (SIGCONT), it believes for a moment that they are its own still, and changes nothing.
 */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { openStage } from './stage.ts';

const LIVE_AGAIN_WITHIN_MS = 15_000;

test('a zombie worker changes nothing', { timeout: 120_000 }, async () => {
  const stage = await openStage();
  try {
    const [, zombie] = await Promise.all([stage.client(), stage.worker()]);
    await zombie.ready();
    const load = stage.load({ forMs: 60_000, mostWrites: 12_000, pauseMs: 5 });
    await load.acknowledgedMore(200);
    zombie.pause();
    const paused = performance.now();
    // What it would have applied next is there now, read or on its way to it.
    await load.acknowledgedMore(200);
    const epochs = await stage.redis.checkpoints();

    const heir = await stage.worker();
    const count = stage.model.partitions;
    await expect
      .poll(async () => (await heir.health()).partitions.length, { timeout: LIVE_AGAIN_WITHIN_MS })
      .toBe(count);
    await stage.settle(LIVE_AGAIN_WITHIN_MS);
    const liveAgainMs = performance.now() - paused;
    console.log(`live again ${Math.round(liveAgainMs)} ms after the stop`);
    expect(liveAgainMs).toBeLessThan(LIVE_AGAIN_WITHIN_MS);
    for (const [partition, { epoch }] of await stage.redis.checkpoints()) {
      expect(epoch, `epoch of partition ${partition}`).toBeGreaterThan(epochs.get(partition)!.epoch);
    }

    zombie.resume();
    await load.acknowledgedMore(200);
    // It finds its way back into the group, and nobody fences anybody in turns.
    await expect
      .poll(
        async () =>
          (await Promise.all([zombie, heir].map(async (one) => (await one.health()).partitions.length))).reduce(
            (a, b) => a + b,
          ),
        { timeout: 20_000 },
      )
      .toBe(count);
    await load.acknowledgedMore(100);
    await load.stop();
    await Promise.all([zombie.ready(), heir.ready()]);
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

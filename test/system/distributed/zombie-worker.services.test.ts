/**
 * I4: a worker that is stopped (SIGSTOP) in the middle of its work loses its partitions to another; when it goes on
 * (SIGCONT), it believes for a moment that they are its own still, and changes nothing.
 */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { openStage } from './stage.ts';

/** What the issue allows. Milliseconds. */
const LIVE_AGAIN_WITHIN_MS = 15_000;

async function fencedTimes({ url }: RoleProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^kmodel_fenced_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

test('a zombie worker changes nothing', { timeout: 120_000 }, async () => {
  const stage = await openStage();
  try {
    const count = stage.model.partitions;
    const kept = async (worker: RoleProcess): Promise<number> => (await worker.health()).partitions.length;
    const [, zombie, heir] = await Promise.all([stage.client(), stage.worker(), stage.worker()]);
    await expect
      .poll(async () => [await kept(zombie), await kept(heir)], { timeout: 20_000 })
      .toEqual([count / 2, count / 2]);
    await Promise.all([zombie.ready(), heir.ready()]);
    const load = stage.load();
    await load.acknowledgedMore(100);

    const ofZombie = (await zombie.health()).partitions.map(({ partition }) => partition);
    zombie.pause();
    const paused = performance.now();
    const before = await stage.redis.checkpoints();
    await expect.poll(async () => await kept(heir), { timeout: LIVE_AGAIN_WITHIN_MS }).toBe(count);
    await stage.settle(LIVE_AGAIN_WITHIN_MS);
    const liveAgainMs = performance.now() - paused;
    expect(liveAgainMs).toBeLessThan(LIVE_AGAIN_WITHIN_MS);
    const after = await stage.redis.checkpoints();
    for (const partition of ofZombie) {
      expect(after.get(partition)!.epoch, `epoch of partition ${partition}`).toBeGreaterThan(
        before.get(partition)!.epoch,
      );
    }

    // What was on its way to the zombie is still there for it: it tries to apply that, and is told.
    zombie.resume();
    await expect.poll(async () => await fencedTimes(zombie), { timeout: 20_000 }).toBeGreaterThan(0);
    await load.acknowledgedMore(100);
    // It finds its way back into the group, and the two don't fence each other in turns.
    await expect
      .poll(async () => [await kept(zombie), await kept(heir)], { timeout: 20_000 })
      .toEqual([count / 2, count / 2]);
    await load.acknowledgedMore(50);
    await load.stop();
    await Promise.all([zombie.ready(), heir.ready()]);
    console.log(
      `live again ${Math.round(liveAgainMs)} ms after the stop; fenced ${await fencedTimes(zombie)} times, the heir ${await fencedTimes(heir)}`,
    );
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

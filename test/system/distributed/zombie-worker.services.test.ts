/**
 * I4: a worker that is stopped (SIGSTOP) in the middle of its work loses its partitions to another; when it goes on
 * (SIGCONT), it believes for a moment that they are its own still, and changes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, storySeed, thingOf } from './things.ts';

/** What the issue allows. Milliseconds. */
const LIVE_AGAIN_WITHIN_MS = 60_000;
/** Two batches for each partition. */
const BACKLOG = 8_000;
/** For so long the checkpoints are watched once the zombie goes on. Milliseconds. */
const WATCHED_MS = 2_500;

type Checkpoints = Awaited<ReturnType<Stage['redis']['checkpoints']>>;

/** Partitions whose checkpoint went back; later ones would mend that, but somebody could have read it. */
async function goneBack(stage: Stage, settled: Checkpoints): Promise<string[]> {
  const found = new Set<string>();
  const until = Date.now() + WATCHED_MS;
  while (Date.now() < until) {
    for (const [partition, { checkpoint }] of await stage.redis.checkpoints()) {
      const before = settled.get(partition)!.checkpoint;
      if (checkpoint < before) found.add(`partition ${partition} went from ${before} to ${checkpoint}`);
    }
    await sleep(2);
  }
  return [...found];
}

async function fencedTimes({ url }: RoleProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^kmodel_fenced_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

test('a zombie worker changes nothing', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    const count = stage.model.partitions;
    const kept = async (worker: RoleProcess): Promise<number> => (await worker.health()).partitions.length;
    const [, zombie, heir] = await Promise.all([stage.client(), stage.worker(), stage.worker()]);
    const shared = async (): Promise<void> => {
      await expect
        .poll(async () => [await kept(zombie), await kept(heir)], { timeout: 60_000 })
        .toEqual([count / 2, count / 2]);
      await Promise.all([zombie.ready(), heir.ready()]);
    };
    await shared();
    const load = stage.load();
    await load.acknowledgedMore(200);

    // It is stopped with batches in its hands: read, and not applied yet.
    const ofZombie = (await zombie.health()).partitions.map(({ partition }) => partition);
    const random = randomFrom(storySeed());
    const before = await stage.redis.checkpoints();
    await stage.topic.produce(
      Array.from({ length: BACKLOG }, (_, n) => ({ key: `b${n % 2000}`, value: thingOf(random, `b${n}`) })),
    );
    const moved = async (): Promise<boolean> => {
      const now = await stage.redis.checkpoints();
      return ofZombie.some((partition) => now.get(partition)!.checkpoint > before.get(partition)!.checkpoint + 100);
    };
    await expect.poll(moved, { timeout: 60_000, interval: 1 }).toBe(true);
    zombie.pause();
    const paused = performance.now();
    await expect.poll(async () => await kept(heir), { timeout: LIVE_AGAIN_WITHIN_MS }).toBe(count);
    await stage.settle(LIVE_AGAIN_WITHIN_MS);
    const liveAgainMs = performance.now() - paused;
    await load.acknowledgedMore(100);
    // Nobody writes to these ids any more: what a zombie does to them stays.
    await load.stop();
    await stage.settle();
    const settled = await stage.redis.checkpoints();
    for (const partition of ofZombie) {
      expect(settled.get(partition)!.epoch, `epoch of partition ${partition}`).toBeGreaterThan(
        before.get(partition)!.epoch,
      );
    }

    // It goes on with what it has in its hands: it tries to apply that, and is told.
    zombie.resume();
    expect(await goneBack(stage, settled)).toEqual([]);
    await expect.poll(async () => await fencedTimes(zombie), { timeout: 60_000 }).toBeGreaterThan(0);
    // It finds its way back into the group, and both go on.
    await shared();
    await stage.topic.produce(
      Array.from({ length: 100 }, (_, n) => ({ key: `late-${n}`, value: thingOf(random, `${n}`) })),
    );
    await expectTrueView(stage);
    console.log(`live again ${Math.round(liveAgainMs)} ms after the stop; fenced ${await fencedTimes(zombie)} times`);
  } finally {
    await stage.close();
  }
});

/** Workers join and leave under load: each partition has one keeper at the end of every change, and one too many stands by. */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { openStage, type Stage } from './stage.ts';

const PARTITIONS = 3;

/** Waits until the workers share the partitions: how many each has, in any order. */
async function shared(stage: Stage, counts: readonly number[]): Promise<void> {
  const keptBy = async (worker: RoleProcess): Promise<number> => (await worker.health()).partitions.length;
  const found = async (): Promise<number[]> => (await Promise.all(stage.workers.map(keptBy))).sort((a, b) => b - a);
  await expect.poll(found, { timeout: 60_000, interval: 50 }).toEqual(counts);
  await Promise.all(stage.workers.map(async (worker) => await worker.ready()));
}

test('workers joining and leaving under load, and one with no partition', { timeout: 300_000 }, async () => {
  const stage = await openStage({ partitions: PARTITIONS });
  try {
    const [, first] = await Promise.all([stage.client(), stage.worker()]);
    await shared(stage, [3]);
    const load = stage.load();
    await load.acknowledgedMore(50);

    const second = await stage.worker();
    await shared(stage, [2, 1]);
    await load.acknowledgedMore(50);

    await Promise.all([stage.worker(), stage.worker()]);
    await shared(stage, [1, 1, 1, 0]);
    const [report] = (await first.status()).models;
    expect(new Set(report!.partitions.map(({ owner }) => owner)).size).toBe(PARTITIONS);
    await load.acknowledgedMore(50);

    expect(await first.kill('SIGTERM')).toBe(0);
    await shared(stage, [1, 1, 1]);
    await load.acknowledgedMore(50);

    expect(await second.kill('SIGTERM')).toBe(0);
    const [joined] = await Promise.all([stage.worker(), load.acknowledgedMore(50)]);
    await shared(stage, [1, 1, 1]);
    await Promise.all(
      stage.workers.filter((worker) => worker !== joined).map(async (worker) => await worker.kill('SIGTERM')),
    );
    await shared(stage, [3]);
    await load.acknowledgedMore(50);

    await load.stop();
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

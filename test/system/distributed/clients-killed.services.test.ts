/** I1: clients are killed (SIGKILL) while they write. Each acknowledged write stands in the log at its place, once. */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { openStage } from './stage.ts';
import { expectWrites } from './writes.ts';

const KILLS = 4;

test('clients killed while writing: every acknowledged write is in the log', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    const steady = stage.client();
    const [worker, leaving, ...doomed] = await Promise.all([
      stage.worker(),
      ...Array.from({ length: 1 + KILLS }, async () => await stage.client()),
    ]);
    await Promise.all([steady, worker.ready()]);
    const load = stage.load({ writers: 12, pauseMs: 2 });
    for (const one of doomed) {
      await load.acknowledgedMore(150);
      await one.kill('SIGKILL');
    }
    await load.acknowledgedMore(150);
    // One that is asked to stop answers what it has begun.
    expect(await leaving!.kill('SIGTERM')).toBe(0);
    await load.acknowledgedMore(50);
    const writes = await load.stop();
    console.log(
      `${load.count('acknowledged')} acknowledged, ${load.count('refused')} refused, ${load.count('unknown')} unknown`,
    );
    expect(load.count('unknown')).toBeGreaterThan(0);
    expectWrites(writes, await stage.records());
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

/** I1: clients are killed (SIGKILL) while they write. Each acknowledged write stands in the log at its place, once. */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { openStage } from './stage.ts';
import { expectWrites } from './writes.ts';

const KILLS = 5;

test('clients killed while writing: every acknowledged write is in the log', { timeout: 120_000 }, async () => {
  const stage = await openStage();
  try {
    const [steady] = await Promise.all([stage.client(), stage.worker()]);
    await steady.ready();
    const load = stage.load({ writers: 10, perSecond: 250 });
    for (let kill = 0; kill < KILLS; kill += 1) {
      const doomed = await stage.client();
      await load.acknowledgedMore(100);
      await doomed.kill('SIGKILL');
    }
    const leaving = await stage.client();
    await load.acknowledgedMore(100);
    expect(await leaving.kill('SIGTERM')).toBe(0);
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

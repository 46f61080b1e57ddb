/**
 * I2, I3: workers are killed (SIGKILL) in the middle of what they apply, again and again, while clients write. Each life
 * goes on where the last one's checkpoint stands, and after the last one the view is true. A worker that stands by has the
 * partitions of a killed one live again within 15 s.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, storySeed, thingOf } from './things.ts';

const LIVES = 4;
const PRELOADED = 4_000;
/** Ten times what it takes, which is the session of the killed one; `bench:distributed -- --only takeover` measures it. */
const LIVE_AGAIN_WITHIN_MS = 60_000;

async function applied(stage: Stage): Promise<number> {
  return [...(await stage.redis.checkpoints()).values()].reduce((sum, { checkpoint }) => sum + checkpoint, 0);
}

async function appended(stage: Stage): Promise<number> {
  return [...(await stage.topic.ends()).values()].reduce((sum, { stable }) => sum + stable, 0);
}

/** Waits until something was applied beyond `before`. */
async function appliedMore(stage: Stage, before: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await applied(stage)) <= before) {
    if (Date.now() > deadline)
      throw new Error(`nothing was applied:\n${stage.workers.map((worker) => worker.errors()).join('\n')}`);
    await sleep(5);
  }
}

test(
  'workers killed in the middle of batches, again and again under load, leave a true view',
  { timeout: 300_000 },
  async () => {
    const stage = await openStage();
    try {
      const random = randomFrom(storySeed());
      await stage.client();
      const load = stage.load();
      let middles = 0;
      for (let life = 0; life < LIVES; life += 1) {
        // More than a life can apply, so that the kill comes in the middle.
        const records = Array.from({ length: PRELOADED / LIVES }, (_, n) => ({
          key: `pre-${Math.floor(random() * 700)}`,
          value: n % 10 === 9 ? null : thingOf(random, `p${life}-${n}`),
        }));
        await stage.topic.produce(records);
        const before = await applied(stage);
        // A group of its own: the killed ones of the last would be waited for.
        const worker = await stage.worker({ group: `${stage.group}-${life}` });
        await appliedMore(stage, before);
        await sleep(random() * 40);
        await worker.kill('SIGKILL');
        if ((await applied(stage)) < (await appended(stage))) middles += 1;
      }
      expect(middles).toBeGreaterThan(0);

      const [first, second] = await Promise.all([stage.worker(), stage.worker()]);
      await Promise.all([first.ready(), second.ready()]);
      await stage.settle();
      await load.acknowledgedMore(50);
      const killed = performance.now();
      await first.kill('SIGKILL');
      // The other one keeps them all, and has applied what was appended before the kill and after.
      const ends = await stage.topic.ends();
      await expect
        .poll(async () => (await second.health()).partitions.length, { timeout: LIVE_AGAIN_WITHIN_MS })
        .toBe(ends.size);
      await load.acknowledgedMore(20);
      await stage.settle(LIVE_AGAIN_WITHIN_MS);
      const health = await second.health();
      expect(health).toMatchObject({ ready: true });
      expect(health.partitions.map(({ phase }) => phase)).toEqual(Array.from({ length: ends.size }, () => 'live'));
      const liveAgainMs = performance.now() - killed;
      console.log(
        `live again ${Math.round(liveAgainMs)} ms after the kill; ${middles} of ${LIVES} killed in the middle`,
      );

      await load.stop();
      await expectTrueView(stage);
    } finally {
      await stage.close();
    }
  },
);

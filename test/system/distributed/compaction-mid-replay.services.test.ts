/**
 * I3: the topic is compacted while a replay stands in the middle of it, because the worker was stopped there (SIGSTOP) or
 * killed (SIGKILL). What the worker has read and what is left by then come to the fold of the compacted topic.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import type { RawNewRecord } from './topic.ts';

const PARTITIONS = 2;
const RECORDS = 8_000;
const KEYS = 400;
const COMPACTED_WITHIN_MS = 60_000;

const random = randomFrom(29);

/** Most of it is overwritten or deleted later on. */
const history = (round: string): RawNewRecord[] =>
  Array.from({ length: RECORDS }, (_, n) => ({
    key: `k${Math.floor(random() * KEYS)}`,
    value: random() < 0.3 ? null : thingOf(random, `${round}-${n}`),
  }));

async function applied(stage: Stage): Promise<number> {
  return [...(await stage.redis.checkpoints()).values()].reduce((sum, { checkpoint }) => sum + checkpoint, 0);
}

/** Waits until the replay has begun. */
async function inReplay(stage: Stage, worker: RoleProcess, before: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await applied(stage)) <= before) {
    if (Date.now() > deadline) throw new Error(`no replay begins: ${worker.errors()}`);
    await sleep(1);
  }
}

/** Closes the segments that are there, and waits until the cleaner has been over most of them. */
async function compacted(stage: Stage): Promise<void> {
  const count = (await stage.records()).length;
  const deadline = Date.now() + COMPACTED_WITHIN_MS;
  for (;;) {
    // A segment is closed by the first record behind its time, and only closed ones are compacted.
    await stage.topic.produce(
      Array.from({ length: PARTITIONS }, (_, partition) => ({ key: keyOf(stage, partition), value: null })),
    );
    await sleep(400);
    if ((await stage.records()).length < count / 2) return;
    if (Date.now() > deadline) throw new Error('the topic was not compacted');
  }
}

/** A key of the partition. */
function keyOf({ topic }: Stage, partition: number): string {
  for (let n = 0; ; n += 1) if (topic.partitionOf(`roll-${n}`) === partition) return `roll-${n}`;
}

test('the topic is compacted in the middle of a replay', { timeout: 300_000 }, async () => {
  const stage = await openStage({
    partitions: PARTITIONS,
    topic: { 'segment.ms': '200', 'min.cleanable.dirty.ratio': '0.001', 'max.compaction.lag.ms': '500' },
  });
  try {
    const middles: boolean[] = [];
    let before = 0;
    for (const stopped of ['paused', 'killed'] as const) {
      await stage.topic.produce(history(stopped));
      const worker = await stage.worker();
      await inReplay(stage, worker, before);
      if (stopped === 'paused') worker.pause();
      else await worker.kill('SIGKILL');
      const there = await applied(stage);
      const ends = [...(await stage.topic.ends()).values()].reduce((sum, { stable }) => sum + stable, 0);
      console.log(`${stopped} at ${there} of ${ends}`);
      middles.push(there < ends);
      await compacted(stage);
      if (stopped === 'paused') worker.resume();
      // Another group: the killed one is still a member of its own.
      else await stage.worker({ group: `${stage.group}-2` });
      await expectTrueView(stage);
      await Promise.all(stage.workers.map(async (one) => await one.kill('SIGTERM')));
      before = await applied(stage);
    }
    expect(middles).toContain(true);
  } finally {
    await stage.close();
  }
});

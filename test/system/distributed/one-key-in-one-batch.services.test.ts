/**
 * I10: several operations on one key inside one batch come to the last of them, puts and tombstones alike; and to the same
 * after the topic was compacted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import type { RawNewRecord } from './topic.ts';

type Step = 'set' | 'del';

/** Each as one key's life, all in one batch; those that begin with `was` had a value in the view before. */
const LIVES: Readonly<Record<string, readonly Step[]>> = {
  'set-del': ['set', 'del'],
  'del-set': ['del', 'set'],
  'set-del-set': ['set', 'del', 'set'],
  'set-set': ['set', 'set'],
  'del-del': ['del', 'del'],
  'set-del-set-del': ['set', 'del', 'set', 'del'],
  'was-set-del': ['set', 'del'],
  'was-del-set': ['del', 'set'],
  'was-set-del-set': ['set', 'del', 'set'],
  'was-del-set-del': ['del', 'set', 'del'],
};
const THERE_AFTERWARDS = ['del-set', 'set-del-set', 'set-set', 'was-del-set', 'was-set-del-set'];
const PARTITION_COUNT = 2;

const random = randomFrom(3);
let marks = 0;

const record = (key: string, step: Step): RawNewRecord => ({
  key,
  value: step === 'del' ? null : thingOf(random, `m${(marks += 1)}`),
});

/** Step by step through all keys, so that a key's records don't stand beside each other. */
function batch(): RawNewRecord[] {
  const longest = Math.max(...Object.values(LIVES).map((steps) => steps.length));
  return Array.from({ length: longest }, (_, at) =>
    Object.entries(LIVES).flatMap(([key, steps]) => (steps[at] === undefined ? [] : [record(key, steps[at])])),
  ).flat();
}

async function compacted(stage: Stage): Promise<void> {
  const before = (await stage.records()).length;
  const deadline = Date.now() + 20_000;
  for (;;) {
    // A segment is closed by the first record behind its time, and only closed ones are compacted.
    const rolling = Array.from({ length: PARTITION_COUNT }, (_, partition) => ({
      partition,
      key: `roll-${partition}`,
      value: null,
    }));
    const ownPlace = rolling.map((one) => ({ ...one, key: keyOf(stage, one.partition) }));
    await stage.topic.produce(ownPlace);
    await sleep(600);
    const records = await stage.records();
    if (records.filter(({ key }) => !key!.startsWith('roll')).length < before) return;
    if (Date.now() > deadline) throw new Error('the topic was not compacted');
  }
}

/** A key of the partition. */
function keyOf(stage: Stage, partition: number): string {
  for (let n = 0; ; n += 1) if (stage.topic.partitionOf(`roll-${n}`) === partition) return `roll-${n}`;
}

test('the last operation on a key counts, in one batch and after compaction', { timeout: 300_000 }, async () => {
  const stage = await openStage({
    partitions: PARTITION_COUNT,
    topic: { 'segment.ms': '200', 'min.cleanable.dirty.ratio': '0.001', 'max.compaction.lag.ms': '500' },
  });
  try {
    await stage.topic.produce(
      Object.keys(LIVES)
        .filter((key) => key.startsWith('was'))
        .map((key) => record(key, 'set')),
    );
    const first = await stage.worker();
    await stage.settle();
    await first.kill('SIGTERM');
    await stage.topic.produce(batch());
    const second = await stage.worker();
    const { entities } = await expectTrueView(stage);
    expect([...entities.keys()].sort()).toEqual([...THERE_AFTERWARDS].sort());
    await second.kill('SIGTERM');

    // The same again, but what the worker finds has been compacted meanwhile, in front of its checkpoint and behind it.
    await stage.topic.produce(batch());
    await compacted(stage);
    await stage.worker();
    expect([...(await expectTrueView(stage)).entities.keys()].sort()).toEqual([...THERE_AFTERWARDS].sort());

    // And a view from nothing but the compacted topic.
    await Promise.all(stage.workers.map(async (worker) => await worker.kill('SIGTERM')));
    await stage.redis.clear();
    await stage.worker();
    expect([...(await expectTrueView(stage)).entities.keys()].sort()).toEqual([...THERE_AFTERWARDS].sort());
  } finally {
    await stage.close();
  }
});

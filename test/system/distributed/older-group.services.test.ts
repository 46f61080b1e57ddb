/**
 * An upgrade from a version whose workers share another consumer group: the new worker says that older ones are there and waits,
 * since two groups on one view would take the partitions from each other for ever; once they have left it goes on by itself.
 */
import { expect, test } from 'vitest';
import { openBrokers } from '../../../src/log/kafka/connection.ts';
import { Memberships } from '../../../src/log/kafka/membership.ts';
import { expectTrueView } from './compare.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

test('a worker beside one of an older version waits for it, and says so', { timeout: 120_000 }, async () => {
  const stage = await openStage();
  const brokers = openBrokers([stage.brokers], 'kmodel-worker-of-before');
  const { name, partitions } = stage.topic;
  const older = new Memberships({ brokers, topic: name, partitions, keeping: { prefix: '', fingerprint: '' } });
  try {
    const random = randomFrom(5);
    await stage.topic.produce(
      Array.from({ length: 20 }, (_, n) => ({ key: `t${n}`, value: thingOf(random, `m${n}`) })),
    );
    const stop = new AbortController();
    const membership = older.follow(stage.group, stop.signal);
    expect((await membership.next()).value?.size).toBe(partitions);
    const worker = await stage.worker();
    await expect
      .poll(async () => (await worker.health()).problems.join('\n'), { timeout: 30_000 })
      .toMatch(/older version .*kmodel-worker-of-before.*: stop them first/);
    expect(await stage.redis.root()).toBeUndefined();
    stop.abort();
    await membership.next();
    await worker.ready();
    await expectTrueView(stage);
  } finally {
    await older.close();
    await brokers.close();
    await stage.close();
  }
});

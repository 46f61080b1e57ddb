/** Three brokers: a partition without a leader is alone with its trouble; an unclean election is noticed by its epochs. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../../test/services/kafka-cluster.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { appended, copyOf, record } from '../log-under-test.conformance.ts';
import { answeredBounds, type Batch, boundsOf, type Log, LogDiverged } from '../log.ts';
import { openKafkaLog } from './kafka-log.ts';
import { logOptions, randomTopic, withAdmin } from './topic-under-test.conformance.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A topic whose partitions lie on these brokers, the preferred leader first. */
async function createOn(
  { addresses }: KafkaCluster,
  replicas: readonly (readonly number[])[],
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = randomTopic();
  const assignments = replicas.map((brokers, partition) => ({ partition, brokers: [...brokers] }));
  const configs = Object.entries({ 'cleanup.policy': 'compact', ...settings }).map(([name, value]) => ({
    name,
    value,
  }));
  await withAdmin(addresses[0]!, (admin) =>
    admin.createTopics({ topics: [topic], partitions: -1, replicas: -1, assignments, configs }),
  );
  return topic;
}

async function open({ addresses }: KafkaCluster, topic: string, partitions: number): Promise<Log> {
  const options = logOptions(addresses[0]!, topic, { partitions, deliveryTimeoutMs: 30_000 });
  const log = await openKafkaLog({ ...options, brokers: addresses });
  ends.push(() => log.close());
  return log;
}

describe.skipIf(ownKafka().length === 0)('A log on three brokers', () => {
  let cluster: KafkaCluster | undefined;
  beforeAll(async () => {
    cluster = await startKafkaCluster(3, ownKafka()[0]!);
  }, 120_000);
  afterAll(async () => {
    await cluster?.remove();
  });

  test(
    'one partition without a leader has a problem of its own; the others answer, are read and written, and a process starts',
    { timeout: 120_000 },
    async (at) => {
      if (cluster === undefined) return at.skip('there is no Java here');
      const topic = await createOn(cluster, [[1], [2], [3]]);
      const log = await open(cluster, topic, 3);
      for (const partition of [0, 1, 2]) appended(await log.append([record(partition, 'a', '1')]));
      expect(answeredBounds(await log.bounds()).size).toBe(3);
      await cluster.broker(2).stop('SIGKILL');
      await expect
        .poll(async () => (await log.bounds()).get(1), { timeout: 30_000 })
        .toEqual({ problem: 'partition 1 has no leader' });
      const bounds = await log.bounds();
      for (const partition of [0, 2]) expect(boundsOf(bounds, partition)).toMatchObject({ endOffset: 1 });
      appended(await log.append([record(0, 'b', '2'), record(2, 'b', '2')]));
      const began = performance.now();
      for (let turn = 0; turn < 5; turn++) await log.bounds();
      expect(performance.now() - began).toBeLessThan(5000);

      // A process that begins now. It would wait 10 s for a topic that was just made.
      const opening = performance.now();
      const other = await open(cluster, topic, 3);
      expect(performance.now() - opening).toBeLessThan(8000);
      expect(await other.describe()).toMatchObject({ partitions: 3 });
      expect([...answeredBounds(await other.bounds()).keys()]).toEqual([0, 2]);
      const reading = other.read(2, { offset: 1 }, new AbortController().signal)[Symbol.asyncIterator]();
      expect((await reading.next()).value).toMatchObject({ nextOffset: 2 });
      await expect(other.epochEnd(1, 0)).rejects.toThrow('partition 1 has no leader');
      await expect(other.recordAt(1, 0)).rejects.toThrow('partition 1 has no leader');

      await cluster.broker(2).start();
      await expect.poll(async () => answeredBounds(await other.bounds()).size, { timeout: 30_000 }).toBe(3);
    },
  );

  test(
    'a follower that was away is elected uncleanly: nobody reads on behind what it lacks',
    { timeout: 180_000 },
    async (at) => {
      if (cluster === undefined) return at.skip('there is no Java here');
      const topic = await createOn(cluster, [[2, 3]], {
        'min.insync.replicas': '1',
        'unclean.leader.election.enable': 'true',
      });
      const log = await open(cluster, topic, 1);
      const { signal } = new AbortController();
      for (const key of ['a', 'b', 'c']) appended(await log.append([record(0, key, 'on both')]));
      await cluster.broker(3).stop('SIGKILL');
      for (const key of ['d', 'e']) appended(await log.append([record(0, key, 'on the leader alone')]));
      const reading = log.read(0, { offset: 0 }, signal)[Symbol.asyncIterator]();
      let last: Batch | undefined;
      while ((last?.nextOffset ?? 0) < 5) last = copyOf(((await reading.next()) as { value: Batch }).value);
      const { leaderEpoch, nextOffset: offset } = last!;
      await cluster.broker(2).stop('SIGKILL');
      await cluster.broker(3).start();

      // The new leader has three records, and gets more than were lost.
      const other = await open(cluster, topic, 1);
      for (const key of ['f', 'g', 'h', 'i']) appended(await other.append([record(0, key, 'on the new leader')]));
      expect(boundsOf(await other.bounds(), 0)).toMatchObject({ endOffset: 7 });
      const failure = async (from: AsyncIterator<Batch>): Promise<unknown> =>
        await from.next().catch((error: unknown) => error);
      const expected = { name: 'LogDiverged', partition: 0, offset: 3 };
      const later = other.read(0, { offset, leaderEpoch }, signal)[Symbol.asyncIterator]();
      expect(await failure(later)).toMatchObject(expected);
      const there = await failure(reading);
      expect(there).toBeInstanceOf(LogDiverged);
      expect(there).toMatchObject(expected);

      // The former leader follows, and gives up what it had alone.
      await cluster.broker(2).start();
      await cluster.broker(3).stop('SIGTERM');
      await expect.poll(async () => (await other.bounds()).get(0), { timeout: 60_000 }).toMatchObject({ endOffset: 7 });
      const whole = other.read(0, { offset: 0 }, signal)[Symbol.asyncIterator]();
      const keys: string[] = [];
      while (keys.length < 7) {
        const { value } = (await whole.next()) as { value: Batch };
        keys.push(...value.records.map(({ key }) => Buffer.from(key).toString()));
      }
      expect(keys.join('')).toBe('abcfghi');
      await cluster.broker(3).start();
    },
  );
});

/** A leader that is stopped with a write in its buffer, while another broker takes over: that write is nowhere in the end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../../test/services/kafka-cluster.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { appended, record, recordsToEnd, shown } from '../log-under-test.conformance.ts';
import { openBrokers } from './connection.ts';
import { openKafkaLog } from './kafka-log.ts';
import { logOptions, randomTopic } from './topic-under-test.conformance.ts';

describe.skipIf(!ownKafka().includes('4.1'))('three brokers', () => {
  let cluster: KafkaCluster | undefined;

  beforeAll(async () => {
    cluster = await startKafkaCluster(3, '4.1');
  }, 120_000);
  afterAll(async () => await cluster?.remove());

  test('v1 through A at the stopped leader is uncertain, v2 through B at the new one stands; A fences, v1 never comes', async ({
    skip,
  }) => {
    if (cluster === undefined) return skip('no Java on this machine');
    const topic = randomTopic();
    const open = async (clientId: string, deliveryTimeoutMs: number) => {
      const options = { brokers: cluster!.addresses, create: true, clientId, deliveryTimeoutMs };
      return await openKafkaLog(logOptions(cluster!.addresses[0]!, topic, options));
    };
    const a = await open('client-a', 1500);
    const b = await open('client-b', 60_000);
    const [partition, leader] = await ledByAnotherThanTheController(cluster.addresses, topic);
    try {
      appended(await a.append([record(partition, 'x', '0')]));
      await cluster.broker(leader).pause();
      expect(await a.append([record(partition, 'x', '1')])).toMatchObject({ kind: 'uncertain' });
      appended(await b.append([record(partition, 'x', '2')]));
      await cluster.broker(leader).resume();
      await a.settled(partition);
      appended(await a.append([record(partition, 'y', '1')]));
      const found = shown(await recordsToEnd(b, partition)).map((each) => each.split('@')[0]);
      expect(found.filter((each) => each === 'x=1')).toEqual([]);
      expect(found[0]).toBe('x=0');
      expect(found.indexOf('x=2')).toBeGreaterThan(0);
      expect(found.slice(-2)).toEqual([expect.stringMatching(/^kmodel-pen-/), 'y=1']);
    } finally {
      await cluster.broker(leader).resume();
      await Promise.all([a.close(), b.close()]);
    }
  }, 180_000);
});

async function ledByAnotherThanTheController(
  addresses: readonly string[],
  topic: string,
): Promise<readonly [number, number]> {
  const brokers = openBrokers(addresses, 'kmodel-test');
  try {
    const leaders = (await brokers.topic(topic))?.partitions.map(({ leaderId }) => leaderId) ?? [];
    const partition = leaders.findIndex((leader) => leader !== 1);
    return [partition, leaders[partition] ?? 0];
  } finally {
    await brokers.close();
  }
}

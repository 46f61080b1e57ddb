import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { sharedKafka } from '../../../test/services/shared.ts';
import { keptAlive, tellsTcp } from '../../../test/services/tcp.ts';
import { describeLogConformance } from '../log.conformance.ts';
import { appended, record } from '../log-under-test.conformance.ts';
import { openKafkaLog } from './kafka-log.ts';
import { deleteTopic, logOptions, makeKafkaLog, randomTopic, withAdmin } from './topic-under-test.conformance.ts';

describeLogConformance('The Kafka log on the shared broker', (options) => makeKafkaLog(sharedKafka(), options));

test('how far the view has come is seen by Kafka’s tools, as long as a member tells it', async () => {
  const address = sharedKafka();
  const topic = randomTopic();
  const group = `group-${randomUUID()}`;
  const options = logOptions(address, topic, { create: true });
  const [worker, other] = await Promise.all([
    openKafkaLog({ ...options, clientId: 'worker one' }),
    openKafkaLog({ ...options, clientId: 'other' }),
  ]);
  try {
    const stop = new AbortController();
    const told = worker.membership(group, stop.signal)[Symbol.asyncIterator]();
    await told.next();
    await worker.commit(group, new Map([[1, 0]]));
    await other.commit(group, new Map([[2, 0]]));
    const [committed] = await withAdmin(address, (admin) => admin.listConsumerGroupOffsets({ groups: [group] }));
    const partitions = committed?.topics.find((each) => each.name === topic)?.partitions ?? [];
    expect(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset])).toEqual([
      [1, 0n],
    ]);
    stop.abort();
    await told.next();
  } finally {
    await Promise.all([worker.close(), other.close()]);
    await withAdmin(address, (admin) => admin.deleteGroups({ groups: [group] }));
    await deleteTopic(address, topic);
  }
});

test.skipIf(!tellsTcp)('the system keeps every connection to a broker alive', async () => {
  const address = sharedKafka();
  const topic = randomTopic();
  const log = await openKafkaLog(logOptions(address, topic, { create: true }));
  const stop = new AbortController();
  try {
    appended(await log.append([record(0, 'a', '1')]));
    await log.read(0, { offset: 0 }, stop.signal)[Symbol.asyncIterator]().next();
    const port = Number(address.split(':').at(-1));
    await expect.poll(() => keptAlive(port).filter(Boolean).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3);
    await expect.poll(() => keptAlive(port), { timeout: 60_000 }).not.toContain(false);
  } finally {
    stop.abort();
    await log.close();
    await deleteTopic(address, topic);
  }
});

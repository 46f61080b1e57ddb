import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { sharedKafka } from '../../../test/services/shared.ts';
import { appended, record, shown } from '../log-under-test.conformance.ts';
import type { Batch, Log } from '../log.ts';
import { describeOnBothVersions } from './both-versions.conformance.ts';
import { openKafkaLog, type KafkaLogOptions } from './kafka-log.ts';
import {
  addPartitions,
  createTopic,
  deleteTopic,
  logOptions,
  randomTopic,
  setTopic,
} from './topic-under-test.conformance.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function open(address: string, topic: string, more: Partial<KafkaLogOptions> = {}): Promise<Log> {
  const log = await openKafkaLog(logOptions(address, topic, { create: true, ...more }));
  ends.push(() => log.close());
  return log;
}

function newTopic(address: string): string {
  const topic = randomTopic();
  ends.push(() => deleteTopic(address, topic).catch(() => undefined));
  return topic;
}

describeOnBothVersions((name, address) => {
  test(`while the topic deletes, nothing is appended, and the reason has the command that mends it (${name})`, async () => {
    const topic = newTopic(address());
    const log = await open(address(), topic);
    appended(await log.append([record(0, 'a', '1')]));
    await setTopic(address(), topic, { 'cleanup.policy': 'delete' });
    // Appends go on, as a client's do; none is taken from the moment that the change was seen.
    await expect
      .poll(async () => await log.append([record(0, 'b', '1')]), { timeout: 60_000, interval: 100 })
      .toMatchObject({
        kind: 'refused',
        why: 'unfit',
        reason: expect.stringContaining('--alter --add-config cleanup.policy=compact'),
      });
    expect(log.appendProblem()).toContain('found cleanup.policy=delete');
    expect((await log.describe()).unfit).toContain('found cleanup.policy=delete');
    const { endOffset } = await log.endOf(0);
    expect(await log.append([record(0, 'c', '1')])).toMatchObject({ kind: 'refused', why: 'unfit' });
    expect((await log.endOf(0)).endOffset).toBe(endOffset);
    await setTopic(address(), topic, { 'cleanup.policy': 'compact' });
    await expect
      .poll(async () => (await log.append([record(0, 'd', '1')])).kind, { timeout: 60_000, interval: 100 })
      .toBe('appended');
    expect(log.appendProblem()).toBeUndefined();
  });
});

test('the first append after a long pause is judged by what the topic is then', async () => {
  const topic = newTopic(sharedKafka());
  const log = await open(sharedKafka(), topic);
  appended(await log.append([record(0, 'a', '1')]));
  // Longer than it goes on asking by itself.
  await pause(11_000);
  await setTopic(sharedKafka(), topic, { 'cleanup.policy': 'delete' });
  await pause(6000);
  expect(await log.append([record(0, 'b', '1')])).toMatchObject({ kind: 'refused', why: 'unfit' });
  expect((await log.endOf(0)).endOffset).toBe(1);
});

test('a topic whose tombstones go at once, or with another count of partitions, is open for readers only', async () => {
  const topic = newTopic(sharedKafka());
  await createTopic(sharedKafka(), topic, 3, { 'cleanup.policy': 'compact', 'delete.retention.ms': '0' });
  await expect(open(sharedKafka(), topic)).rejects.toMatchObject({
    code: 'TOPIC_UNFIT',
    message: expect.stringContaining('--alter --add-config delete.retention.ms=86400000'),
  });
  const log = await open(sharedKafka(), topic, { evenUnfit: true });
  expect(await log.append([record(0, 'a', '1')])).toMatchObject({ kind: 'refused', why: 'unfit' });
  await setTopic(sharedKafka(), topic, { 'delete.retention.ms': '86400000' });
  await expect
    .poll(async () => (await log.append([record(0, 'a', '1')])).kind, { timeout: 60_000, interval: 100 })
    .toBe('appended');
  await addPartitions(sharedKafka(), topic, 2);
  await expect
    .poll(async () => await log.append([record(0, 'b', '1')]), { timeout: 60_000, interval: 100 })
    .toMatchObject({
      kind: 'refused',
      why: 'unfit',
      reason: expect.stringContaining('expected 3 partitions, found 5'),
    });
  expect((await log.bounds()).size).toBe(5);
  const reading = log.read(0, { offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
  const { value } = (await reading.next()) as { value: Batch };
  expect(shown(value.records)[0]).toBe('a=1@0');
  await reading.return?.();
});

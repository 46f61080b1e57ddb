/**
 * Compaction never moves a topic's first offset, whatever it removes: so a first offset above 0 means that records were
 * removed by other means (DeleteRecords, or a time with cleanup.policy=delete).
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { startKafka } from '../../../test/services/kafka.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { appended, record } from '../log-under-test.conformance.ts';
import { boundsOf, type Log, RecordsRemoved, removedPartitions } from '../log.ts';
import { brokerFolder } from './broker-files.conformance.ts';
import { openKafkaLog } from './kafka-log.ts';
import { deleteRecords } from './reader-under-test.conformance.ts';
import { createTopic, logOptions, randomTopic, setTopic } from './topic-under-test.conformance.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const SETTINGS = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0',
  'delete.retention.ms': '1',
  // The smallest that both versions take: each file holds few records, and whole files become empty.
  'segment.bytes': '1048576',
  'segment.ms': '50',
};

describe.each(ownKafka())('on Kafka %s', (version) => {
  test(
    'files that compaction empties, tombstones and all, leave the first offset at 0, also over a restart',
    { timeout: 180_000 },
    async (at) => {
      const kafka = await startKafka({ version });
      ends.push(() => kafka.remove());
      const topic = randomTopic();
      await createTopic(kafka.address, topic, 1, SETTINGS);
      const folder = await brokerFolder(kafka.address);
      if (folder === undefined) return at.skip("the broker's files are not on this disk");
      const log = await openKafkaLog(logOptions(kafka.address, topic, { partitions: 1, deliveryTimeoutMs: 60_000 }));
      ends.push(() => log.close());
      // Every record but the newest ones is superseded or deleted.
      for (let round = 0; round < 8; round++) {
        appended(await log.append([record(0, `gone-${round}`, 'v'), record(0, 'a', String(round))]));
        appended(await log.append([record(0, `gone-${round}`, null)]));
        await pause(60);
      }
      const files = (): number[] =>
        readdirSync(join(folder, `${topic}-0`))
          .filter((name) => name.endsWith('.log'))
          .map((name) => statSync(join(folder, `${topic}-0`, name)).size);
      await expect.poll(() => firstKept(log), { timeout: 60_000, interval: 500 }).toBeGreaterThanOrEqual(22);
      expect(files().length).toBeGreaterThan(0);
      expect(boundsOf(await log.bounds(), 0).startOffset).toBe(0);
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await kafka.stop(signal);
        await kafka.start();
        await expect.poll(async () => await startOf(log), { timeout: 60_000 }).toBe(0);
        appended(await log.append([record(0, 'a', signal)]));
        await pause(1000);
        expect(await startOf(log)).toBe(0);
      }
    },
  );
});

test.skipIf(ownKafka().length === 0)(
  'a while with cleanup.policy=delete leaves a first offset above 0, and a reader that stands below it is told',
  { timeout: 120_000 },
  async () => {
    // Of its own: it looks for what it may delete every second.
    const kafka = await startKafka({ settings: { 'log.retention.check.interval.ms': '1000' } });
    ends.push(() => kafka.remove());
    const topic = randomTopic();
    await createTopic(kafka.address, topic, 2, { ...SETTINGS, 'delete.retention.ms': '86400000' });
    const log = await openKafkaLog(logOptions(kafka.address, topic, { partitions: 2 }));
    ends.push(() => log.close());
    for (const key of ['a', 'b', 'c']) appended(await log.append([record(0, key, '1'), record(1, key, '1')]));
    await pause(100);
    appended(await log.append([record(0, 'd', '1')]));
    expect(removedPartitions(await log.bounds())).toEqual([]);
    await setTopic(kafka.address, topic, { 'cleanup.policy': 'delete' });
    await deleteRecords(kafka.address, topic, 2);
    await setTopic(kafka.address, topic, { 'cleanup.policy': 'compact' });
    expect((await log.describe()).unfit).toBeUndefined();
    expect(removedPartitions(await log.bounds())).toEqual([0]);
    const { signal } = new AbortController();
    const below = log.read(0, { offset: 1 }, signal)[Symbol.asyncIterator]();
    const failure = await below.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RecordsRemoved);
    expect(failure).toMatchObject({ partition: 0, startOffset: 2 });

    await setTopic(kafka.address, topic, { 'cleanup.policy': 'delete', 'retention.ms': '1' });
    await expect
      .poll(async () => removedPartitions(await log.bounds()), { timeout: 60_000, interval: 300 })
      .toEqual([0, 1]);
    await setTopic(kafka.address, topic, { 'cleanup.policy': 'compact', 'retention.ms': '604800000' });
    await pause(1000);
    expect(removedPartitions(await log.bounds())).toEqual([0, 1]);
    const fromStart = log.read(0, { offset: 0 }, signal)[Symbol.asyncIterator]();
    expect((await fromStart.next()).value).toMatchObject({ fromOffset: 0, nextOffset: 4 });
  },
);

/** Undefined while the partition doesn't answer. */
async function startOf(log: Log): Promise<number | undefined> {
  const found = (await log.bounds()).get(0);
  return found === undefined || 'problem' in found ? undefined : found.startOffset;
}

let turn = 0;
/** The first offset that holds a record; each look appends, since the newest file is never compacted. */
async function firstKept(log: Log): Promise<number> {
  appended(await log.append([record(0, 'a', `again ${turn++}`)]));
  const reading = log.read(0, { offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
  try {
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
      const [first] = next.value.records;
      if (first !== undefined) return first.offset;
    }
    return -1;
  } finally {
    await reading.return?.();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka, sharedKafka } from '../../../test/services/shared.ts';
import {
  deleteRecords,
  makeTopic,
  sendEach,
  TINY_FETCHES,
  type TopicUnderTest,
  transactional,
} from './reader-under-test.conformance.ts';

const given39 = process.env['KMODEL_TEST_KAFKA_39'];

describe('Reading from the shared Kafka', () => readingStories(() => sharedKafka()));

describe.skipIf(given39 === undefined && !ownKafka().includes('3.9'))('Reading from Kafka 3.9', () => {
  let own: KafkaServer | undefined;
  beforeAll(async () => {
    if (given39 === undefined) own = await startKafka({ version: '3.9' });
  }, 120_000);
  afterAll(async () => {
    await own?.remove();
  });
  readingStories(() => given39 ?? own?.address ?? '');
});

/** `k0=v … kN=v` with values of 200 bytes. */
const many = (count: number, name = 'k'): string[] =>
  Array.from({ length: count }, (_, i) => `${name}${i}=${'v'.repeat(200)}`);

const keysOf = (shown: readonly string[]): string[] => shown.map((pair) => pair.slice(0, pair.indexOf('=')));

function readingStories(address: () => string): void {
  const topics: TopicUnderTest[] = [];
  async function topicOf(settings: Readonly<Record<string, string>> = {}, partitions = 1): Promise<TopicUnderTest> {
    const made = await makeTopic(address(), settings, partitions);
    topics.push(made);
    return made;
  }
  afterEach(async () => {
    await Promise.all(topics.splice(0).map((topic) => topic.cleanup()));
  });

  test('a transaction that is aborted is never read, also where it is larger than many fetches', async () => {
    const topic = await topicOf();
    const begin = transactional(topic);
    const early = topic.read(0, 0, TINY_FETCHES);
    const aborted = await begin();
    await sendEach(aborted, topic.topic, many(20));
    await aborted.abort();
    const committed = await begin();
    await sendEach(committed, topic.topic, ['a=1', 'b=2']);
    await committed.commit();
    // 20 records and the marker, 2 and theirs.
    for (const reader of [early, topic.read(0, 0, TINY_FETCHES), topic.read(0, 0), topic.read(0, 7, TINY_FETCHES)]) {
      await reader.upTo(24);
      expect(reader.shown).toEqual(['a=1', 'b=2']);
    }
  });

  test('one producer can abort several times within one fetch', async () => {
    const topic = await topicOf();
    const begin = transactional(topic);
    for (const [round, end] of (['abort', 'commit', 'abort', 'abort', 'commit'] as const).entries()) {
      const transaction = await begin();
      await sendEach(transaction, topic.topic, [`x${round}=${end}`, `y${round}=${end}`]);
      await transaction[end]();
    }
    const reader = await topic.read(0, 0).upTo(15);
    expect(reader.shown).toEqual(['x1=commit', 'y1=commit', 'x4=commit', 'y4=commit']);
    const inside = await topic.read(0, 4, TINY_FETCHES).upTo(15);
    expect(inside.shown).toEqual(['y1=commit', 'x4=commit', 'y4=commit']);
  });

  test('what an open transaction holds back is read when it has ended, and not before', async () => {
    const topic = await topicOf();
    const begin = transactional(topic);
    await topic.append('before=1');
    const open = await begin();
    await sendEach(open, topic.topic, ['inside=2']);
    await topic.append('behind=3');
    const reader = await topic.read(0, 0).upTo(1);
    await sleep(700);
    expect(reader.shown).toEqual(['before=1']);
    expect(reader.batches.at(-1)?.nextOffset).toBe(1);
    await open.commit();
    await reader.upTo(4);
    expect(reader.shown).toEqual(['before=1', 'inside=2', 'behind=3']);
  });

  test('markers at the end are passed, by a batch without records where nothing else is there', async () => {
    const topic = await topicOf();
    const begin = transactional(topic);
    const transaction = await begin();
    await sendEach(transaction, topic.topic, ['a=1']);
    const reader = topic.read(0, 0);
    await transaction.abort();
    await reader.upTo(2);
    expect(reader.records).toEqual([]);
    expect((await topic.read(0, 1).upTo(2)).batches).toEqual([
      { partition: 0, fromOffset: 1, nextOffset: 2, leaderEpoch: 0, records: [] },
    ]);
  });

  test('a record larger than a fetch is read all the same, in every partition', async () => {
    const topic = await topicOf({}, 3);
    const large = 'v'.repeat(100_000);
    const messages = [0, 1, 2].flatMap((partition) =>
      [1, 2].map((n) => ({ topic: topic.topic, partition, key: `k${n}`, value: large })),
    );
    const producer = topic.producer();
    for (const message of messages) await producer.send({ messages: [message] });
    const reading = topic.reading(TINY_FETCHES);
    const counts = await Promise.all(
      [0, 1, 2].map(async (partition) => {
        let count = 0;
        for await (const { records } of reading.read(partition, { offset: 0 }, new AbortController().signal)) {
          count += records.length;
          if (count === 2) break;
        }
        return count;
      }),
    );
    expect(counts).toEqual([2, 2, 2]);
  });

  test('the bytes of a batch hold until the next one is asked for, whatever comes for others meanwhile', async () => {
    const topic = await topicOf({}, 3);
    const producer = topic.producer();
    const [partitions, each] = [[0, 1, 2], 3000];
    const value = (key: string): string => `${key} `.repeat(60);
    for (const partition of partitions) {
      const keys = Array.from({ length: each }, (_, n) => `${partition}:${n}`);
      const messages = keys.map((key) => ({ topic: topic.topic, partition, key, value: value(key) }));
      for (let from = 0; from < each; from += 500) await producer.send({ messages: messages.slice(from, from + 500) });
    }
    const reading = topic.reading();
    const wrong: string[] = [];
    const counts = partitions.map(async (partition) => {
      let count = 0;
      for await (const { records } of reading.read(partition, { offset: 0 }, new AbortController().signal)) {
        // What comes next for this partition and for the others is here by then.
        await sleep(30);
        for (const record of records) {
          const key = Buffer.from(record.key).toString();
          if (Buffer.from(record.value!).toString() !== value(key)) wrong.push(key);
        }
        count += records.length;
        if (count === each) return count;
      }
      return count;
    });
    expect(await Promise.all(counts)).toEqual([each, each, each]);
    expect(wrong).toEqual([]);
  });

  test('reading from 0 begins where the log begins; from any other place that is not kept it rejects', async () => {
    const topic = await topicOf({ 'cleanup.policy': 'delete' });
    await topic.append(...many(10));
    await deleteRecords(address(), topic.topic, 6);
    const reader = await topic.read(0, 0).upTo(10);
    expect(reader.batches[0]?.fromOffset).toBe(0);
    expect(keysOf(reader.shown)).toEqual(['k6', 'k7', 'k8', 'k9']);
    expect(keysOf((await topic.read(0, 8).upTo(10)).shown)).toEqual(['k8', 'k9']);
    expect(await topic.read(0, 5).failure()).toContain(`partition 0 of topic ${topic.topic} can not be read from 5: `);
    expect(await topic.read(0, 11).failure()).toContain(
      'no longer holds what was read up to 11: it ends at 10, the log has lost records',
    );
    await deleteRecords(address(), topic.topic, 10);
    expect((await topic.read(0, 0).upTo(10)).batches).toEqual([
      { partition: 0, fromOffset: 0, nextOffset: 10, records: [] },
    ]);
  });

  test('a log start that moves past the place of a reader makes it reject', async () => {
    const topic = await topicOf({ 'cleanup.policy': 'delete' });
    await topic.append(...many(40));
    const batches = topic.reading(TINY_FETCHES).read(0, { offset: 3 }, new AbortController().signal);
    const taken = [(await batches.next()).value, (await batches.next()).value];
    expect(taken[0]).toMatchObject({ fromOffset: 3 });
    await deleteRecords(address(), topic.topic, 30);
    const rest = (async () => {
      let next = 0;
      for await (const { nextOffset } of batches) next = nextOffset;
      return next;
    })();
    await expect(rest).rejects.toThrow(/can not be read from \d+: records were removed, its first offset is 30/);
  });
}

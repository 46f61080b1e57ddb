import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka, sharedKafka } from '../../../test/services/shared.ts';
import { makeTopic } from './reader-under-test.conformance.ts';
import { shortId } from './connection.ts';
import { createTopic, deleteTopic, setTopic, topicUuid } from './topic-under-test.conformance.ts';

describe('Reading a topic that changes', () => {
  test('a topic that is deleted ends all reading by an error', async () => {
    const topic = await makeTopic(sharedKafka(), {}, 2);
    await topic.append('a=1');
    const reader = await topic.read(0, 0).upTo(1);
    const waiting = topic.read(1, 0);
    await deleteTopic(sharedKafka(), topic.topic);
    expect(await reader.failure()).toBe(`topic ${topic.topic} was deleted`);
    expect(await waiting.failure()).toBe(`topic ${topic.topic} was deleted`);
    expect(await topic.read(0, 0).failure()).toBe(`topic ${topic.topic} does not exist`);
    await topic.cleanup();
  });

  test('a topic that is made anew is another one: nobody goes on reading it as the former', async () => {
    const topic = await makeTopic(sharedKafka());
    await topic.append('old=1', 'old=2');
    const former = shortId((await topicUuid(sharedKafka(), topic.topic))!);
    const reader = await topic.read(0, 0).upTo(2);
    await deleteTopic(sharedKafka(), topic.topic);
    await createTopic(sharedKafka(), topic.topic, 1, {});
    // It may look while there is none.
    expect(await reader.failure()).toMatch(/^topic \S+ was deleted( and made anew)?$/);
    expect(reader.shown).toEqual(['old=1', 'old=2']);
    expect(await topic.read(0, 0, {}, former).failure()).toBe(`topic ${topic.topic} was deleted and made anew`);
    const producer = topic.producer();
    await producer.send({ messages: [{ topic: topic.topic, partition: 0, key: 'new', value: '1' }] });
    expect((await topic.read(0, 0).upTo(1)).shown).toEqual(['new=1']);
    await topic.cleanup();
  });

  test('what compaction leaves is read from anywhere, also from inside a gap', async () => {
    const topic = await makeTopic(sharedKafka(), {
      'cleanup.policy': 'compact',
      'segment.ms': '1',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
    });
    const gone = Array.from({ length: 10 }, (_, i) => [`a=${i}`, `b=${i}`]).flat();
    await topic.append(...gone, 'a=last', 'b', 'c=1', 'd=1');
    await setTopic(sharedKafka(), topic.topic, { 'max.compaction.lag.ms': '1' });
    let shown: readonly string[] = [];
    for (let end = 24; !shown.includes('a=last') || shown.some((pair) => /^a=\d|^b/.test(pair)); end++) {
      await sleep(300);
      await topic.append(`filler${end}=x`);
      shown = (await topic.read(0, 0).upTo(end + 1)).shown;
    }
    expect(shown.slice(0, 3)).toEqual(['a=last', 'c=1', 'd=1']);
    const reader = await topic.read(0, 5).upTo(24);
    expect(reader.batches[0]?.fromOffset).toBe(5);
    expect(reader.shown.slice(0, 3)).toEqual(['a=last', 'c=1', 'd=1']);
    await topic.cleanup();
  });
});

describe.skipIf(ownKafka().length === 0)('Reading from a broker that goes away', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    // A killed broker comes back when its former session is over.
    kafka = await startKafka({
      settings: { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '200' },
    });
  }, 120_000);
  afterAll(async () => {
    await kafka.remove();
  });

  test('a reader outlives a restart: it goes on where it was', async () => {
    const topic = await makeTopic(kafka.address);
    await topic.append('a=1');
    const reader = await topic.read(0, 0, { giveUpMs: 60_000 }).upTo(1);
    await kafka.stop('SIGKILL');
    await kafka.start();
    await topic.append('b=2');
    await reader.upTo(2);
    expect(reader.shown).toEqual(['a=1', 'b=2']);
    await topic.cleanup();
  });

  test('what was asked ahead may fail while nobody waits for it: time counts from when somebody does', async () => {
    const topic = await makeTopic(kafka.address);
    await topic.append('a=1');
    const reading = topic.reading({ giveUpMs: 5000 }).read(0, { offset: 0 }, new AbortController().signal);
    expect((await reading.next()).value).toMatchObject({ nextOffset: 1 });
    await kafka.stop('SIGKILL');
    await sleep(6000);
    await kafka.start();
    await topic.append('b=2');
    expect((await reading.next()).value).toMatchObject({ nextOffset: 2 });
    await topic.cleanup();
  });

  test('a reader that gets no answer for too long rejects, and says what it heard last', async () => {
    const topic = await makeTopic(kafka.address);
    await topic.append('a=1');
    const reader = await topic.read(0, 0, { giveUpMs: 1000 }).upTo(1);
    await kafka.stop('SIGKILL');
    // Nothing comes back before it rejects.
    expect(await reader.failure()).toMatch(/^partition 0 of topic \S+ can not be read for \d+ s: .+/);
    await kafka.start();
    expect((await topic.read(0, 0).upTo(1)).shown).toEqual(['a=1']);
    await topic.cleanup();
  });
});

/** A topic with readers for the stories of reading, and producers that are none of ours. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Producer, stringSerializers } from '@platformatic/kafka';
import { expect } from 'vitest';
import { copyOf } from '../log-under-test.conformance.ts';
import type { Batch, LogRecord } from '../log.ts';
import { openBrokers } from './connection.ts';
import { Offsets } from './offsets.ts';
import { type ReadingOptions, TopicReading } from './reading.ts';
import { createTopic, deleteTopic, randomTopic, withAdmin } from './topic-under-test.conformance.ts';
import { TopicWatch } from './topic-watch.ts';

type TextProducer = Producer<string, string, string, string>;
export type TextTransaction = Awaited<ReturnType<TextProducer['beginTransaction']>>;

/** A fetch holds hardly more than one record of these stories. */
export const TINY_FETCHES: ReadingOptions = { limits: { maxBytes: 600, maxPartitionBytes: 300 } };

/** What one reader has got so far. */
export interface Reader {
  readonly batches: readonly Batch[];
  readonly records: readonly LogRecord[];
  /** `key=value` of each record. */
  readonly shown: readonly string[];
  /** Resolves with the reader when it has come to this offset; rejects when reading fails before. */
  upTo(nextOffset: number): Promise<Reader>;
  /** Resolves with the message when reading fails. */
  failure(): Promise<string>;
  stop(): Promise<void>;
}

export interface TopicUnderTest {
  readonly topic: string;
  /** Begins to read at once, and takes whatever comes. */
  read(partition: number, fromOffset: number, options?: ReadingOptions, logId?: string): Reader;
  /** Reads by hand. */
  reading(options?: ReadingOptions): TopicReading;
  /** Appends `key=value` texts, one request and so one batch each; answers the first offset. */
  append(...pairs: readonly string[]): Promise<number>;
  producer(transactionalId?: string): TextProducer;
  cleanup(): Promise<void>;
}

export async function makeTopic(
  address: string,
  settings: Readonly<Record<string, string>> = {},
  partitions = 1,
): Promise<TopicUnderTest> {
  const topic = randomTopic();
  await createTopic(address, topic, partitions, settings);
  const ends: (() => Promise<void>)[] = [() => deleteTopic(address, topic).catch(() => undefined)];

  function reading(options: ReadingOptions = {}): TopicReading {
    const brokers = openBrokers([address], 'kmodel-test');
    const watch = new TopicWatch(brokers, topic);
    const opened = new TopicReading(brokers, watch, new Offsets(brokers, watch), options);
    ends.push(async () => {
      opened.close();
      await brokers.close();
    });
    return opened;
  }

  function producer(transactionalId?: string): TextProducer {
    const made = new Producer({
      clientId: 'kmodel-test',
      bootstrapBrokers: [address],
      serializers: stringSerializers,
      retries: 10,
      retryDelay: 100,
      ...(transactionalId === undefined ? {} : { transactionalId, idempotent: true }),
    });
    ends.push(() => made.close(true).catch(() => undefined));
    return made;
  }

  let plain: TextProducer | undefined;
  return {
    topic,
    reading,
    producer,
    read(partition, fromOffset, options, logId) {
      const stop = new AbortController();
      const reader = collect(reading(options).read(partition, { offset: fromOffset, logId }, stop.signal), stop);
      ends.push(() => reader.stop());
      return reader;
    },
    async append(...pairs) {
      plain ??= producer();
      return await sendEach(plain, topic, pairs);
    },
    async cleanup() {
      await Promise.all(ends.splice(1).map((end) => end()));
      await ends[0]?.();
    },
  };
}

/** Appends each pair in a request of its own; a pair without `=` is a tombstone. */
export async function sendEach(
  to: TextProducer | TextTransaction,
  topic: string,
  pairs: readonly string[],
): Promise<number> {
  let first: number | undefined;
  for (const pair of pairs) {
    const [key = '', value] = pair.split('=');
    // The client's types know no tombstone, but the client does.
    const message = { topic, partition: 0, key, value: value as string };
    const { offsets } = await to.send({ messages: [message], acks: -1 });
    first ??= Number(offsets?.[0]?.offset);
  }
  return first ?? 0;
}

/** A producer that begins one transaction after the other, under a random name. */
export function transactional(topic: TopicUnderTest): () => Promise<TextTransaction> {
  const producer = topic.producer(`kmodel-test-${randomUUID()}`);
  return () => producer.beginTransaction();
}

function collect(source: AsyncIterable<Batch>, stop: AbortController): Reader {
  const batches: Batch[] = [];
  let failure: Error | undefined;
  const running = (async () => {
    try {
      for await (const batch of source) batches.push(copyOf(batch));
    } catch (error) {
      failure = error as Error;
    }
  })();
  const reader: Reader = {
    batches,
    get records() {
      return batches.flatMap(({ records }) => records);
    },
    get shown() {
      const text = (bytes: Uint8Array | null): string => (bytes === null ? '' : Buffer.from(bytes).toString());
      return reader.records.map(({ key, value }) => `${text(key)}=${text(value)}`);
    },
    async upTo(nextOffset) {
      while ((batches.at(-1)?.nextOffset ?? -1) < nextOffset) {
        if (failure !== undefined) throw failure;
        await sleep(5);
      }
      expectContinuous(batches);
      return reader;
    },
    async failure() {
      await running;
      return failure?.message ?? 'it ended without failure';
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
  return reader;
}

/** What holds for any run of batches. */
function expectContinuous(batches: readonly Batch[]): void {
  for (const [at, { fromOffset, nextOffset, records }] of batches.entries()) {
    if (at > 0) expect(fromOffset).toBe(batches[at - 1]?.nextOffset);
    expect(nextOffset).toBeGreaterThan(fromOffset);
    const offsets = records.map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(offsets.every((offset) => offset >= fromOffset && offset < nextOffset)).toBe(true);
  }
}

/** Removes all records below the offset from partition 0; the topic's cleanup.policy must be `delete`. */
export async function deleteRecords(address: string, topic: string, below: number): Promise<void> {
  const partitions = [{ partition: 0, offset: BigInt(below) }];
  await withAdmin(address, (admin) => admin.deleteRecords({ topics: [{ name: topic, partitions }] }));
}

/** The story's topic, as somebody else's tools and producers see it: made, described, written to and deleted. */
import { Admin, Producer, type CompressionAlgorithmValue } from '@platformatic/kafka';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../../src/log/partitioner.ts';

/** A record as another producer writes it. */
export interface RawNewRecord {
  readonly key: string | Buffer | null;
  /** An object is written as JSON; null is a tombstone. */
  readonly value: object | string | Buffer | null;
  /** Default: where Java's partitioner puts the key. */
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; default: now. */
  readonly timestamp?: number;
}

export interface ProduceOptions {
  readonly compression?: CompressionAlgorithmValue;
}

/** A transaction that nobody has ended yet: it holds back what comes behind it. */
export interface OpenTransaction {
  send(records: readonly RawNewRecord[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** One past the last record of a partition, and one past the last that no open transaction holds back. */
export interface TopicEnd {
  readonly end: number;
  readonly stable: number;
}

export interface StoryTopic {
  readonly name: string;
  readonly partitions: number;
  /** Makes it, compacted, with these settings beside. */
  create(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Deletes it and waits until it is gone. */
  remove(): Promise<void>;
  /** Deletes a consumer group where it has no member left; else Kafka forgets it by itself, as it has no topic any more. */
  removeGroup(group: string): Promise<void>;
  /** Kafka's own identity of the topic that has the name now, as kmodel writes it. */
  id(): Promise<string>;
  ends(): Promise<ReadonlyMap<number, TopicEnd>>;
  /** The record sets of one call are one batch for each partition. Returns when they are durable. */
  produce(records: readonly RawNewRecord[], options?: ProduceOptions): Promise<void>;
  /** Sends the records inside a transaction and leaves it open. */
  transaction(records: readonly RawNewRecord[]): Promise<OpenTransaction>;
  /** The partition that a key belongs to. */
  partitionOf(key: string): number;
  /** Connections; the topic stays. */
  close(): Promise<void>;
}

type RawProducer = Producer;

const LATEST = -1n;
const UNCOMMITTED = 0;
const COMMITTED = 1;
const GONE_WITHIN_MS = 60_000;

export function storyTopic(brokers: string, name: string, partitions: number): StoryTopic {
  const common = { bootstrapBrokers: brokers.split(','), clientId: `story-${name}`, retries: 3, timeout: 10_000 };
  const admin = new Admin(common);
  const producers: RawProducer[] = [];
  const newProducer = (more: object = {}): RawProducer => {
    const made = new Producer({ ...common, autocreateTopics: false, ...more });
    producers.push(made);
    return made;
  };
  let plain: RawProducer | undefined;
  const place = (key: Buffer | null): number => (key === null ? 0 : partitionOf(key, partitions, 'murmur2'));
  const messages = (records: readonly RawNewRecord[]) => records.map((record) => messageOf(name, record, place));
  return {
    name,
    partitions,
    partitionOf: (key) => place(Buffer.from(key)),
    async create(settings = {}) {
      const configs = Object.entries({ 'cleanup.policy': 'compact', ...settings });
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: 1,
        configs: configs.map(([key, value]) => ({ name: key, value })),
      });
    },
    remove: async () => await removeTopic(admin, name),
    async removeGroup(group) {
      await admin.deleteGroups({ groups: [group] }).catch(() => undefined);
    },
    async id() {
      const found = await topicId(admin, name);
      if (found === undefined) throw new Error(`there is no topic ${name}`);
      return found;
    },
    ends: async () => await endsOf(admin, name, partitions),
    async produce(records, { compression } = {}) {
      if (records.length === 0) return;
      plain ??= newProducer();
      await plain.send({
        messages: messages(records),
        acks: -1,
        ...(compression === undefined ? {} : { compression }),
      });
    },
    async transaction(records) {
      const producer = newProducer({ idempotent: true, transactionalId: `story-${randomUUID()}` });
      return await openTransaction(await producer.beginTransaction(), records, messages);
    },
    async close() {
      await Promise.all([admin.close(), ...producers.map(async (producer) => await producer.close(true))]);
    },
  };
}

async function openTransaction(
  transaction: Awaited<ReturnType<RawProducer['beginTransaction']>>,
  first: readonly RawNewRecord[],
  messages: (records: readonly RawNewRecord[]) => ReturnType<typeof messageOf>[],
): Promise<OpenTransaction> {
  const send: OpenTransaction['send'] = async (records) => {
    await transaction.send({ messages: messages(records), acks: -1 });
  };
  await send(first);
  return { send, commit: () => transaction.commit(), abort: () => transaction.abort() };
}

function messageOf(topic: string, record: RawNewRecord, place: (key: Buffer | null) => number) {
  const key = typeof record.key === 'string' ? Buffer.from(record.key) : record.key;
  const value = bytesOf(record.value);
  const headers = Object.entries(record.headers ?? {}).map(
    ([name, text]) => [Buffer.from(name), Buffer.from(text)] as const,
  );
  return {
    topic,
    partition: record.partition ?? place(key),
    timestamp: BigInt(record.timestamp ?? Date.now()),
    ...(key === null ? {} : { key }),
    ...(value === null ? {} : { value }),
    ...(headers.length === 0 ? {} : { headers: new Map(headers) }),
  };
}

function bytesOf(value: RawNewRecord['value']): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

async function endsOf(admin: Admin, name: string, partitions: number): Promise<ReadonlyMap<number, TopicEnd>> {
  const ask = async (isolationLevel: typeof UNCOMMITTED | typeof COMMITTED): Promise<ReadonlyMap<number, number>> => {
    const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: LATEST }));
    const [topic] = await admin.listOffsets({ topics: [{ name, partitions: asked }], isolationLevel });
    return new Map(topic!.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]));
  };
  // The stable ends first: so none of them is past an end.
  const stable = await ask(COMMITTED);
  const ends = await ask(UNCOMMITTED);
  return new Map([...ends].map(([partition, end]) => [partition, { end, stable: stable.get(partition)! }]));
}

async function topicId(admin: Admin, name: string): Promise<string | undefined> {
  try {
    const { topics } = await admin.metadata({ topics: [name], forceUpdate: true });
    const uuid = topics.get(name)?.id;
    return uuid === undefined ? undefined : base64OfUuid(uuid);
  } catch {
    return undefined;
  }
}

/** Kafka's own way to write a topic's id. */
function base64OfUuid(uuid: string): string {
  if (!/^[0-9a-f-]{36}$/i.test(uuid)) return uuid;
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

async function removeTopic(admin: Admin, name: string): Promise<void> {
  const deadline = Date.now() + GONE_WITHIN_MS;
  await admin.deleteTopics({ topics: [name] });
  while ((await topicId(admin, name)) !== undefined) {
    if (Date.now() > deadline) throw new Error(`the topic ${name} is still there`);
    await sleep(50);
  }
}

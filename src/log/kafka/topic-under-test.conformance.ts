/** A topic of a real broker for the stories of this folder: made with a random name, opened as a log, compacted, deleted. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Admin,
  ConfigResourceTypes,
  type ConfigResourceTypeValue,
  IncrementalAlterConfigOperationTypes,
} from '@platformatic/kafka';
import type { LogUnderTest, LogUnderTestOptions } from '../log-under-test.conformance.ts';
import type { Log } from '../log.ts';
import { openBrokers } from './connection.ts';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';

const SETTLED_ROUNDS = 4;

export function randomTopic(): string {
  return `kmodel-test-${randomUUID()}`;
}

/** Uses an admin client of the broker for one thing. */
export async function withAdmin<Result>(address: string, use: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Admin({ clientId: 'kmodel-test', bootstrapBrokers: [address], retries: 5, retryDelay: 200 });
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

export async function createTopic(
  address: string,
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await withAdmin(address, (admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1, configs }));
  // A broker is told of it a moment later.
  while ((await topicUuid(address, topic)) === undefined) await pause(20);
}

/** The topic's id; undefined where there is no topic of this name that could be used. */
export async function topicUuid(address: string, topic: string): Promise<string | undefined> {
  const brokers = openBrokers([address], 'kmodel-test');
  try {
    const state = await brokers.topic(topic);
    return state?.partitions.every(({ leaderId }) => leaderId !== -1) === true ? state.uuid : undefined;
  } finally {
    await brokers.close();
  }
}

export async function deleteTopic(address: string, topic: string): Promise<void> {
  await withAdmin(address, (admin) => admin.deleteTopics({ topics: [topic] }));
}

/** Adds so many partitions, on the brokers that there are. */
export async function addPartitions(address: string, topic: string, more: number): Promise<void> {
  await withAdmin(address, async (admin) => {
    const { brokers, topics } = await admin.metadata({ topics: [topic] });
    const brokerIds = [...brokers.keys()].slice(0, 1);
    const count = (topics.get(topic)?.partitionsCount ?? 0) + more;
    const assignments = Array.from({ length: more }, () => ({ brokerIds }));
    await admin.createPartitions({ topics: [{ name: topic, count, assignments }] });
  });
}

export async function setTopic(
  address: string,
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({
    name,
    value,
    configOperation: IncrementalAlterConfigOperationTypes.SET,
  }));
  const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }];
  await withAdmin(address, (admin) => admin.incrementalAlterConfigs({ resources, validateOnly: false }));
}

/** Options of a log for a test; the topic must be there, or `create` be given. */
export function logOptions(address: string, topic: string, more: Partial<KafkaLogOptions> = {}): KafkaLogOptions {
  return {
    brokers: [address],
    model: 'thing',
    topic,
    partitions: 3,
    minCompactionLagMs: 0,
    deleteRetentionMs: 86_400_000,
    deliveryTimeoutMs: 10_000,
    clientId: 'kmodel-test',
    create: false,
    evenUnfit: false,
    warn: () => undefined,
    ...more,
  };
}

/** A log on a topic of its own, as the conformance suite wants it. */
export async function makeKafkaLog(address: string, options: LogUnderTestOptions): Promise<LogUnderTest> {
  const topic = randomTopic();
  const partitions = options.partitions ?? 3;
  await createTopic(address, topic, partitions, {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(options.minCompactionLagMs ?? 0),
    'delete.retention.ms': String(options.deleteRetentionMs ?? 86_400_000),
    'max.message.bytes': '2097152',
    // The stories have records of any time: fifty years.
    'message.timestamp.before.max.ms': '1576800000000',
    // A record that is younger than the file's first by more than this begins another file.
    'segment.ms': '1',
    // Nothing is ever dirty enough: the stories say when to compact.
    'min.cleanable.dirty.ratio': '1',
  });
  const open = (): Promise<Log> => openKafkaLog(logOptions(address, topic, { partitions }));
  let log = await open();
  return {
    log,
    reopen: async () => {
      await log.close();
      log = await open();
      return log;
    },
    compact: (nowMs) => compact(address, topic, partitions, nowMs),
    cleanup: async () => {
      await log.close();
      await deleteTopic(address, topic);
    },
  };
}

/** Waits for the time, lets the broker's cleaner work, and waits until it leaves the topic as it is. */
async function compact(address: string, topic: string, partitions: number, nowMs: number): Promise<void> {
  await pause(Math.max(0, nowMs - Date.now()));
  const pauseMs = await cleanerPauseMs(address);
  await setTopic(address, topic, { 'min.cleanable.dirty.ratio': '0' });
  let sizes = '';
  for (let same = 0; same < SETTLED_ROUNDS; same++) {
    await pause(pauseMs);
    const now = await storedBytes(address, topic, partitions);
    if (now !== sizes) same = 0;
    sizes = now;
  }
  await setTopic(address, topic, { 'min.cleanable.dirty.ratio': '1' });
}

/** How long the broker's cleaner rests when it finds nothing to do. */
async function cleanerPauseMs(address: string): Promise<number> {
  const found = await withAdmin(address, async (admin) => {
    const { brokers } = await admin.metadata({ topics: [] });
    const resourceName = String([...brokers.keys()][0]);
    const resourceType: ConfigResourceTypeValue = ConfigResourceTypes.BROKER;
    const configurationKeys = ['log.cleaner.backoff.ms'];
    return await admin.describeConfigs({ resources: [{ resourceType, resourceName, configurationKeys }] });
  });
  return Number(found[0]?.configs[0]?.value ?? 15_000);
}

/** What the topic's partitions take on the broker's disk. */
async function storedBytes(address: string, topic: string, partitions: number): Promise<string> {
  const asked = [{ name: topic, partitions: Array.from({ length: partitions }, (_, partition) => partition) }];
  const found = await withAdmin(address, (admin) => admin.describeLogDirs({ topics: asked }));
  const each = found.flatMap(({ results }) => results.flatMap(({ topics }) => topics.flatMap((one) => one.partitions)));
  return each
    .map(({ partitionIndex, partitionSize }) => `${partitionIndex}:${partitionSize}`)
    .sort()
    .join(' ');
}

/**
 * What the bench runs on: a Kafka and a Redis, its own or given ones, and names in them that nobody else has. Everything
 * made here is removed by `close`.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { createClient } from '@redis/client';
import { openKafkaLog } from '../../src/log/kafka/kafka-log.ts';
import type { Log } from '../../src/log/log.ts';
import { PATIENT } from '../../test/services/kafka-settings.ts';
import { startKafka } from '../../test/services/kafka.ts';
import { startRedis } from '../../test/services/redis.ts';
import { PARTITIONS } from '../jobs.ts';
import { HERE, type Tree } from '../tree.ts';
import { type Role, type RoleProcess, startRole } from './role.ts';

/** The tree's app.js: over its own compiled package. */
export function appOf({ root }: Tree): string {
  return join(root, 'bench', 'distributed', 'app.js');
}

/** The shapes of app.js. */
export type Shape = 'plain' | 'asked' | 'unread' | 'indexed' | 'board';

/** What a role works on. */
export interface Place {
  /** The model's name, and the topic's. */
  readonly model: string;
  readonly shape: Shape;
  /** What the view's keys begin with, and the name of the group. */
  readonly prefix: string;
}

export interface Stage {
  readonly brokers: string;
  readonly redisUri: string;
  /** What runs there, for the report. */
  readonly about: Readonly<Record<'kafka' | 'redis', string>>;
  /** A name that was never used: of a topic, or of a view. */
  newName(): string;
  /** Opens the topic, and makes it first: no record of it is compacted while the bench runs. */
  openLog(topic: string): Promise<Log>;
  start(role: Role, place: Place): Promise<RoleProcess>;
  /** The same servers, with the program of another tree; HERE's at first. */
  withProgram(tree: Tree): Stage;
  /** One command to Redis. */
  redis(command: readonly (string | Buffer)[]): Promise<unknown>;
  /** A field of what Redis says of itself. */
  redisInfo(section: string, field: string): Promise<number>;
  /** Removes every key that begins so, and waits until Redis has freed them. */
  dropKeys(prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** A topic is not compacted so soon. Milliseconds. */
const COMPACTION_LAG_MS = 24 * 3600 * 1000;
const DELETE_RETENTION_MS = 24 * 3600 * 1000;
/** Redis' own default: a view is made again from the log, so it need not be on a disk. */
const IN_MEMORY = ['--appendonly', 'no'];
const FREED_WITHIN_MS = 30_000;

/** Uses the servers of KMODEL_TEST_KAFKA and KMODEL_TEST_REDIS, else starts its own. */
export async function openStage(say: (line: string) => void): Promise<Stage> {
  const kafka = await kafkaOf(process.env['KMODEL_TEST_KAFKA'], say);
  const redis = await redisOf(process.env['KMODEL_TEST_REDIS'], say);
  const client = createClient({ url: redis.uri });
  client.on('error', (error: Error) => say(`Redis: ${error.message}`));
  await client.connect();
  const names: string[] = [];
  const running = new Set<RoleProcess>();
  const send = async (command: readonly (string | Buffer)[]): Promise<unknown> => await client.sendCommand(command);
  const stageOf = (tree: Tree): Stage => ({
    brokers: kafka.address,
    redisUri: redis.uri,
    about: { kafka: kafka.about, redis: redis.about },
    newName() {
      const name = `bench-${randomBytes(5).toString('hex')}`;
      names.push(name);
      return name;
    },
    openLog: (topic) => openTopic(kafka.address, topic),
    async start(role, place) {
      const started = await startRole(tree, role, environmentOf(tree, place, kafka.address, redis.uri));
      running.add(started);
      return started;
    },
    withProgram: stageOf,
    redis: send,
    redisInfo: async (section, field) => fieldOf(String(await send(['INFO', section])), field),
    dropKeys: (prefix) => dropKeys(send, prefix),
    async close() {
      await Promise.all([...running].map((one) => one.end('SIGKILL')));
      for (const name of names) await dropKeys(send, name);
      client.destroy();
      await removeTopics(kafka.address, names);
      await Promise.all([kafka.remove(), redis.remove()]);
    },
  });
  return stageOf(HERE);
}

interface Server {
  readonly about: string;
  remove(): Promise<void>;
}

const NOTHING_TO_REMOVE = (): Promise<void> => Promise.resolve();

async function kafkaOf(given: string | undefined, say: (line: string) => void): Promise<Server & { address: string }> {
  if (given !== undefined && given !== '') return { address: given, about: 'given', remove: NOTHING_TO_REMOVE };
  say('starting Kafka');
  const server = await startKafka({ version: '4.1', settings: PATIENT });
  return { address: server.address, about: `${server.version}, one broker`, remove: () => server.remove() };
}

async function redisOf(given: string | undefined, say: (line: string) => void): Promise<Server & { uri: string }> {
  if (given !== undefined && given !== '') return { uri: given, about: 'given', remove: NOTHING_TO_REMOVE };
  say('starting Redis');
  const server = await startRedis({ version: '7', settings: IN_MEMORY });
  return { uri: server.uri, about: `${server.version}, in memory only`, remove: () => server.remove() };
}

function openTopic(brokers: string, topic: string): Promise<Log> {
  return openKafkaLog({
    brokers: brokers.split(','),
    model: topic,
    topic,
    partitions: PARTITIONS,
    minCompactionLagMs: COMPACTION_LAG_MS,
    deleteRetentionMs: DELETE_RETENTION_MS,
    deliveryTimeoutMs: 10_000,
    clientId: 'kmodel-bench',
    create: true,
    evenUnfit: false,
    warn: (line) => void process.stderr.write(`${line}\n`),
  });
}

function environmentOf(
  tree: Tree,
  { model, shape, prefix }: Place,
  brokers: string,
  uri: string,
): Record<string, string> {
  return {
    KMODEL_APP: appOf(tree),
    KMODEL_TEST_BENCH_MODEL: model,
    KMODEL_TEST_BENCH_SHAPE: shape,
    KMODEL_PRODUCER_BOOTSTRAP_SERVERS: brokers,
    KMODEL_LOG_MIN_COMPACTION_LAG_MS: String(COMPACTION_LAG_MS),
    KMODEL_REDIS_URI: uri,
    KMODEL_REDIS_PREFIX: prefix,
    KMODEL_CONSUMER_GROUP_ID: prefix,
    KMODEL_HTTP_PORT: '0',
    KMODEL_WORKER_PORT: '0',
    KMODEL_LOG_LEVEL: 'warn',
  };
}

/** How long Redis has worked, all in all. Microseconds. */
export async function redisCpuUs({ redisInfo }: Stage): Promise<number> {
  return ((await redisInfo('cpu', 'used_cpu_user')) + (await redisInfo('cpu', 'used_cpu_sys'))) * 1e6;
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:([0-9.]+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function dropKeys(send: Stage['redis'], prefix: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = (await send(['SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000'])) as [string, string[]];
    if (keys.length > 0) await send(['UNLINK', ...keys]);
    cursor = next;
  } while (cursor !== '0');
  const deadline = Date.now() + FREED_WITHIN_MS;
  while (fieldOf(String(await send(['INFO', 'memory'])), 'lazyfree_pending_objects') > 0 && Date.now() < deadline) {
    await sleep(50);
  }
}

async function removeTopics(brokers: string, names: readonly string[]): Promise<void> {
  const admin = new Admin({ clientId: 'kmodel-bench', bootstrapBrokers: brokers.split(',') });
  try {
    const there = new Set(await admin.listTopics());
    const topics = names.filter((name) => there.has(name));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.close();
  }
}

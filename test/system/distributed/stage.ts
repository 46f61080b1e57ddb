/**
 * What a story about the distributed engine stands on: real Kafka, real Redis, and as many `client` and `worker`
 * processes as it likes, with a topic, a group and keys of its own. Each story is one file and ends with
 * `expectTrueView(stage)` (compare.ts):
 *
 *     const stage = await openStage();
 *     try {
 *       const worker = await stage.worker();
 *       const load = stage.load({ forMs: 5_000 });
 *       …
 *       await load.stop();
 *       await expectTrueView(stage);
 *     } finally {
 *       await stage.close();
 *     }
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Model } from '../../../src/model/model.ts';
import type { KafkaCluster } from '../../services/kafka-cluster.ts';
import { startKafka, type KafkaOptions, type KafkaServer } from '../../services/kafka.ts';
import { startRedis, type RedisOptions, type RedisServer } from '../../services/redis.ts';
import { sharedKafka, sharedRedis } from '../../services/shared.ts';
import { defineThing, thingVariables } from './app.ts';
import { startLoad, type Load, type LoadOptions } from './load.ts';
import { startRole, type Role, type RoleProcess } from './processes.ts';
import { readTopic, type RawRecord } from './raw-records.ts';
import { storyRedis, type StoryRedis } from './redis.ts';
import { storyTopic, type StoryTopic } from './topic.ts';

export interface StageOptions {
  /** A Kafka of the story's own, for one that stops it. Default: the shared one. */
  readonly ownKafka?: KafkaOptions;
  /** Or several brokers, started by the story, which removes them after it has closed the stage. */
  readonly cluster?: KafkaCluster;
  /** A Redis of the story's own, for one that stops or empties it. Default: the shared one. */
  readonly ownRedis?: RedisOptions;
  /** Default 10. */
  readonly partitions?: number;
  /** Settings of the topic beside `cleanup.policy=compact`; false: kmodel itself makes the topic. */
  readonly topic?: Readonly<Record<string, string>> | false;
  /** Variables of every process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A stage as `openStage` gives it. */
export interface Stage {
  readonly model: Model;
  /** `/api/<model>`. */
  readonly path: string;
  /** What the name of the workers' group begins with. */
  readonly group: string;
  readonly brokers: string;
  readonly redisUri: string;
  readonly topic: StoryTopic;
  readonly redis: StoryRedis;
  /** The story's own servers; undefined where they are shared. */
  readonly kafkaServer: KafkaServer | undefined;
  readonly redisServer: RedisServer | undefined;
  /** The processes that have not ended. */
  readonly clients: readonly RoleProcess[];
  readonly workers: readonly RoleProcess[];
  /** Starts a process; resolves when it listens. `env` wins over the stage's; `version` is the model's, 1 by default. */
  client(options?: ProcessOptions): Promise<RoleProcess>;
  worker(options?: ProcessOptions): Promise<RoleProcess>;
  /** The variables that such a process is given. */
  variables(options?: ProcessOptions): Readonly<Record<string, string>>;
  /** Writes through the clients that are there, or through those given, until it is stopped. */
  load(options?: LoadOptions & { readonly clients?: () => readonly RoleProcess[] }): Load;
  /** Waits until the view's checkpoint has passed what the topic holds now, every partition live; answers how long. */
  settle(withinMs?: number): Promise<number>;
  /** The position of the topic's stable end, as a request demands it. */
  endPosition(): Promise<string>;
  /** The topic's committed records, read by Kafka's own tool. */
  records(): Promise<RawRecord[]>;
  /** Ends every process and deletes topic, group and keys, or the story's own servers. */
  close(): Promise<void>;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly version?: number;
  /** Another consumer group: one that waits for nobody who was killed. */
  readonly group?: string;
}

const APP = fileURLToPath(new URL('app.ts', import.meta.url));
const SETTLE_WITHIN_MS = 60_000;

/** Opens a stage; its topic is there. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const name = `story-${randomBytes(5).toString('hex')}`;
  const model = defineThing({ name, version: 1, partitions: options.partitions ?? 10 });
  const [kafkaServer, redisServer] = await Promise.all([
    options.ownKafka === undefined ? undefined : startKafka(options.ownKafka),
    options.ownRedis === undefined ? undefined : startRedis(options.ownRedis),
  ]);
  const brokers = options.cluster?.addresses.join(',') ?? kafkaServer?.address ?? sharedKafka();
  const uri = redisServer?.uri ?? sharedRedis();
  const topic = storyTopic(brokers, name, model.partitions);
  const redis = await storyRedis(uri, name, model);
  if (options.topic !== false) await topic.create(options.topic);

  const all: RoleProcess[] = [];
  const starting = new Set<Promise<RoleProcess>>();
  const alive = (role: Role): RoleProcess[] => all.filter((one) => one.role === role && one.alive());
  const variables: Stage['variables'] = ({ env = {}, version = 1, group = name } = {}) => ({
    KMODEL_APP: APP,
    KMODEL_HTTP_PORT: '0',
    KMODEL_LOG_LEVEL: 'info',
    KMODEL_PRODUCER_BOOTSTRAP_SERVERS: brokers,
    KMODEL_REDIS_URI: uri,
    KMODEL_REDIS_PREFIX: name,
    KMODEL_CONSUMER_GROUP_ID: group,
    ...thingVariables({ name, version, partitions: model.partitions }),
    ...options.env,
    ...env,
  });
  const start = async (role: Role, more?: ProcessOptions): Promise<RoleProcess> => {
    const begun = startRole(role, variables(more));
    starting.add(begun);
    try {
      const started = await begun;
      all.push(started);
      return started;
    } finally {
      starting.delete(begun);
    }
  };

  const stage: Stage = {
    model,
    path: `/api/${name}`,
    group: name,
    brokers,
    redisUri: uri,
    topic,
    redis,
    kafkaServer,
    redisServer,
    get clients() {
      return alive('client');
    },
    get workers() {
      return alive('worker');
    },
    client: async (more) => await start('client', more),
    worker: async (more) => await start('worker', more),
    variables,
    load: ({ clients = () => stage.clients, ...more } = {}) =>
      startLoad(name, () => clients().flatMap((client) => (client.alive() ? [client.url] : [])), more),
    settle: async (withinMs = SETTLE_WITHIN_MS) => await settle(stage, all, withinMs),
    async endPosition() {
      const [ends, logId] = await Promise.all([topic.ends(), topic.id()]);
      return `${[...ends].map(([partition, { stable }]) => `${partition}=${stable}`).join(',')};log=${logId}`;
    },
    records: async () => await readTopic(brokers, topic),
    async close() {
      await Promise.allSettled(starting);
      await Promise.all(all.map(endGently));
      if (kafkaServer === undefined && options.cluster === undefined)
        await removeFromKafka(topic, `${name}.${name}.${model.fingerprint.slice(0, 8)}`);
      if (redisServer === undefined) await redis.clear();
      await Promise.all([topic.close(), redis.close()]);
      await Promise.all([kafkaServer?.remove(), redisServer?.remove()]);
    },
  };
  return stage;
}

/** So that the group has no member left that Kafka waits for. */
async function endGently(process: RoleProcess): Promise<void> {
  process.resume();
  await process.kill('SIGTERM');
}

async function removeFromKafka(topic: StoryTopic, group: string): Promise<void> {
  await topic.remove().catch(() => undefined);
  await topic.removeGroup(group);
}

async function settle(stage: Stage, processes: readonly RoleProcess[], withinMs: number): Promise<number> {
  const began = performance.now();
  const [ends, logId] = await Promise.all([stage.topic.ends(), stage.topic.id()]);
  for (;;) {
    const [root, checkpoints] = await Promise.all([stage.redis.root(), stage.redis.checkpoints()]);
    const behind = [...ends].filter(([partition, { stable }]) => {
      const there = checkpoints.get(partition);
      return there === undefined || !there.live || there.checkpoint < stable;
    });
    if (root?.logId === logId && behind.length === 0) return performance.now() - began;
    if (performance.now() - began > withinMs) throw new Error(unsettled({ logId, root, ends, checkpoints }, processes));
    await sleep(20);
  }
}

function unsettled(
  {
    logId,
    root,
    ends,
    checkpoints,
  }: {
    logId: string;
    root: unknown;
    ends: ReadonlyMap<number, { stable: number }>;
    checkpoints: ReadonlyMap<number, object>;
  },
  processes: readonly RoleProcess[],
): string {
  const partitions = [...ends].map(
    ([partition, { stable }]) =>
      `  ${partition}: ends at ${stable}, the view says ${JSON.stringify(checkpoints.get(partition))}`,
  );
  const logs = processes.map(
    (process) =>
      `--- ${process.role} ${process.process.pid}${process.alive() ? '' : ' (ended)'}\n${process.errors().slice(-1500)}`,
  );
  return [
    `the view does not reach the end of the log ${logId}; its root is ${JSON.stringify(root)}`,
    ...partitions,
    ...logs,
  ].join('\n');
}

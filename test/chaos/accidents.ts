/**
 * What the world does to kmodel: each accident is made, lasts a while, and ends. It tells whether it took effect, so that a run
 * whose accidents missed can't pass for one that was survived.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionKeys } from '../../src/view/redis/layout.ts';
import type { KafkaServer } from '../services/kafka.ts';
import type { Random } from '../system/distributed/things.ts';
import type { RoleProcess } from '../system/distributed/processes.ts';
import type { Stage } from '../system/distributed/stage.ts';

/** What accidents happen to. */
export interface World {
  readonly stage: Stage;
  readonly random: Random;
  /** Where the broker keeps its log: the whole folder. */
  readonly kafkaFolder: string;
  /** Another cluster, with a topic of the same name. */
  readonly otherKafka: KafkaServer;
  /** Stops the load and the oracle's sight, waits until the view has everything, and goes on afterwards. */
  quietly<T>(work: () => Promise<T>): Promise<T>;
  /** The operator: recovers what only the view has, or accepts the loss. Answers once the view is served again. */
  decide(how: 'recover' | 'accept'): Promise<void>;
  /** Writes acknowledged from now until `quietly` begins are at stake: a log that is set back loses them. */
  stake(): void;
  /** Starts a process in the place of one that was killed. */
  revive(role: 'client' | 'worker'): Promise<void>;
}

export interface Accident {
  readonly name: string;
  /** How often it is drawn beside the others. */
  readonly weight: number;
  /** Makes it and ends it; answers whether it took effect. */
  run(world: World): Promise<boolean>;
}

const between = (random: Random, least: number, most: number): number => least + random() * (most - least);

function one<T>(random: Random, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

async function evicted(stage: Stage): Promise<number> {
  const info = String(await stage.redis.command('INFO', 'stats'));
  return Number(/evicted_keys:(\d+)/.exec(info)?.[1] ?? '0');
}

async function usedMemory(stage: Stage): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await stage.redis.command('INFO', 'memory')))?.[1]);
}

/** Deletes one of the live generation's keys. */
async function deleted(
  { stage, random }: World,
  keyOf: (keys: ReturnType<typeof partitionKeys>) => string,
): Promise<boolean> {
  const root = await stage.redis.root();
  if (root === undefined) return false;
  const partition = Math.floor(random() * stage.model.partitions);
  const keys = partitionKeys(stage.redis.names, root.generation, partition);
  return Number(await stage.redis.command('DEL', keyOf(keys))) === 1;
}

async function killed(
  { random, revive }: World,
  role: 'client' | 'worker',
  all: readonly RoleProcess[],
): Promise<boolean> {
  const victim = one(random, all);
  if (victim === undefined) return false;
  await victim.kill('SIGKILL');
  await sleep(between(random, 0, 3000));
  await revive(role);
  return !victim.alive();
}

async function paused({ random }: World, all: readonly RoleProcess[]): Promise<boolean> {
  const victim = one(random, all);
  if (victim === undefined) return false;
  victim.pause();
  await sleep(between(random, 2000, 9000));
  const was = victim.alive();
  victim.resume();
  return was;
}

/** Redis as it was a moment ago: its folder, put back. */
async function redisSetBack({ stage, random }: World): Promise<boolean> {
  const server = stage.redisServer!;
  const [, folder] = (await stage.redis.command('CONFIG', 'GET', 'dir')) as [string, string];
  const copy = mkdtempSync(join(tmpdir(), 'kmodel-chaos-redis-'));
  const before = await stage.redis.checkpoints();
  await server.stop();
  cpSync(folder, copy, { recursive: true });
  await server.start();
  await sleep(between(random, 2000, 5000));
  const between2 = await stage.redis.checkpoints();
  await server.stop();
  rmSync(folder, { recursive: true });
  cpSync(copy, folder, { recursive: true });
  rmSync(copy, { recursive: true });
  await server.start();
  return [...between2].some(([partition, { checkpoint }]) => checkpoint > (before.get(partition)?.checkpoint ?? 0));
}

/** The broker's folder as it was before the last acknowledged writes. */
async function brokerSetBack(world: World): Promise<boolean> {
  const { stage, random, kafkaFolder, quietly, decide, stake } = world;
  const server = stage.kafkaServer!;
  const copy = mkdtempSync(join(tmpdir(), 'kmodel-chaos-kafka-'));
  try {
    await server.stop();
    cpSync(kafkaFolder, copy, { recursive: true });
    stake();
    await server.start();
    const from = await stage.topic.ends();
    await sleep(between(random, 4000, 8000));
    return await quietly(async () => {
      const ends = await stage.topic.ends();
      await server.stop();
      rmSync(kafkaFolder, { recursive: true });
      cpSync(copy, kafkaFolder, { recursive: true });
      await server.start();
      await decide(random() < 0.7 ? 'recover' : 'accept');
      return [...ends].some(([partition, { stable }]) => stable > from.get(partition)!.stable);
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

export const ACCIDENTS: readonly Accident[] = [
  {
    name: 'broker killed',
    weight: 2,
    async run({ stage, random }) {
      await stage.kafkaServer!.stop('SIGKILL');
      await sleep(between(random, 500, 4000));
      await stage.kafkaServer!.start();
      return true;
    },
  },
  {
    name: 'broker stopped',
    weight: 2,
    async run({ stage, random }) {
      await stage.kafkaServer!.pause();
      await sleep(between(random, 3000, 14_000));
      await stage.kafkaServer!.resume();
      return true;
    },
  },
  { name: 'broker set back', weight: 2, run: brokerSetBack },
  {
    name: 'Redis emptied',
    weight: 1,
    async run({ stage }) {
      const keys = Number(await stage.redis.command('DBSIZE'));
      await stage.redis.command('FLUSHALL');
      return keys > 0;
    },
  },
  { name: 'Redis set back', weight: 2, run: redisSetBack },
  {
    name: 'Redis evicts',
    weight: 2,
    async run({ stage }) {
      const before = await evicted(stage);
      const limit = Math.floor((await usedMemory(stage)) * 0.87);
      await stage.redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      await stage.redis.command('CONFIG', 'SET', 'maxmemory', String(limit));
      await sleep(4000);
      await stage.redis.command('CONFIG', 'SET', 'maxmemory', '0');
      await stage.redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      return (await evicted(stage)) > before;
    },
  },
  {
    name: 'Redis demoted',
    weight: 2,
    async run({ stage, random }) {
      // A master that is not there: the server keeps what it has and takes no writes.
      await stage.redis.command('REPLICAOF', '127.0.0.1', '1');
      await sleep(between(random, 2000, 8000));
      await stage.redis.command('REPLICAOF', 'NO', 'ONE');
      return true;
    },
  },
  { name: 'entities deleted', weight: 1, run: async (world) => await deleted(world, ({ entities }) => entities) },
  { name: 'a sort deleted', weight: 1, run: async (world) => await deleted(world, (keys) => keys.sort('createdAt')) },
  {
    name: 'bookkeeping deleted',
    weight: 1,
    run: async (world) => await deleted(world, ({ bookkeeping }) => bookkeeping),
  },
  {
    name: 'rows deleted',
    weight: 1,
    async run({ stage, random }) {
      const root = await stage.redis.root();
      if (root === undefined) return false;
      const partition = Math.floor(random() * stage.model.partitions);
      const { entities } = partitionKeys(stage.redis.names, root.generation, partition);
      const ids = (await stage.redis.command('HKEYS', entities)) as string[];
      const some = ids.filter(() => random() < 0.2);
      return some.length > 0 && Number(await stage.redis.command('HDEL', entities, ...some)) > 0;
    },
  },
  { name: 'client killed', weight: 2, run: async (world) => await killed(world, 'client', world.stage.clients) },
  { name: 'worker killed', weight: 2, run: async (world) => await killed(world, 'worker', world.stage.workers) },
  { name: 'client stopped', weight: 1, run: async (world) => await paused(world, world.stage.clients) },
  { name: 'worker stopped', weight: 2, run: async (world) => await paused(world, world.stage.workers) },
  {
    name: 'another definition',
    weight: 1,
    async run({ stage, random }) {
      const other = await stage.worker({ env: { KMODEL_TEST_MODEL_VARIANT: 'other' } });
      await sleep(between(random, 4000, 9000));
      await other.kill('SIGTERM');
      return true;
    },
  },
  {
    name: 'another cluster',
    weight: 1,
    async run({ stage, random, otherKafka }) {
      const other = await stage.worker({ env: { KMODEL_PRODUCER_BOOTSTRAP_SERVERS: otherKafka.address } });
      await sleep(between(random, 4000, 9000));
      await other.kill('SIGTERM');
      return true;
    },
  },
];

/** Draws by weight. */
export function draw(random: Random, accidents: readonly Accident[]): Accident {
  let left = random() * accidents.reduce((sum, { weight }) => sum + weight, 0);
  return accidents.find(({ weight }) => (left -= weight) < 0) ?? accidents.at(-1)!;
}

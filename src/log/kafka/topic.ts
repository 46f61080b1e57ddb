/** The topic: created where it is absent, and described. */
import { ConfigResourceTypes, createTopicsV7, describeConfigsV4 } from '@platformatic/kafka';
import { defineLoop, repeat } from '../../core/loop.ts';
import { KmodelError } from '../../errors.ts';
import type { LogDescription } from '../log.ts';
import type { Brokers, TopicState } from './connection.ts';
import { CODE, codesOf, reasonOf } from './failure.ts';
import {
  creationCommand,
  creationSettings,
  deleteRetentionOf,
  judgeTopic,
  REPLICAS,
  SETTINGS,
  type TopicWanted,
} from './topic-judgement.ts';

const CREATE_TIMEOUT_MS = 5000;
const VISIBLE_TIMEOUT_MS = 10_000;

/** The topic's settings, by Kafka's names. */
export async function readSettings(brokers: Brokers, state: TopicState): Promise<Readonly<Record<string, string>>> {
  const resource = {
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: state.name,
    configurationKeys: [...SETTINGS],
  };
  const { results } = await brokers.ask((connection) =>
    describeConfigsV4.api.async(connection, [resource], false, false),
  );
  const read = (results[0]?.configs ?? []).map(({ name, value }) => [name, value ?? ''] as const);
  const replicas = Math.min(...state.partitions.map((each) => each.replicas.length));
  return { ...Object.fromEntries(read), 'replication.factor': String(replicas) };
}

/** The topic as the port describes it, also where it doesn't fit the model. */
export async function describeTopic(brokers: Brokers, state: TopicState, wanted: TopicWanted): Promise<LogDescription> {
  const settings = await readSettings(brokers, state);
  const judgement = judgeTopic({ state, settings }, wanted);
  return {
    id: state.id,
    partitions: state.partitions.length,
    minCompactionLagMs: Number(settings['min.compaction.lag.ms'] ?? 0),
    deleteRetentionMs: deleteRetentionOf(settings),
    settings,
    ...(judgement.kind === 'unfit' ? { unfit: judgement.message, warnings: [] } : { warnings: judgement.warnings }),
  };
}

/**
 * The topic, made where it is absent and `create` says so. Resolves when some partition has a leader: one that has none holds up
 * none of the others, and not the process either. Throws KmodelError TOPIC_UNFIT where it is absent and isn't made, or the
 * brokers refuse to make it.
 */
export async function findOrCreateTopic(brokers: Brokers, wanted: TopicWanted, create: boolean): Promise<TopicState> {
  const found = await brokers.topic(wanted.name);
  if (found !== undefined && isLed(found)) return found;
  if (found === undefined) {
    const count = await brokers.count();
    if (count === 0) throw new Error(`no broker of ${wanted.bootstrap} has joined its cluster yet`);
    if (!create) {
      const message = `there is no topic ${wanted.name}; run: ${creationCommand(count, wanted)}`;
      throw new KmodelError('TOPIC_UNFIT', message);
    }
    await createTopic(brokers, count, wanted);
  }
  return await visibleTopic(brokers, wanted.name);
}

async function createTopic(brokers: Brokers, count: number, wanted: TopicWanted): Promise<void> {
  const topic = {
    name: wanted.name,
    numPartitions: wanted.partitions,
    replicationFactor: Math.min(REPLICAS, count),
    assignments: [],
    configs: Object.entries(creationSettings(count, wanted)).map(([name, value]) => ({ name, value })),
  };
  try {
    await brokers.ask((connection) => createTopicsV7.api.async(connection, [topic], CREATE_TIMEOUT_MS, false));
  } catch (error) {
    const codes = codesOf(error);
    if (codes.length === 0) throw error;
    if (codes.includes(CODE.TOPIC_ALREADY_EXISTS)) return;
    const message = `topic ${wanted.name} can not be created (${reasonOf(error)}); run, as somebody who may: ${creationCommand(count, wanted)}`;
    throw new KmodelError('TOPIC_UNFIT', message, { cause: error });
  }
}

const VISIBLE = defineLoop('kafka.new-topic', { everyMs: 50 });

/** A topic is told to every broker a moment after it was made: then all its partitions have leaders. */
async function visibleTopic(brokers: Brokers, name: string): Promise<TopicState> {
  const until = performance.now() + VISIBLE_TIMEOUT_MS;
  let found: TopicState | undefined;
  await repeat(VISIBLE, new AbortController().signal, async () => {
    found = await brokers.topic(name);
    return found?.partitions.every(({ leaderId }) => leaderId !== -1) === true || performance.now() > until
      ? 'done'
      : 'pause';
  });
  if (found === undefined) throw new KmodelError('TOPIC_UNFIT', `topic ${name} was made but does not appear`);
  return found;
}

function isLed({ partitions }: TopicState): boolean {
  return partitions.some(({ leaderId }) => leaderId !== -1);
}

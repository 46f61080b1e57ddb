/** What the topic must be like: judged (pure), created where it is absent, described. */
import { ConfigResourceTypes, createTopicsV7, describeConfigsV4 } from '@platformatic/kafka';
import { setTimeout as pause } from 'node:timers/promises';
import { KmodelError } from '../../errors.ts';
import type { LogDescription } from '../log.ts';
import type { Brokers, TopicState } from './connection.ts';
import { CODE, codesOf, reasonOf } from './failure.ts';

/** What the model wants of its topic. */
export interface TopicWanted {
  readonly name: string;
  readonly partitions: number;
  /** Brokers as the commands name them: `host:port,host:port`. */
  readonly bootstrap: string;
  /** Of a topic that is created. Milliseconds. */
  readonly minCompactionLagMs: number;
  readonly deleteRetentionMs: number;
}

/** A topic as it is found. */
export interface TopicFound {
  readonly state: Pick<TopicState, 'partitions' | 'brokers'>;
  /** By Kafka's names. */
  readonly settings: Readonly<Record<string, string>>;
}

export type TopicJudgement =
  | { readonly kind: 'fit'; readonly warnings: readonly string[] }
  | { readonly kind: 'unfit'; readonly message: string };

/** Which settings are read and shown. */
const SETTINGS: readonly string[] = [
  'cleanup.policy',
  'min.compaction.lag.ms',
  'max.compaction.lag.ms',
  'delete.retention.ms',
  'retention.ms',
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'max.message.bytes',
  'segment.ms',
];

/** A topic lives with one broker gone when it has so many replicas, and a write is on two of them. */
const REPLICAS = 3;
const IN_SYNC = 2;
/** A created topic takes a record of this size: the API takes bodies of 1 MiB. Bytes. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

const CREATE_TIMEOUT_MS = 5000;
const VISIBLE_TIMEOUT_MS = 10_000;

/** Does the topic fit the model? What is unfit, or weaker than it should be, is named with the command that mends it. */
export function judgeTopic(found: TopicFound, wanted: TopicWanted): TopicJudgement {
  const faults = [...policyFault(found, wanted), ...countFault(found, wanted)];
  if (faults.length > 0) return { kind: 'unfit', message: `topic ${wanted.name}: ${faults.join('; also ')}` };
  return { kind: 'fit', warnings: weaknesses(found, wanted).map((line) => `topic ${wanted.name}: ${line}`) };
}

function policyFault({ settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const policy = settings['cleanup.policy'] ?? '(unknown)';
  if (policy === 'compact') return [];
  return [
    `expected cleanup.policy=compact, found cleanup.policy=${policy}; run: ${alter(wanted, 'cleanup.policy=compact')}`,
  ];
}

function countFault({ state }: TopicFound, { name, partitions, bootstrap }: TopicWanted): readonly string[] {
  const count = state.partitions.length;
  if (count === partitions) return [];
  const command = `kafka-topics.sh --bootstrap-server ${bootstrap}`;
  const instead = `or set partitions: ${count} in the model`;
  const mend =
    count < partitions
      ? `run, only while it holds no record (each key stays in the partition it was written to): ${command} --alter --topic ${name} --partitions ${partitions} ; ${instead}`
      : `partitions can not be taken away; delete it with all it holds and start again, run: ${command} --delete --topic ${name} ; ${instead}`;
  return [`expected ${partitions} partitions, found ${count}; ${mend}`];
}

function weaknesses({ state, settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const lines: string[] = [];
  if (state.brokers.length < REPLICAS) return lines;
  const replicas = Math.min(...state.partitions.map((each) => each.replicas.length));
  if (replicas < REPLICAS) {
    lines.push(`replication factor ${replicas}, should be ${REPLICAS}; run: ${reassign(state, wanted)}`);
  }
  const inSync = settings['min.insync.replicas'];
  if (inSync !== undefined && Number(inSync) < IN_SYNC) {
    lines.push(
      `min.insync.replicas=${inSync}, should be ${IN_SYNC}; run: ${alter(wanted, `min.insync.replicas=${IN_SYNC}`)}`,
    );
  }
  if (settings['unclean.leader.election.enable'] === 'true') {
    const setting = 'unclean.leader.election.enable=false';
    lines.push(`unclean.leader.election.enable=true, should be false; run: ${alter(wanted, setting)}`);
  }
  return lines;
}

function alter({ name, bootstrap }: TopicWanted, setting: string): string {
  return `kafka-configs.sh --bootstrap-server ${bootstrap} --entity-type topics --entity-name ${name} --alter --add-config ${setting}`;
}

function reassign(state: TopicFound['state'], { name, bootstrap }: TopicWanted): string {
  const partitions = state.partitions.map(({ replicas }, partition) => {
    const others = state.brokers.map((_, step) => state.brokers[(partition + step) % state.brokers.length] as number);
    return { topic: name, partition, replicas: [...new Set([...replicas, ...others])].slice(0, REPLICAS) };
  });
  const json = JSON.stringify({ version: 1, partitions });
  const tool = `kafka-reassign-partitions.sh --bootstrap-server ${bootstrap}`;
  return `echo '${json}' > replicas.json && ${tool} --reassignment-json-file replicas.json --execute`;
}

/** The settings that a topic is created with. */
export function creationSettings(brokers: number, wanted: TopicWanted): Readonly<Record<string, string>> {
  const strong = { 'min.insync.replicas': String(IN_SYNC), 'unclean.leader.election.enable': 'false' };
  return {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(wanted.minCompactionLagMs),
    'delete.retention.ms': String(wanted.deleteRetentionMs),
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    ...(brokers >= REPLICAS ? strong : {}),
  };
}

function creationCommand(brokers: number, wanted: TopicWanted): string {
  const settings = Object.entries(creationSettings(brokers, wanted)).map(
    ([name, value]) => `--config ${name}=${value}`,
  );
  const size = `--partitions ${wanted.partitions} --replication-factor ${Math.min(REPLICAS, brokers)}`;
  return `kafka-topics.sh --bootstrap-server ${wanted.bootstrap} --create --topic ${wanted.name} ${size} ${settings.join(' ')}`;
}

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

/** The topic as the port describes it. Throws KmodelError TOPIC_UNFIT where it doesn't fit the model. */
export async function describeTopic(brokers: Brokers, state: TopicState, wanted: TopicWanted): Promise<LogDescription> {
  const settings = await readSettings(brokers, state);
  const judgement = judgeTopic({ state, settings }, wanted);
  if (judgement.kind === 'unfit') throw new KmodelError('TOPIC_UNFIT', judgement.message);
  return {
    id: state.id,
    partitions: state.partitions.length,
    minCompactionLagMs: Number(settings['min.compaction.lag.ms'] ?? 0),
    deleteRetentionMs: Number(settings['delete.retention.ms'] ?? 0),
    settings,
    warnings: judgement.warnings,
  };
}

/**
 * The topic, made where it is absent and `create` says so. Resolves when every partition has a leader. Throws KmodelError
 * TOPIC_UNFIT where it is absent and isn't made, or the brokers refuse to make it.
 */
export async function findOrCreateTopic(brokers: Brokers, wanted: TopicWanted, create: boolean): Promise<TopicState> {
  const found = await brokers.topic(wanted.name);
  if (found !== undefined && settled(found)) return found;
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

/** A topic is told to every broker a moment after it was made. */
async function visibleTopic(brokers: Brokers, name: string): Promise<TopicState> {
  const until = performance.now() + VISIBLE_TIMEOUT_MS;
  for (;;) {
    const found = await brokers.topic(name);
    if (found !== undefined && (settled(found) || performance.now() > until)) return found;
    if (performance.now() > until) throw new KmodelError('TOPIC_UNFIT', `topic ${name} was made but does not appear`);
    await pause(50);
  }
}

function settled({ partitions }: TopicState): boolean {
  return partitions.length > 0 && partitions.every(({ leaderId }) => leaderId !== -1);
}

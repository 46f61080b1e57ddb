/** What the topic must be like, judged by its settings, with the commands that mend it. Pure. */
import { appendLimits } from './append-limits.ts';
import type { TopicState } from './connection.ts';

/** What the model wants of its topic. */
export interface TopicWanted {
  readonly name: string;
  /** Whose topic it is: kmodel's own commands are told it. */
  readonly model: string;
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
export const SETTINGS: readonly string[] = [
  'cleanup.policy',
  'min.compaction.lag.ms',
  'max.compaction.lag.ms',
  'delete.retention.ms',
  'retention.ms',
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'max.message.bytes',
  'segment.ms',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
];

/** A topic lives with one broker gone when it has so many replicas, and a write is on two of them. */
export const REPLICAS = 3;
const IN_SYNC = 2;
/** A created topic takes a record of this size: the API takes bodies of 1 MiB. Bytes. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
/**
 * A created topic refuses records that are older: then nothing that was on its way for longer can land, and clocks may still differ a
 * lot (decision 11). Milliseconds.
 */
const OLDEST_RECORD_MS = 3_600_000;
/** A topic that takes less refuses bodies that the API promises to take: 1 MiB, with the id, the headers and the framing. Bytes. */
const LEAST_MESSAGE_BYTES = 1024 * 1024 + 4096;
/** A worker that is away for longer has missed deletes, and builds the view anew. Milliseconds. */
const SHORT_DELETE_RETENTION_MS = 60_000;

/** Does the topic fit the model? What is unfit, or weaker than it should be, is named with the command that mends it. */
export function judgeTopic(found: TopicFound, wanted: TopicWanted): TopicJudgement {
  const faults = [...policyFault(found, wanted), ...retentionFault(found, wanted), ...countFault(found, wanted)];
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

/** Tombstones that go at once can be missed by any worker, however quick it is: each would build the view anew, without end. */
function retentionFault({ settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const ms = deleteRetentionOf(settings);
  if (ms === undefined || ms > 0) return [];
  const setting = `delete.retention.ms=${Math.max(wanted.deleteRetentionMs, SHORT_DELETE_RETENTION_MS)}`;
  return [`expected delete.retention.ms above 0, found delete.retention.ms=${ms}; run: ${alter(wanted, setting)}`];
}

/** Milliseconds; undefined: the brokers don't say. */
export function deleteRetentionOf(settings: TopicFound['settings']): number | undefined {
  return numberOf(settings['delete.retention.ms']);
}

function numberOf(setting: string | undefined): number | undefined {
  const number = Number(setting);
  return setting === undefined || setting.trim() === '' || Number.isNaN(number) ? undefined : number;
}

/**
 * Each record stays in the partition that it was written to, and a key is looked for in the partition that the count gives it.
 * So while there are records, another count hides them, in the topic or in the model: what is in it is copied to another topic.
 * A topic never gets fewer partitions, so where the model wants more, all records were written with those that are there.
 */
function countFault(found: TopicFound, wanted: TopicWanted): readonly string[] {
  const count = found.state.partitions.length;
  if (count === wanted.partitions) return [];
  const text = count < wanted.partitions ? tooFewText(count, wanted) : tooManyText(count, wanted);
  return [`expected ${wanted.partitions} partitions, found ${count}; ${text}`];
}

function tooFewText(count: number, { name, model, partitions, bootstrap }: TopicWanted): string {
  const add = `kafka-topics.sh --bootstrap-server ${bootstrap} --alter --topic ${name} --partitions ${partitions}`;
  return [
    `run, only while it holds no record: ${add} ; else set partitions: ${count} in the model again, or copy the records: start client and worker with partitions: ${count}, let nobody write, and run: ${exportCommand(model)}`,
    `stop them, set partitions: ${partitions} and topic: '${nextName(name)}' in the model, start them, and run: ${importCommand(model)}`,
    COPIES_LACK,
  ].join(' ; ');
}

function tooManyText(count: number, { name, model }: TopicWanted): string {
  return [
    `copy the records: a client answers reads, and takes no write; run: ${exportCommand(model)}`,
    `stop clients and workers, set topic: '${nextName(name)}' in the model, start them, and run: ${importCommand(model)}`,
    COPIES_LACK,
    `only if the topic has had ${count} from its beginning, set partitions: ${count} in the model instead`,
  ].join(' ; ');
}

const exportCommand = (model: string): string => `kmodel export --model ${model} > ${model}.jsonl`;
const importCommand = (model: string): string => `kmodel import --model ${model} ${model}.jsonl`;
/** What an import can't bring along. */
const COPIES_LACK = 'the copies keep their ids and fields, and are created anew at the time of the import';

/** `thing`, `thing-2`, `thing-3`. */
function nextName(topic: string): string {
  const [, base = topic, number] = /^(.*)-(\d{1,6})$/.exec(topic) ?? [];
  return `${base}-${Number(number ?? 1) + 1}`;
}

function weaknesses(found: TopicFound, wanted: TopicWanted): readonly string[] {
  const lines = [...sizeWeakness(found, wanted), ...retentionWeakness(found, wanted), ...timeWeakness(found, wanted)];
  return found.state.brokers.length < REPLICAS ? lines : [...lines, ...copiesWeaknesses(found, wanted)];
}

function sizeWeakness({ settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const bytes = numberOf(settings['max.message.bytes']);
  if (bytes === undefined || bytes >= LEAST_MESSAGE_BYTES) return [];
  const command = alter(wanted, `max.message.bytes=${MAX_MESSAGE_BYTES}`);
  return [
    `max.message.bytes=${bytes}, should be at least ${LEAST_MESSAGE_BYTES}: larger entities are refused; run: ${command}`,
  ];
}

function retentionWeakness({ settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const ms = deleteRetentionOf(settings);
  if (ms === undefined || ms >= SHORT_DELETE_RETENTION_MS) return [];
  const setting = `delete.retention.ms=${Math.max(wanted.deleteRetentionMs, SHORT_DELETE_RETENTION_MS)}`;
  return [
    `delete.retention.ms=${ms}, should be at least ${SHORT_DELETE_RETENTION_MS}: after a longer pause the view is built anew; run: ${alter(wanted, setting)}`,
  ];
}

/** Without the bound a write that was answered WRITE_UNCERTAIN can land at any time, where nothing fences it. */
function timeWeakness({ settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const known = settings['message.timestamp.before.max.ms'] !== undefined;
  if (!known || settings['message.timestamp.type'] === 'LogAppendTime') return [];
  if (appendLimits(settings).oldestMs !== undefined) return [];
  const command = alter(wanted, `message.timestamp.before.max.ms=${OLDEST_RECORD_MS}`);
  return [
    `message.timestamp.before.max.ms has no bound, so neither has the time in which a write without an outcome can land; run, unless other producers write records with old times: ${command}`,
  ];
}

function copiesWeaknesses({ state, settings }: TopicFound, wanted: TopicWanted): readonly string[] {
  const lines: string[] = [];
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
    'message.timestamp.before.max.ms': String(OLDEST_RECORD_MS),
    ...(brokers >= REPLICAS ? strong : {}),
  };
}

export function creationCommand(brokers: number, wanted: TopicWanted): string {
  const settings = Object.entries(creationSettings(brokers, wanted)).map(
    ([name, value]) => `--config ${name}=${value}`,
  );
  const size = `--partitions ${wanted.partitions} --replication-factor ${Math.min(REPLICAS, brokers)}`;
  return `kafka-topics.sh --bootstrap-server ${wanted.bootstrap} --create --topic ${wanted.name} ${size} ${settings.join(' ')}`;
}

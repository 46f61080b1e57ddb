/** Chooses and opens a model's log and view: the embedded ones of a data directory, or Kafka and Redis. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { closeAll, type Closer } from './closers.ts';
import type { Config } from './config/load.ts';
import { openEmbeddedLog } from './log/embedded/embedded-log.ts';
import type { Log } from './log/log.ts';
import { partitionOf } from './log/partitioner.ts';
import { indexNames } from './model/indexes.ts';
import type { Model } from './model/model.ts';
import { utf8 } from './model/record.ts';
import { openEmbeddedView } from './view/embedded/embedded-view.ts';
import type { View } from './view/view.ts';

export interface Adapters {
  readonly log: Log;
  readonly view: View;
  /** Resolves where one of the two can't be used any more in this process. */
  readonly gone: Promise<Error>;
  readonly close: () => Promise<void>;
}

export interface Compaction {
  readonly minCompactionLagMs?: number;
  readonly deleteRetentionMs?: number;
}

/** Opens the embedded log and view in the model's folder of the data directory. */
export async function openEmbedded(
  model: Model,
  dataDir: string,
  compaction: Compaction,
  logger: Logger,
): Promise<Adapters> {
  const directory = join(dataDir, model.name);
  const warn = (line: string): void => logger.warn({ model: model.name }, line);
  return opening(model, async (closers) => {
    const log = await openEmbeddedLog({ directory, partitions: model.partitions, ...compaction, warn });
    closers.push(logOf(model, log));
    const view = await openEmbeddedView({ directory, ...indexesOf(model), partitionOf: partitionerOf(model) });
    closers.push(viewOf(model, view));
    return { log, view };
  });
}

/** What a process does with Kafka and Redis: its name among their clients, and whether it may create a topic. */
export interface Part {
  readonly role: 'client' | 'worker' | 'status' | 'topic' | 'operate';
  readonly create: boolean;
}

/**
 * Opens the model's topic and its view in Redis. Throws KmodelError KAFKA_UNREACHABLE, TOPIC_UNFIT, REDIS_UNREACHABLE,
 * REDIS_UNFIT.
 */
export async function openDistributed(model: Model, config: Config, part: Part, logger: Logger): Promise<Adapters> {
  return opening(model, async (closers) => {
    const log = await openTopic(model, config, part, logger);
    closers.push(logOf(model, log));
    const view = await openView(model, config, part, logger);
    closers.push(viewOf(model, view));
    return { log, view };
  });
}

/** Opens the model's topic alone. */
export async function openTopic(model: Model, config: Config, { role, create }: Part, logger: Logger): Promise<Log> {
  // Here and below: `start` needs neither Kafka's nor Redis' client, so it doesn't wait for them to load.
  const { openKafkaLog } = await import('./log/kafka/kafka-log.ts');
  const { bootstrapServers, deliveryTimeoutMs } = config.producer;
  return openKafkaLog({
    brokers: bootstrapServers.split(','),
    model: model.name,
    topic: model.topic,
    partitions: model.partitions,
    ...config.compaction,
    deliveryTimeoutMs,
    keeping: { prefix: viewPrefix(config), fingerprint: model.fingerprint },
    olderGroups: olderGroupsOf(model, config),
    clientId: `kmodel-${role}-${hostname()}-${process.pid}`,
    create,
    // Readers are served, and told what is wrong, also where nothing may be written.
    evenUnfit: role === 'client' || role === 'status' || role === 'operate',
    warn: (line) => logger.warn({ model: model.name }, line),
  });
}

/** Opens the model's view in Redis alone. */
export async function openView(model: Model, config: Config, { role }: Part, logger: Logger): Promise<View> {
  const { openRedisView } = await import('./view/redis/redis-view.ts');
  return openRedisView({
    uri: redisUri(config.redis),
    prefix: config.redis.prefix,
    model: model.name,
    ...indexesOf(model),
    search: model.search.length > 0,
    partitionOf: partitionerOf(model),
    // Nobody else has readers that wait.
    notices: role === 'client',
    warn: (line) => logger.warn({ model: model.name }, line),
  });
}

/** So much of a fingerprint stands in names. Characters. */
const SHORT_FINGERPRINT = 8;

/**
 * The consumer group of a model's workers: one for each definition of it, so that workers of two definitions never share
 * partitions, and an app that gets another model changes no group's name.
 */
export function groupOf(model: Model, config: Config): string {
  return `${config.consumer.groupId}.${model.name}.${model.fingerprint.slice(0, SHORT_FINGERPRINT)}`;
}

/** What version 0.1 called it: in an app with one model, and in one with several. */
function olderGroupsOf({ name }: Model, { consumer: { groupId } }: Config): string[] {
  return [groupId, `${groupId}.${name}`];
}

/** What tells the views of one Redis server apart, as far as the configuration says it. */
function viewPrefix({ redis: { uri, db, prefix } }: Config): string {
  const database = uri === undefined ? String(db) : new URL(uri).pathname.slice(1) || '0';
  return `${database}/${prefix}`;
}

function redisUri({ uri, host, port, password, db }: Config['redis']): string {
  if (uri !== undefined) return uri;
  const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return `redis://${user}${host.includes(':') ? `[${host}]` : host}:${port}/${db}`;
}

function partitionerOf(model: Model): (id: string) => number {
  return (id) => partitionOf(utf8(id), model.partitions, model.partitioner);
}

function indexesOf(model: Model): { filters: string[]; sorts: string[] } {
  return { filters: indexNames(model, 'filter'), sorts: indexNames(model, 'sort') };
}

function logOf({ name }: Model, log: Log): Closer {
  return { what: `the log of ${name}`, close: () => log.close() };
}

function viewOf({ name }: Model, view: View): Closer {
  return { what: `the view of ${name}`, close: () => view.close() };
}

/** Opens log and view; where the second fails, the first is closed again. */
async function opening(
  { name }: Model,
  open: (closers: Closer[]) => Promise<Pick<Adapters, 'log' | 'view'>>,
): Promise<Adapters> {
  const closers: Closer[] = [];
  try {
    const { log, view } = await open(closers);
    const first = Promise.race([log.gone, view.gone]);
    const gone = first.then((error) => new Error(`model ${name}: ${error.message}`, { cause: error }));
    return { log, view, gone, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

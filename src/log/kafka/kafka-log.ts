/** The Kafka adapter of the Log port: a model's log is a compacted topic of Apache Kafka 3.9 or newer. */
import { KmodelError } from '../../errors.ts';
import type {
  AppendOutcome,
  Batch,
  Bounds,
  EpochEnd,
  Log,
  LogDescription,
  LogRecord,
  NewRecord,
  Offset,
  Partition,
  PartitionEnd,
  ReadFrom,
} from '../log.ts';
import { type AppendLimits, appendLimits } from './append-limits.ts';
import { Appender } from './appending.ts';
import { type Brokers, openBrokers } from './connection.ts';
import { TopicEnds } from './ends.ts';
import { reasonOf } from './failure.ts';
import { Memberships } from './membership.ts';
import { Offsets } from './offsets.ts';
import type { Keeping } from './subscription.ts';
import { TopicReading } from './reading.ts';
import { describeTopic, findOrCreateTopic } from './topic.ts';
import { TopicFitness } from './topic-fitness.ts';
import type { TopicWanted } from './topic-judgement.ts';
import { TopicWatch } from './topic-watch.ts';

export interface KafkaLogOptions {
  /** `host:port` of each. */
  readonly brokers: readonly string[];
  /** The model's name. */
  readonly model: string;
  readonly topic: string;
  readonly partitions: number;
  /** Of a topic that is created. Milliseconds. */
  readonly minCompactionLagMs: number;
  readonly deleteRetentionMs: number;
  /** How long an append waits for its outcome before it is `unavailable` or `uncertain`. Milliseconds. */
  readonly deliveryTimeoutMs: number;
  /** A name for people: it says in Kafka's tools who reads and writes. */
  readonly clientId: string;
  /** Which view this process keeps: workers of a group share partitions only where it is the same. Absent: no worker. */
  readonly keeping?: Keeping;
  /** The names that the workers' group had in older versions (membership.ts). */
  readonly olderGroups?: readonly string[];
  /** Create the topic where it is absent. */
  readonly create: boolean;
  /** Open a topic also where it doesn't fit the model, to be read: it takes no append until it fits. */
  readonly evenUnfit: boolean;
  /** Takes each of the topic's weaknesses, one line each, when it is first seen. */
  readonly warn: (line: string) => void;
}

/**
 * Opens the topic as a log, and makes it first where it is absent and `create` says so. Throws KmodelError TOPIC_UNFIT
 * where there is none, or it doesn't fit the model and `evenUnfit` doesn't say otherwise, KAFKA_UNREACHABLE where no broker answers.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const brokers = openBrokers(options.brokers, options.clientId);
  const wanted: TopicWanted = { ...options, name: options.topic, bootstrap: options.brokers.join(',') };
  try {
    const state = await findOrCreateTopic(brokers, wanted, options.create);
    const description = await describeTopic(brokers, state, wanted);
    const { unfit } = description;
    if (unfit !== undefined && !options.evenUnfit) throw new KmodelError('TOPIC_UNFIT', unfit);
    return new KafkaLog(options, brokers, wanted, description);
  } catch (error) {
    await brokers.close();
    if (error instanceof KmodelError && error.code === 'TOPIC_UNFIT') throw error;
    throw new KmodelError('KAFKA_UNREACHABLE', reasonOf(error), { cause: error });
  }
}

const NO_VIEW: Keeping = { prefix: '', fingerprint: '' };

class KafkaLog implements Log {
  readonly #options: KafkaLogOptions;
  readonly #brokers: Brokers;
  readonly #watch: TopicWatch;
  readonly #fitness: TopicFitness;
  readonly #appender: Appender;
  readonly #ends: TopicEnds;
  readonly #offsets: Offsets;
  readonly #reading: TopicReading;
  readonly #memberships: Memberships;
  readonly #warned = new Set<string>();
  /** Nothing here ends for ever while the process lives: connections are made anew. */
  readonly gone = new Promise<Error>(() => undefined);
  #closing: Promise<void> | undefined;

  constructor(options: KafkaLogOptions, brokers: Brokers, wanted: TopicWanted, described: LogDescription) {
    this.#options = options;
    this.#brokers = brokers;
    this.#watch = new TopicWatch(brokers, options.topic);
    this.#fitness = new TopicFitness(brokers, this.#watch, wanted, described, (each) => this.#warn(each));
    const limits = (): AppendLimits => appendLimits(this.#fitness.settings);
    this.#appender = new Appender({ ...options, brokers, watch: this.#watch, limits });
    this.#ends = new TopicEnds(brokers, this.#watch);
    this.#offsets = new Offsets(brokers, this.#watch);
    this.#reading = new TopicReading(brokers, this.#watch, this.#offsets);
    this.#memberships = new Memberships({ keeping: NO_VIEW, ...options, brokers });
    this.#warn(described);
  }

  async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    // Between two appends the topic may have become another kind of topic, without anybody having looked.
    if (!this.#fitness.isFresh) await this.#fitness.refresh();
    const { unfit } = this.#fitness;
    if (unfit !== undefined) return { kind: 'refused', why: 'unfit', reason: unfit };
    return await this.#appender.append(records);
  }

  async settled(partition: Partition): Promise<void> {
    this.#checkOpen();
    await this.#appender.settled(partition);
  }

  async endOf(partition: Partition): Promise<PartitionEnd> {
    this.#checkOpen();
    const { partitions } = this.#options;
    if (partition >= partitions) throw new RangeError(`partition ${partition} does not exist; there are ${partitions}`);
    try {
      return await this.#ends.endOf(partition);
    } catch (error) {
      throw unavailable(`the end of partition ${partition} is not known: ${reasonOf(error)}`, error);
    }
  }

  appendProblem(): string | undefined {
    return this.#fitness.unfit ?? this.#appender.problem;
  }

  read(partition: Partition, from: ReadFrom, signal: AbortSignal): AsyncIterable<Batch> {
    return this.#reading.read(partition, from, signal);
  }

  async epochEnd(partition: Partition, leaderEpoch: number): Promise<EpochEnd | undefined> {
    return await this.#asked(`the epochs of partition ${partition}`, () =>
      this.#offsets.epochEnd(partition, leaderEpoch),
    );
  }

  async recordAt(partition: Partition, offset: Offset): Promise<LogRecord | undefined> {
    return await this.#asked(`the record ${offset} of partition ${partition}`, () =>
      this.#offsets.recordAt(partition, offset),
    );
  }

  membership(group: string, signal: AbortSignal): AsyncIterable<ReadonlySet<Partition>> {
    return this.#memberships.follow(group, signal);
  }

  async commit(group: string, position: ReadonlyMap<Partition, Offset>): Promise<void> {
    this.#checkOpen();
    await this.#memberships.commit(group, position);
  }

  async describe(): Promise<LogDescription> {
    this.#checkOpen();
    try {
      return await this.#fitness.describe();
    } catch (error) {
      throw unavailable(reasonOf(error), error);
    }
  }

  async bounds(): Promise<Bounds> {
    return await this.#asked('the bounds', () => this.#offsets.bounds());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#fitness.close();
    this.#reading.close();
    this.#ends.close();
    await Promise.all([this.#memberships.close(), this.#appender.close()]);
    await this.#brokers.close();
  }

  /** What was told is told again once it has been away. */
  #warn({ warnings, unfit }: LogDescription): void {
    const lines = unfit === undefined ? warnings : [`${unfit} (until then nothing is appended)`];
    for (const line of this.#warned) if (!lines.includes(line)) this.#warned.delete(line);
    for (const line of lines.filter((each) => !this.#warned.has(each))) {
      this.#warned.add(line);
      this.#options.warn(line);
    }
  }

  async #asked<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    this.#checkOpen();
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw unavailable(`${what} of topic ${this.#options.topic} can not be read: ${reasonOf(error)}`, error);
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw unavailable('the log is closed');
  }
}

function unavailable(reason: string, cause?: unknown): KmodelError {
  return new KmodelError('LOG_UNAVAILABLE', reason, { cause });
}

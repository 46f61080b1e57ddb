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
import { Appender } from './appending.ts';
import { type Brokers, openBrokers } from './connection.ts';
import { TopicEnds } from './ends.ts';
import { reasonOf } from './failure.ts';
import { Memberships } from './membership.ts';
import { Offsets } from './offsets.ts';
import { readOwners } from './owners.ts';
import { TopicReading } from './reading.ts';
import { describeTopic, findOrCreateTopic, type TopicWanted } from './topic.ts';
import { TopicWatch } from './topic-watch.ts';

export interface KafkaLogOptions {
  /** `host:port` of each. */
  readonly brokers: readonly string[];
  /** The model's name. */
  readonly topic: string;
  readonly partitions: number;
  /** Of a topic that is created. Milliseconds. */
  readonly minCompactionLagMs: number;
  readonly deleteRetentionMs: number;
  /** How long an append waits for its outcome before it is `unavailable` or `uncertain`. Milliseconds. */
  readonly deliveryTimeoutMs: number;
  /** A name for people: it says in Kafka's tools who reads and writes. */
  readonly clientId: string;
  /** Create the topic where it is absent. */
  readonly create: boolean;
  /** Takes each of the topic's weaknesses, one line each, when it is first seen. */
  readonly warn: (line: string) => void;
}

/** A description may be so old. Milliseconds. */
const MAX_DESCRIPTION_AGE_MS = 500;

/**
 * Opens the topic as a log, and makes it first where it is absent and `create` says so. Throws KmodelError TOPIC_UNFIT
 * where the topic doesn't fit the model, KAFKA_UNREACHABLE where no broker answers.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const brokers = openBrokers(options.brokers, options.clientId);
  const wanted: TopicWanted = { ...options, name: options.topic, bootstrap: options.brokers.join(',') };
  try {
    const state = await findOrCreateTopic(brokers, wanted, options.create);
    const { warnings } = await describeTopic(brokers, state, wanted);
    return new KafkaLog(options, brokers, wanted, warnings);
  } catch (error) {
    await brokers.close();
    if (error instanceof KmodelError && error.code === 'TOPIC_UNFIT') throw error;
    throw new KmodelError('KAFKA_UNREACHABLE', reasonOf(error), { cause: error });
  }
}

class KafkaLog implements Log {
  readonly #options: KafkaLogOptions;
  readonly #wanted: TopicWanted;
  readonly #brokers: Brokers;
  readonly #watch: TopicWatch;
  readonly #appender: Appender;
  readonly #ends: TopicEnds;
  readonly #offsets: Offsets;
  readonly #reading: TopicReading;
  readonly #memberships: Memberships;
  readonly #warned = new Set<string>();
  /** Nothing here ends for ever while the process lives: connections are made anew. */
  readonly gone = new Promise<Error>(() => undefined);
  #described: { readonly description: LogDescription; readonly at: number } | undefined;
  #describing: Promise<LogDescription> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: KafkaLogOptions, brokers: Brokers, wanted: TopicWanted, warnings: readonly string[]) {
    this.#options = options;
    this.#wanted = wanted;
    this.#brokers = brokers;
    this.#watch = new TopicWatch(brokers, options.topic);
    this.#appender = new Appender({ ...options, brokers, watch: this.#watch });
    this.#ends = new TopicEnds(brokers, this.#watch);
    this.#offsets = new Offsets(brokers, this.#watch);
    this.#reading = new TopicReading(brokers, this.#watch, this.#offsets);
    this.#memberships = new Memberships({ brokers, topic: options.topic, partitions: options.partitions });
    this.#warn(warnings);
  }

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    return this.#appender.append(records);
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
    return this.#appender.problem;
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

  async owners(group: string): Promise<ReadonlyMap<Partition, string>> {
    this.#checkOpen();
    return await readOwners(this.#brokers, this.#options.topic, group);
  }

  async describe(): Promise<LogDescription> {
    this.#checkOpen();
    const known = this.#known();
    if (known !== undefined) return known;
    this.#describing ??= this.#describe().finally(() => {
      this.#describing = undefined;
    });
    return await this.#describing;
  }

  async bounds(): Promise<Bounds> {
    return await this.#asked('the bounds', () => this.#offsets.bounds());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#reading.close();
    this.#ends.close();
    await Promise.all([this.#memberships.close(), this.#appender.close()]);
    await this.#brokers.close();
  }

  /** The last description while it is fresh, and nobody has seen another topic since. */
  #known(): LogDescription | undefined {
    if (this.#described === undefined) return undefined;
    const { description, at } = this.#described;
    const fresh = performance.now() - at <= MAX_DESCRIPTION_AGE_MS;
    return fresh && this.#watch.last?.state?.id === description.id ? description : undefined;
  }

  async #describe(): Promise<LogDescription> {
    const at = performance.now();
    try {
      const { state } = await this.#watch.look(0);
      if (state === undefined) throw new Error(`there is no topic ${this.#options.topic}: it was deleted`);
      const description = await describeTopic(this.#brokers, state, this.#wanted);
      this.#described = { description, at };
      this.#warn(description.warnings);
      return description;
    } catch (error) {
      this.#described = undefined;
      throw unavailable(reasonOf(error), error);
    }
  }

  #warn(warnings: readonly string[]): void {
    for (const line of warnings.filter((each) => !this.#warned.has(each))) {
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

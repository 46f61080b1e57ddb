/** The port's `read` on Kafka: one partition's committed records, fetched together with those of other readers. */
import type { Batch, Partition, ReadFrom } from '../log.ts';
import { orAborted } from './aborting.ts';
import { AnswerMemory } from './answer-memory.ts';
import type { Brokers } from './connection.ts';
import { fetchFrom } from './fetch-answer.ts';
import { type Ask, FETCH_LIMITS, Fetcher, type FetchLimits } from './fetching.ts';
import type { Offsets } from './offsets.ts';
import { LOOK_AGE_MS, PartitionReading } from './partition-reading.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A partition that can't be read for so long makes its readers reject; until then they try again. Milliseconds. */
const GIVE_UP_MS = 10_000;

export interface ReadingOptions {
  readonly limits?: Partial<FetchLimits>;
  /** How long a partition may stay unreadable. Milliseconds, default 10,000. */
  readonly giveUpMs?: number;
}

/** All reading of one topic in this process. */
export class TopicReading {
  readonly #watch: TopicWatch;
  readonly #offsets: Offsets;
  readonly #fetcher: Fetcher;
  readonly #memory = new AnswerMemory();
  readonly #maxBytes: number;
  readonly #giveUpMs: number;
  readonly #closed = new AbortController();

  constructor(brokers: Brokers, watch: TopicWatch, offsets: Offsets, options: ReadingOptions = {}) {
    this.#watch = watch;
    this.#offsets = offsets;
    const limits = { ...FETCH_LIMITS, ...options.limits };
    const ask: Ask = async (leaderId, use, request) =>
      await fetchFrom(await brokers.to(leaderId, use), request, this.#memory);
    this.#fetcher = new Fetcher(ask, limits);
    this.#maxBytes = limits.maxPartitionBytes;
    this.#giveUpMs = options.giveUpMs ?? GIVE_UP_MS;
  }

  /**
   * As the port's `read`; a batch's memory serves again when the next one is asked for. An answer to one fetch is kept ahead of
   * what the caller takes. Rejects with one line where the position can't be read, and where the partition couldn't be read for 10
   * seconds.
   */
  async *read(partition: Partition, from: ReadFrom, signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const until = AbortSignal.any([signal, this.#closed.signal]);
    if (until.aborted) return;
    const topic = this.#watch.name;
    const seen = await orAborted(this.#watch.look(LOOK_AGE_MS), until);
    if (seen === undefined || until.aborted) return;
    const found = seen.state;
    if (found === undefined) throw new Error(`topic ${topic} does not exist`);
    if (from.logId !== undefined && from.logId !== found.id)
      throw new Error(`topic ${topic} was deleted and made anew`);
    if (found.partitions[partition] === undefined) {
      throw new RangeError(`partition ${partition} does not exist; there are ${found.partitions.length}`);
    }
    const parts = {
      watch: this.#watch,
      offsets: this.#offsets,
      fetcher: this.#fetcher,
      memory: this.#memory,
      maxBytes: this.#maxBytes,
      giveUpMs: this.#giveUpMs,
    };
    yield* new PartitionReading(parts, found.uuid, partition, from, until).batches();
  }

  /** Ends all readers. */
  close(): void {
    this.#closed.abort();
  }
}

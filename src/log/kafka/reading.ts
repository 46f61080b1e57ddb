/** The port's `read` on Kafka: one partition's committed records, fetched together with those of other readers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listOffsetsV9 } from '@platformatic/kafka';
import type { Batch, Offset, Partition } from '../log.ts';
import { orAborted } from './aborting.ts';
import { AnswerMemory } from './answer-memory.ts';
import type { Brokers, TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import { fetchFrom } from './fetch-answer.ts';
import { type Ask, FETCH_LIMITS, Fetcher, type Fetched, type FetchLimits } from './fetching.ts';
import { sizeToAskFor } from './fetch-size.ts';
import { type Place, type Step, stepAfter } from './fetch-step.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A partition that can't be read for so long makes its readers reject; until then they try again. Milliseconds. */
const GIVE_UP_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** Readers that begin or fail at the same time share a look at the topic. Milliseconds. */
const LOOK_AGE_MS = 100;

/** ListOffsets' name for the first record that is kept. */
const EARLIEST = -2n;

export interface ReadingOptions {
  readonly limits?: Partial<FetchLimits>;
  /** How long a partition may stay unreadable. Milliseconds, default 10,000. */
  readonly giveUpMs?: number;
}

/** All reading of one topic in this process. */
export class TopicReading {
  readonly #brokers: Brokers;
  readonly #watch: TopicWatch;
  readonly #fetcher: Fetcher;
  readonly #memory = new AnswerMemory();
  readonly #maxBytes: number;
  readonly #giveUpMs: number;
  readonly #closed = new AbortController();

  constructor(brokers: Brokers, watch: TopicWatch, options: ReadingOptions = {}) {
    this.#brokers = brokers;
    this.#watch = watch;
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
  async *read(
    partition: Partition,
    fromOffset: Offset,
    signal: AbortSignal,
    logId?: string,
  ): AsyncGenerator<Batch, void, undefined> {
    const until = AbortSignal.any([signal, this.#closed.signal]);
    if (until.aborted) return;
    const topic = this.#watch.name;
    const seen = await orAborted(this.#watch.look(LOOK_AGE_MS), until);
    if (seen === undefined || until.aborted) return;
    const found = seen.state;
    if (found === undefined) throw new Error(`topic ${topic} does not exist`);
    if (logId !== undefined && logId !== found.id) throw new Error(`topic ${topic} was deleted and made anew`);
    if (found.partitions[partition] === undefined) {
      throw new RangeError(`partition ${partition} does not exist; there are ${found.partitions.length}`);
    }
    const parts = {
      brokers: this.#brokers,
      watch: this.#watch,
      fetcher: this.#fetcher,
      memory: this.#memory,
      maxBytes: this.#maxBytes,
      giveUpMs: this.#giveUpMs,
    };
    yield* new PartitionReading(parts, found.uuid, partition, fromOffset, until).batches();
  }

  /** Ends all readers. */
  close(): void {
    this.#closed.abort();
  }
}

interface Parts {
  readonly brokers: Brokers;
  readonly watch: TopicWatch;
  readonly fetcher: Fetcher;
  readonly memory: AnswerMemory;
  /** The most to ask for at once. */
  readonly maxBytes: number;
  readonly giveUpMs: number;
}

class PartitionReading {
  readonly #parts: Parts;
  readonly #topicUuid: string;
  readonly #signal: AbortSignal;
  #place: Place;
  #seen: TopicState | undefined;
  #urgent = false;
  #maxBytes: number;
  #askedAt = 0;
  #failingSince: number | undefined;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(parts: Parts, topicUuid: string, partition: Partition, fromOffset: Offset, signal: AbortSignal) {
    this.#parts = parts;
    this.#topicUuid = topicUuid;
    this.#signal = signal;
    this.#maxBytes = parts.maxBytes;
    this.#place = { partition, next: fromOffset, at: fromOffset, emptyUpTo: undefined };
  }

  async *batches(): AsyncGenerator<Batch, void, undefined> {
    let ahead = this.#fetch();
    for (;;) {
      const fetched = await orAborted(ahead, this.#signal);
      if (fetched === undefined || this.#signal.aborted) return;
      const step = this.#stepAfter(fetched);
      if (step === undefined || step.kind !== 'hand-out') {
        this.#giveBack(fetched);
        await orAborted(this.#follow(step, fetched), this.#signal);
        if (this.#signal.aborted) return;
        ahead = this.#fetch();
        continue;
      }
      let portion = this.#checked(() => step.portions.take());
      while (portion !== undefined) {
        const { nextOffset } = portion.batch;
        this.#place = { ...this.#place, next: nextOffset, at: nextOffset, emptyUpTo: undefined };
        // The caller works on the last portion while the next answer comes.
        if (portion.last) ahead = this.#fetch();
        yield portion.batch;
        if (this.#signal.aborted) return;
        portion = portion.last ? undefined : this.#checked(() => step.portions.take());
      }
      this.#giveBack(fetched);
    }
  }

  #giveBack(fetched: Fetched): void {
    if (fetched.kind === 'answer') this.#parts.memory.takeBack(fetched.answer.records);
  }

  #fetch(): Promise<Fetched> {
    this.#askedAt = performance.now();
    const { partition, at } = this.#place;
    const leaderId = this.#leaderId();
    if (leaderId < 0) {
      return Promise.resolve({ kind: 'failed', error: new Error(`partition ${partition} has no leader`) });
    }
    const place = { partition, offset: at, maxBytes: this.#maxBytes };
    const topicUuid = this.#topicUuid;
    return this.#parts.fetcher.fetch({ ...place, leaderId, topicUuid, urgent: this.#urgent, signal: this.#signal });
  }

  /** Undefined where there was no answer. */
  #stepAfter(fetched: Fetched): Step | undefined {
    this.#urgent = false;
    if (fetched.kind === 'failed') return undefined;
    const step = this.#checked(() => stepAfter(this.#place, fetched.answer, fetched.complete));
    const { maxBytes } = this.#parts;
    this.#maxBytes = step.kind === 'hand-out' ? sizeToAskFor(fetched.answer.records, maxBytes) : maxBytes;
    if (step.kind === 'hand-out' || step.kind === 'look-again') {
      this.#failingSince = undefined;
      this.#pauseMs = FIRST_PAUSE_MS;
    }
    return step;
  }

  /** Does what the step says; a step that fails is tried again after a pause, while the time for that lasts. */
  async #follow(step: Exclude<Step, { kind: 'hand-out' }> | undefined, fetched: Fetched): Promise<void> {
    if (step?.kind === 'reject')
      throw new Error(`${this.#named()} can not be read from ${this.#place.next}: ${step.reason}`);
    if (step?.kind === 'look-again') {
      this.#urgent = step.urgent;
      this.#place = { ...this.#place, emptyUpTo: step.emptyUpTo };
      return;
    }
    if (step?.kind === 'find-start') {
      try {
        this.#place = { ...this.#place, at: await this.#startOffset() };
        return;
      } catch (error) {
        await this.#recover(reasonOf(error));
        return;
      }
    }
    await this.#recover(
      step === undefined ? reasonOf((fetched as { error: unknown }).error) : `error code ${step.code}`,
    );
  }

  async #recover(reason: string): Promise<void> {
    this.#failingSince ??= this.#askedAt;
    const failingMs = performance.now() - this.#failingSince;
    if (failingMs >= this.#parts.giveUpMs) {
      throw new Error(`${this.#named()} can not be read for ${Math.round(failingMs / 1000)} s: ${reason}`);
    }
    await sleep(this.#pauseMs, undefined, { signal: this.#signal }).catch(() => undefined);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    if (this.#signal.aborted) return;
    const { watch } = this.#parts;
    const seen = await watch.look(LOOK_AGE_MS).catch(() => undefined);
    if (seen === undefined) return;
    const found = seen.state;
    const topic = watch.name;
    if (found === undefined) throw new Error(`topic ${topic} was deleted`);
    if (found.uuid !== this.#topicUuid) throw new Error(`topic ${topic} was deleted and made anew`);
  }

  /** As last seen by anybody in this process; -1: nobody. */
  #leaderId(): number {
    this.#seen = this.#parts.watch.last?.state ?? this.#seen;
    return this.#seen?.partitions[this.#place.partition]?.leaderId ?? -1;
  }

  /** The first offset that is kept. */
  async #startOffset(): Promise<number> {
    const { brokers, watch } = this.#parts;
    const { partition } = this.#place;
    const connection = await brokers.to(this.#leaderId(), 'requests');
    const wanted = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp: EARLIEST };
    const answer = await listOffsetsV9.api.async(connection, -1, 0, [{ name: watch.name, partitions: [wanted] }]);
    return Number(answer.topics[0]?.partitions[0]?.offset ?? 0);
  }

  /** Adds the place to what a broken batch throws. */
  #checked<Result>(decode: () => Result): Result {
    try {
      return decode();
    } catch (error) {
      const message = `${this.#named()} can not be read from ${this.#place.next}: ${(error as Error).message}`;
      throw new Error(message, { cause: error });
    }
  }

  #named(): string {
    return `partition ${this.#place.partition} of topic ${this.#parts.watch.name}`;
  }
}

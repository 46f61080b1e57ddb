/** The port's `read` on Kafka: one partition's committed records, fetched together with those of other readers. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Batch,
  type EpochEnd,
  hasDiverged,
  LogDiverged,
  type Partition,
  type ReadFrom,
  RecordsRemoved,
} from '../log.ts';
import { orAborted } from './aborting.ts';
import { AnswerMemory } from './answer-memory.ts';
import type { Brokers, TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import { fetchFrom } from './fetch-answer.ts';
import { type Ask, FETCH_LIMITS, Fetcher, type Fetched, type FetchLimits } from './fetching.ts';
import { sizeToAskFor } from './fetch-size.ts';
import { outOfRange, type Place, type Step, stepAfter } from './fetch-step.ts';
import type { Offsets } from './offsets.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A partition that can't be read for so long makes its readers reject; until then they try again. Milliseconds. */
const GIVE_UP_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** Readers that begin or fail at the same time share a look at the topic. Milliseconds. */
const LOOK_AGE_MS = 100;

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

interface Parts {
  readonly watch: TopicWatch;
  readonly offsets: Offsets;
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

  constructor(parts: Parts, topicUuid: string, partition: Partition, from: ReadFrom, signal: AbortSignal) {
    this.#parts = parts;
    this.#topicUuid = topicUuid;
    this.#signal = signal;
    this.#maxBytes = parts.maxBytes;
    const { offset, leaderEpoch } = from;
    this.#place = { partition, next: offset, at: offset, leaderEpoch, emptyUpTo: undefined };
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
        const { nextOffset, leaderEpoch } = portion.batch;
        this.#place = { ...this.#place, next: nextOffset, at: nextOffset, leaderEpoch, emptyUpTo: undefined };
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
    const { partition, at, leaderEpoch: fetchedEpoch } = this.#place;
    const { leaderId, leaderEpoch } = this.#leader();
    if (leaderId < 0) {
      return Promise.resolve({ kind: 'failed', error: new Error(`partition ${partition} has no leader`) });
    }
    const place = { partition, offset: at, leaderEpoch, fetchedEpoch, maxBytes: this.#maxBytes };
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
    if (step?.kind === 'diverged') throw this.#diverged(step.end);
    if (step?.kind === 'find-bounds') return await this.#findBounds();
    await this.#recover(
      step === undefined ? reasonOf((fetched as { error: unknown }).error) : `error code ${step.code}`,
    );
  }

  /** The leader says that the place is out of its range: goes on where that is harmless, and rejects where it isn't. */
  async #findBounds(): Promise<void> {
    const { partition, next, leaderEpoch } = this.#place;
    const { offsets } = this.#parts;
    try {
      const bounds = await offsets.boundsOf(partition);
      const found = outOfRange(this.#place, bounds);
      if (found.kind === 'begin') {
        this.#place = { ...this.#place, at: found.at };
        return;
      }
      if (found.kind === 'removed') throw this.#removed(bounds.startOffset);
      if (found.kind === 'ahead') throw this.#diverged({ leaderEpoch, endOffset: bounds.endOffset });
      const end = leaderEpoch === undefined ? undefined : await offsets.epochEnd(partition, leaderEpoch);
      if (end !== undefined && hasDiverged(end, { offset: next, leaderEpoch: leaderEpoch! })) throw this.#diverged(end);
      // Nothing can be compared here.
      if (end === undefined) this.#place = { ...this.#place, leaderEpoch: undefined };
    } catch (error) {
      if (error instanceof LogDiverged || error instanceof RecordsRemoved) throw error;
      await this.#recover(reasonOf(error));
      return;
    }
    await this.#recover('the leader says that the offset is out of its range');
  }

  #diverged({
    leaderEpoch,
    endOffset,
  }: Omit<EpochEnd, 'leaderEpoch'> & { readonly leaderEpoch?: number | undefined }): LogDiverged {
    const { partition, next, leaderEpoch: read } = this.#place;
    const found = read === undefined || leaderEpoch === undefined ? '' : `, with epoch ${leaderEpoch}`;
    const expected = read === undefined ? '' : ` of epoch ${read}`;
    const message = `${this.#named()} no longer holds what was read up to ${next}${expected}: what both have in common ends at ${endOffset}${found}`;
    return new LogDiverged(message, partition, endOffset, leaderEpoch);
  }

  #removed(startOffset: number): RecordsRemoved {
    const { partition, next } = this.#place;
    const message = `${this.#named()} can not be read from ${next}: records were removed, its first offset is ${startOffset}`;
    return new RecordsRemoved(message, partition, startOffset);
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

  /** As last seen by anybody in this process; id -1: nobody leads. */
  #leader(): { readonly leaderId: number; readonly leaderEpoch: number } {
    this.#seen = this.#parts.watch.last?.state ?? this.#seen;
    return this.#seen?.partitions[this.#place.partition] ?? { leaderId: -1, leaderEpoch: -1 };
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

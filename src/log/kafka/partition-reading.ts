/** One reader of one partition: where it stands, what it asks for next, and whether the log is still the one that it has read. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineLoop, turnsOf } from '../../core/loop.ts';
import {
  type Batch,
  type EpochEnd,
  hasDiverged,
  LogDiverged,
  type Partition,
  type ReadFrom,
  RecordsRemoved,
} from '../log.ts';
import { offsetOfTail, tailOf } from '../tail.ts';
import { orAborted } from './aborting.ts';
import type { AnswerMemory } from './answer-memory.ts';
import type { TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import type { Fetched, Fetcher } from './fetching.ts';
import { sizeToAskFor } from './fetch-size.ts';
import { outOfRange, type Place, type Step, stepAfter } from './fetch-step.ts';
import type { Offsets } from './offsets.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A turn for each answer; between failures it pauses by itself. */
const READING = defineLoop('kafka.reading', { everyMs: 100 });
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** Readers that begin or fail at the same time share a look at the topic. Milliseconds. */
export const LOOK_AGE_MS = 100;

/** What all readers of a topic share. */
export interface Parts {
  readonly watch: TopicWatch;
  readonly offsets: Offsets;
  readonly fetcher: Fetcher;
  readonly memory: AnswerMemory;
  /** The most to ask for at once. */
  readonly maxBytes: number;
  readonly giveUpMs: number;
}

/** One reader's way through its partition. */
export class PartitionReading {
  readonly #parts: Parts;
  readonly #topicUuid: string;
  readonly #signal: AbortSignal;
  #place: Place;
  #seen: TopicState | undefined;
  #urgent = false;
  #maxBytes: number;
  #askedAt = 0;
  #waitsSince = 0;
  /** The last record that was read, as a tail. */
  #tail: string | undefined;
  /** At this time the leader's log surely held that record. */
  #provenAt: number;
  #failingSince: number | undefined;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(parts: Parts, topicUuid: string, partition: Partition, from: ReadFrom, signal: AbortSignal) {
    this.#parts = parts;
    this.#topicUuid = topicUuid;
    this.#signal = signal;
    this.#maxBytes = parts.maxBytes;
    const { offset, leaderEpoch, tail } = from;
    this.#tail = tail;
    if (leaderEpoch !== undefined) parts.watch.heardOf(partition, leaderEpoch);
    // What the caller has read, it may have read long ago.
    this.#provenAt = tail === undefined ? performance.now() : Number.NEGATIVE_INFINITY;
    this.#place = { partition, next: offset, at: offset, leaderEpoch, emptyUpTo: undefined };
  }

  async *batches(): AsyncGenerator<Batch, void, undefined> {
    let ahead = this.#fetch();
    for await (const _ of turnsOf(READING, this.#signal)) {
      // What was asked ahead may have failed long before anybody waited for it.
      this.#waitsSince = performance.now();
      const answered = await orAborted(ahead, this.#signal);
      if (answered === undefined || this.#signal.aborted) return;
      const fetched = this.#isProven(answered) ? answered : await orAborted(this.#proved(answered), this.#signal);
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
        const { nextOffset, leaderEpoch, tail } = portion.batch;
        this.#tail = tail ?? this.#tail;
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

  /**
   * A broker that restarts can come back with less than it had, in the same epoch (its files were set back, say), and grow
   * again. So over each new connection the last record that was read is looked at once more.
   */
  #isProven(fetched: Fetched): boolean {
    // What is no answer about records is judged by itself, and a divergence tells more than a tail does.
    if (fetched.kind === 'failed' || fetched.answer.code !== 0 || fetched.answer.divergence !== undefined) return true;
    if (this.#tail !== undefined && fetched.connectedAt > this.#provenAt) return false;
    this.#provenAt = this.#askedAt;
    return true;
  }

  async #proved(fetched: Fetched): Promise<Fetched> {
    const { partition } = this.#place;
    const offset = offsetOfTail(this.#tail ?? '');
    try {
      const found = offset === undefined ? undefined : await this.#parts.offsets.recordAt(partition, offset);
      if (offset !== undefined && found !== undefined && tailOf(found) !== this.#tail) {
        const message = `${this.#named()} holds another record at ${offset} than was read there: the log has lost records`;
        throw new LogDiverged(message, partition, offset);
      }
      this.#provenAt = this.#askedAt;
      return fetched;
    } catch (error) {
      this.#giveBack(fetched);
      if (error instanceof LogDiverged) throw error;
      return { kind: 'failed', error };
    }
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
    const expected = read === undefined ? '' : ` in epoch ${read}`;
    const found = read === undefined || leaderEpoch === undefined ? 'it' : `its epoch ${leaderEpoch}`;
    const message = `${this.#named()} no longer holds what was read up to ${next}${expected}: ${found} ends at ${endOffset}, the log has lost records`;
    // A log that was set back to lower epochs may have grown past the place since: then only what was read last surely differs.
    return new LogDiverged(message, partition, Math.min(endOffset, next - 1), leaderEpoch);
  }

  #removed(startOffset: number): RecordsRemoved {
    const { partition, next } = this.#place;
    const message = `${this.#named()} can not be read from ${next}: records were removed, its first offset is ${startOffset}`;
    return new RecordsRemoved(message, partition, startOffset);
  }

  async #recover(reason: string): Promise<void> {
    this.#failingSince ??= Math.max(this.#askedAt, this.#waitsSince);
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

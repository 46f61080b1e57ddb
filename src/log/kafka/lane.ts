/**
 * One partition's line of records to append: what waits, and at most one batch whose outcome isn't known yet. The batch
 * keeps its producer id, epoch and sequence numbers until its outcome is known; nothing overtakes it.
 *
 * Numbers are given anew in two cases only. A batch that certainly never landed gives its numbers back. And where a batch
 * is given up although an attempt of it may have landed, or may be under way, the partition's epoch is raised: the broker
 * refuses what comes with a lower epoch once it has seen a higher one, so that attempt can neither land behind later
 * records nor be taken for one of them. (Kafka's own producer raises its epoch the same way, KIP-360.)
 */
import type { NewRecord } from '../log.ts';
import { encodeBatch, sequenceAfter } from './batch-encoding.ts';
import type { Call } from './call.ts';
import type { Verdict } from './produce-answer.ts';
import type { ProduceTarget } from './produce-request.ts';

/** One record of one call. */
export interface Part {
  readonly call: Call;
  /** Its place among the call's records. */
  readonly index: number;
  readonly record: NewRecord;
  readonly bytes: number;
}

/** Which incarnation of the topic a batch is for. */
export interface LaneTopic extends ProduceTarget {
  /** The log's id, as the port names it. */
  readonly id: string;
}

export interface LaneBatch {
  readonly topic: LaneTopic;
  readonly partition: number;
  readonly parts: readonly Part[];
  readonly encoded: Buffer;
  readonly firstSequence: number;
}

/** What still fits into a request. */
export interface Room {
  readonly records: number;
  readonly bytes: number;
  /** The request holds nothing yet: one record fits, whatever its size. */
  readonly empty: boolean;
}

/** Past it the partition takes another producer id, which nothing under way can be mixed up with. */
const MAX_EPOCH = 32_767;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

export class Lane {
  readonly partition: number;
  /** Called for each part that leaves the lane, whatever became of it. */
  readonly #left: (part: Part) => void;
  #waiting: Part[] = [];
  #batch: LaneBatch | undefined;
  #onTheWire = false;
  /** An attempt of the batch may have landed, or may be under way. */
  #unknown = false;
  #attempts = 0;
  #notBefore = 0;
  #trouble: string | undefined;
  #producerId: bigint | undefined;
  #epoch = 0;
  #nextSequence = 0;
  #topicUuid: string | undefined;
  /** A batch that is refused for one of its records is cut; it grows again when batches land. Records. */
  #most = Number.POSITIVE_INFINITY;
  /** Those who wait until nothing is left that was answered without an outcome. */
  #unsettled: PromiseWithResolvers<void> | undefined;

  constructor(partition: number, left: (part: Part) => void) {
    this.partition = partition;
    this.#left = left;
  }

  /** When something can be sent: a time, or undefined while there is nothing to send, or it is under way. */
  get readyAt(): number | undefined {
    if (this.#onTheWire) return undefined;
    if (this.#batch !== undefined || this.#waiting.length > 0) return this.#notBefore;
    return undefined;
  }

  /** Why the lane isn't getting on, for people. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Does it need a producer id, or another one, before it can send? */
  get needsProducer(): boolean {
    return this.#producerId === undefined || this.#epoch > MAX_EPOCH;
  }

  /** As whom it writes; undefined before its first batch. */
  get producerId(): bigint | undefined {
    return this.#producerId;
  }

  useProducer(producerId: bigint): void {
    this.#producerId = producerId;
    this.#epoch = 0;
    this.#nextSequence = 0;
  }

  push(part: Part): void {
    this.#waiting.push(part);
  }

  /** Resolves when the outcome of everything that was answered without one is decided. */
  settled(): Promise<void> {
    if (this.#batch?.parts.some(({ call }) => call.answered) !== true) return Promise.resolve();
    this.#unsettled ??= Promise.withResolvers<void>();
    return this.#unsettled.promise;
  }

  /** The batch to send now, if it fits the room that is left in the request; it is on the wire from here on. */
  take(topic: LaneTopic, room: Room, now: number): LaneBatch | undefined {
    if (this.readyAt === undefined || this.readyAt > now) return undefined;
    this.#adopt(topic);
    this.#batch ??= this.#form(topic, room);
    if (this.#batch === undefined || !fits(this.#batch, room)) return undefined;
    this.#onTheWire = true;
    this.#attempts++;
    return this.#batch;
  }

  /** What became of the attempt under way. */
  settle(verdict: Verdict, now: number): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#onTheWire = false;
    if (verdict.kind === 'landed') return this.#landed(batch, verdict.baseOffset);
    this.#trouble = verdict.reason;
    if (verdict.kind === 'landed-somewhere') return this.#giveUp(verdict.reason);
    if (verdict.kind === 'unknown' || verdict.kind === 'again') {
      this.#unknown ||= verdict.kind === 'unknown';
      this.#pause(now);
      return;
    }
    // An earlier attempt may have landed, and the same batch will not be answered any better.
    if (this.#unknown) return this.#giveUp(verdict.reason);
    if (verdict.kind === 'refused') return this.#refused(batch, verdict);
    this.#dissolve();
    this.#raiseEpoch();
    this.#pause(now);
  }

  /** Nothing can be sent for now: says why, and tries again after a pause. */
  hold(reason: string, now: number): void {
    this.#trouble = reason;
    this.#pause(now);
  }

  /** Of calls whose time is over, records that certainly never landed leave; of the others nobody can tell. */
  expire(now: number, reason: string): void {
    const over = ({ call }: Part): boolean => call.deadline <= now;
    if (!this.#onTheWire && !this.#unknown) this.#dissolve();
    for (const part of this.#batch?.parts ?? []) if (over(part)) part.call.unsure(reason);
    const gone = this.#waiting.filter(over);
    if (gone.length === 0) return;
    this.#waiting = this.#waiting.filter((part) => !over(part));
    for (const part of gone) {
      this.#left(part);
      part.call.refused(reason);
    }
  }

  #form(topic: LaneTopic, room: Room): LaneBatch | undefined {
    const count = batchLength(this.#waiting, { ...room, records: Math.min(room.records, this.#most) });
    if (count === 0 || this.#producerId === undefined || this.needsProducer) return undefined;
    const parts = this.#waiting.slice(0, count);
    const firstSequence = this.#nextSequence;
    const stamp = { producerId: this.#producerId, epoch: this.#epoch, firstSequence };
    const encoded = encodeBatch(
      parts.map(({ record }) => record),
      stamp,
    );
    this.#waiting = this.#waiting.slice(count);
    this.#nextSequence = sequenceAfter(firstSequence, count);
    return { topic, partition: this.partition, parts, encoded, firstSequence };
  }

  #landed(batch: LaneBatch, baseOffset: number): void {
    this.#forget();
    this.#trouble = undefined;
    this.#notBefore = 0;
    this.#most *= 2;
    for (const [place, part] of batch.parts.entries()) {
      this.#left(part);
      part.call.landed(part.index, baseOffset + place, batch.topic.id);
    }
  }

  /** Nothing of the batch landed. Where it holds records of several calls, only one of them may be at fault: cut it. */
  #refused(batch: LaneBatch, { whole, reason }: { whole: boolean; reason: string }): void {
    const calls = new Set(batch.parts.map(({ call }) => call));
    if (!whole && calls.size > 1) {
      this.#dissolve();
      this.#most = Math.max(1, Math.floor(batch.parts.length / 2));
      return;
    }
    this.#nextSequence = batch.firstSequence;
    this.#forget();
    for (const part of batch.parts) {
      this.#left(part);
      part.call.refused(reason);
    }
  }

  /** The batch's numbers are free again: it certainly never landed. */
  #dissolve(): void {
    if (this.#batch === undefined) return;
    this.#waiting = [...this.#batch.parts.filter((part) => !this.#drop(part)), ...this.#waiting];
    this.#nextSequence = this.#batch.firstSequence;
    this.#forget();
  }

  /** Nobody waits any more for a record whose call is answered. */
  #drop(part: Part): boolean {
    if (part.call.answered) this.#left(part);
    return part.call.answered;
  }

  #giveUp(reason: string): void {
    const parts = this.#batch?.parts ?? [];
    this.#forget();
    this.#raiseEpoch();
    for (const part of parts) {
      this.#left(part);
      part.call.unsure(reason);
    }
  }

  #forget(): void {
    this.#batch = undefined;
    this.#unsettled?.resolve();
    this.#unsettled = undefined;
    this.#unknown = false;
    this.#attempts = 0;
  }

  #raiseEpoch(): void {
    this.#nextSequence = 0;
    this.#epoch++;
  }

  /** A topic made anew is another log: what may have landed in the old one is not sent to this one. */
  #adopt(topic: LaneTopic): void {
    if (this.#topicUuid === topic.uuid) return;
    const known = this.#topicUuid !== undefined;
    this.#topicUuid = topic.uuid;
    if (!known) return;
    if (this.#unknown) this.#giveUp('the topic was deleted before it was known whether the records had landed');
    else this.#dissolve();
    this.#raiseEpoch();
  }

  #pause(now: number): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, this.#attempts - 1));
    this.#notBefore = now + pause;
  }
}

function fits(batch: LaneBatch, room: Room): boolean {
  return room.empty || (batch.parts.length <= room.records && batch.encoded.length <= room.bytes);
}

/**
 * How many of the waiting records make the next batch: as many as fit the room, whole calls where they can be kept whole.
 * 0: the first doesn't fit.
 */
export function batchLength(waiting: readonly Part[], room: Room): number {
  let bytes = 0;
  let count = 0;
  let whole = 0;
  while (count < waiting.length && count < room.records) {
    const part = waiting[count] as Part;
    if (bytes + part.bytes > room.bytes && !(room.empty && count === 0)) break;
    bytes += part.bytes;
    count++;
    if (waiting[count]?.call !== part.call) whole = count;
  }
  return whole > 0 ? whole : count;
}

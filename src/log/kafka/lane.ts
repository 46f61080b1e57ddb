/**
 * One partition's line of records to append: what waits, and at most one batch whose outcome isn't known yet. The batch
 * keeps its producer id, epoch and sequence numbers until its outcome is known; nothing overtakes it.
 *
 * A batch that certainly never landed gives its numbers back. A batch is given up when an attempt of it may have landed, or
 * may be under way, and nobody waits for it any more, or sending it again will tell nothing. Then an attempt may still
 * arrive, at any time. So the partition's epoch is raised, and before anything else a fence is sent with the new epoch: the
 * broker refuses what comes with a lower epoch once it has it. (Kafka's own producer raises its epoch too, KIP-360, but
 * sends no fence: an attempt under way can land as long as the producer is silent.)
 */
import { countTurn, defineLoop } from '../../core/loop.ts';
import type { Refusal } from './call.ts';
import {
  batchLength,
  batchOf,
  fenceOf,
  fits,
  type LaneBatch,
  type LaneSurroundings,
  type LaneTopic,
  type Part,
  type Room,
} from './lane-batch.ts';
import { Numbering } from './numbering.ts';
import type { Verdict } from './produce-answer.ts';

const LONGEST_PAUSE_MS = 1000;
const RETRY = defineLoop('kafka.send-again', { everyMs: 50, mostMs: LONGEST_PAUSE_MS });

export class Lane {
  readonly partition: number;
  readonly #around: LaneSurroundings;
  #waiting: Part[] = [];
  #batch: LaneBatch | undefined;
  #onTheWire = false;
  /** An attempt of the batch may have landed, or may be under way. */
  #unknown = false;
  /** A batch was given up, and no fence has been acknowledged since. */
  #owesFence = false;
  #attempts = 0;
  #notBefore = 0;
  #trouble: string | undefined;
  readonly #numbering = new Numbering();
  #topicUuid: string | undefined;
  /** A batch that is refused for one of its records is cut; it grows again when batches land. Records. */
  #most = Number.POSITIVE_INFINITY;
  /** Those who wait until nothing is left that was answered without an outcome. */
  #unsettled: PromiseWithResolvers<void> | undefined;

  constructor(partition: number, around: LaneSurroundings) {
    this.partition = partition;
    this.#around = around;
  }

  /** When something can be sent: a time, or undefined while there is nothing to send, or it is under way. */
  get readyAt(): number | undefined {
    if (this.#onTheWire) return undefined;
    if (this.#owesFence || this.#batch !== undefined || this.#waiting.length > 0) return this.#notBefore;
    return undefined;
  }

  /** Why the lane isn't getting on, for people. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Does it need a producer id, or another one, before it can send? */
  get needsProducer(): boolean {
    return this.#numbering.isUsedUp && !this.#owesFence;
  }

  /** As whom it writes; undefined before its first batch. */
  get producerId(): bigint | undefined {
    return this.#numbering.producerId;
  }

  useProducer(producerId: bigint): void {
    this.#numbering.use(producerId);
  }

  push(part: Part): void {
    // A fence alone is in no hurry; who waits behind it is.
    if (this.#isIdle) this.#notBefore = 0;
    this.#waiting.push(part);
  }

  /** Is nothing left that was answered without an outcome, and may still land? */
  get isSettled(): boolean {
    return !this.#owesFence && this.#batch?.parts.some(({ call }) => call.answered) !== true;
  }

  /** Resolves when it is. Rejects when the lane ends first. */
  settled(): Promise<void> {
    if (this.isSettled) return Promise.resolve();
    this.#unsettled ??= Promise.withResolvers<void>();
    // Whoever waited may have given up meanwhile.
    this.#unsettled.promise.catch(() => undefined);
    return this.#unsettled.promise;
  }

  /** Nothing will be sent any more. */
  end(error: Error): void {
    this.#unsettled?.reject(error);
  }

  /** The batch to send now, if it fits the room that is left in the request; it is on the wire from here on. */
  take(topic: LaneTopic, room: Room, now: number): LaneBatch | undefined {
    if (this.readyAt === undefined || this.readyAt > now) return undefined;
    this.#adopt(topic);
    this.#batch ??= this.#owesFence ? this.#formFence(topic) : this.#form(topic, room);
    if (this.#batch === undefined || !fits(this.#batch, room)) return undefined;
    this.#onTheWire = true;
    this.#attempts++;
    return this.#batch;
  }

  /** What became of an attempt. One at a batch that was given up meanwhile tells nothing any more. */
  settle(batch: LaneBatch, verdict: Verdict, now: number): void {
    if (batch !== this.#batch) return;
    this.#onTheWire = false;
    if (verdict.kind !== 'landed') this.#trouble = verdict.reason;
    if (batch.isFence) this.#settleFence(verdict, now);
    else this.#settleRecords(batch, verdict, now);
    this.#tellSettled();
  }

  /** Nothing can be sent for now: says why, and tries again after a pause. */
  hold(reason: string, now: number): void {
    this.#trouble = reason;
    this.#pause(now);
    if (this.#isIdle) this.#notBefore = now + LONGEST_PAUSE_MS;
  }

  /** What waits, and what certainly never landed, is refused. */
  refuse(refusal: Refusal): void {
    if (!this.#onTheWire && !this.#unknown) this.#dissolve();
    this.#refuseAll(this.#waiting.splice(0), refusal);
  }

  /**
   * Of calls whose time is over, records that certainly never landed leave; of the others nobody can tell. A batch that
   * nobody waits for any more is given up. Answers it if an attempt at it is under way: its connection is to be reset, so
   * that what hasn't left this machine never does.
   */
  expire(now: number, reason: string): LaneBatch | undefined {
    const over = ({ call }: Part): boolean => call.deadline <= now;
    if (!this.#onTheWire && !this.#unknown) this.#dissolve();
    const batch = this.#batch;
    for (const part of batch?.parts ?? []) if (over(part)) this.#unsure(part, reason);
    const cut = this.#onTheWire ? batch : undefined;
    const isGivenUp = batch?.isFence === false && batch.parts.every(({ call }) => call.answered);
    if (isGivenUp) this.#giveUp(reason);
    const gone = this.#waiting.filter(over);
    if (gone.length > 0) this.#waiting = this.#waiting.filter((part) => !over(part));
    this.#refuseAll(gone, { reason });
    return isGivenUp ? cut : undefined;
  }

  /** Nobody waits for anything here. */
  get #isIdle(): boolean {
    return this.#batch === undefined && this.#waiting.length === 0;
  }

  #form(topic: LaneTopic, room: Room): LaneBatch | undefined {
    const count = batchLength(this.#waiting, { ...room, records: Math.min(room.records, this.#most) });
    const stamp = count === 0 ? undefined : this.#numbering.take(count);
    return stamp && batchOf(topic, this.partition, this.#waiting.splice(0, count), stamp);
  }

  /** Made anew for each attempt, so that its time is the present: for the broker all attempts are the same batch. */
  #formFence(topic: LaneTopic): LaneBatch | undefined {
    const stamp = this.#numbering.fence();
    return stamp && fenceOf(topic, this.partition, stamp, this.#around.wallClock());
  }

  #settleFence(verdict: Verdict, now: number): void {
    this.#batch = undefined;
    if (verdict.kind === 'again' || verdict.kind === 'unknown') return this.#pause(now);
    if (verdict.kind === 'refused') {
      this.refuse(verdict);
      return this.#pause(now);
    }
    // The broker has this epoch or a higher one already, and so nothing with a lower one can land.
    if (verdict.kind === 'renumber') this.#numbering.raiseEpoch();
    else this.#numbering.fenced();
    this.#owesFence = false;
    this.#attempts = 0;
    this.#trouble = undefined;
    this.#notBefore = 0;
  }

  #settleRecords(batch: LaneBatch, verdict: Verdict, now: number): void {
    if (verdict.kind === 'landed') return this.#landed(batch, verdict);
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
    this.#numbering.raiseEpoch();
    this.#pause(now);
  }

  #landed(batch: LaneBatch, { baseOffset, timestamp }: Verdict & { readonly kind: 'landed' }): void {
    this.#forget();
    this.#trouble = undefined;
    this.#notBefore = 0;
    this.#most *= 2;
    for (const [place, part] of batch.parts.entries()) {
      this.#around.left(part);
      part.call.landed(part.index, { offset: baseOffset + place, timestamp }, batch.topic.id);
    }
  }

  /** Nothing of the batch landed. Where it holds records of several calls, only one of them may be at fault: cut it. */
  #refused(batch: LaneBatch, refusal: Verdict & { readonly kind: 'refused' }): void {
    const calls = new Set(batch.parts.map(({ call }) => call));
    if (!refusal.whole && calls.size > 1) {
      this.#dissolve();
      this.#most = Math.max(1, Math.floor(batch.parts.length / 2));
      return;
    }
    this.#numbering.giveBack(batch.firstSequence);
    this.#forget();
    this.#refuseAll(batch.parts, refusal);
  }

  #refuseAll(parts: readonly Part[], refusal: Refusal): void {
    for (const part of parts) {
      this.#around.left(part);
      part.call.refused(refusal);
    }
  }

  /** The batch's numbers are free again: it certainly never landed. */
  #dissolve(): void {
    if (this.#batch === undefined) return;
    this.#waiting = [...this.#batch.parts.filter((part) => !this.#drop(part)), ...this.#waiting];
    this.#numbering.giveBack(this.#batch.firstSequence);
    this.#forget();
    this.#tellSettled();
  }

  /** Nobody waits any more for a record whose call is answered. */
  #drop(part: Part): boolean {
    if (part.call.answered) this.#around.left(part);
    return part.call.answered;
  }

  #giveUp(reason: string): void {
    const parts = this.#batch?.parts ?? [];
    this.#forget();
    this.#numbering.raiseEpoch();
    this.#owesFence = true;
    for (const part of parts) {
      this.#around.left(part);
      this.#unsure(part, reason);
    }
  }

  #unsure({ call, record }: Part, reason: string): void {
    call.unsure(reason, this.#around.landsUntil(record.timestamp));
  }

  #forget(): void {
    this.#batch = undefined;
    this.#onTheWire = false;
    this.#unknown = false;
    this.#attempts = 0;
  }

  #tellSettled(): void {
    if (this.#unsettled === undefined || !this.isSettled) return;
    this.#unsettled.resolve();
    this.#unsettled = undefined;
  }

  /** A topic made anew is another log: what may have landed in the old one is not sent to this one. */
  #adopt(topic: LaneTopic): void {
    if (this.#topicUuid === topic.uuid) return;
    const known = this.#topicUuid !== undefined;
    this.#topicUuid = topic.uuid;
    if (!known) return;
    if (this.#unknown) return this.#giveUp('the topic was deleted before it was known whether the records had landed');
    this.#dissolve();
    // A late request that names the topic by its name may reach this one.
    if (!this.#owesFence) this.#numbering.raiseEpoch();
  }

  #pause(now: number): void {
    countTurn(RETRY);
    const pause = Math.min(LONGEST_PAUSE_MS, RETRY.everyMs * 2 ** Math.max(0, this.#attempts - 1));
    this.#notBefore = now + pause;
  }
}

/**
 * Sends what waits in the append queue: to each broker one request at a time, and what arrives meanwhile goes into the next
 * one. Nothing is decided here about outcomes; lane.ts and produce-answer.ts do that.
 */
import { initProducerIdV4 } from '@platformatic/kafka';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppendOutcome, NewRecord, Partition } from '../log.ts';
import { AppendQueue } from './append-queue.ts';
import type { Brokers, TopicState } from './connection.ts';
import { CODE, codesOf, reasonOf } from './failure.ts';
import { type AppendLimits, landsUntil } from './append-limits.ts';
import type { Refusal } from './call.ts';
import type { LaneBatch } from './lane-batch.ts';
import type { Lane } from './lane.ts';
import type { Verdict } from './produce-answer.ts';
import { Sending } from './sending.ts';
import type { TopicWatch } from './topic-watch.ts';

/** What a broker says to somebody who may not. */
const FORBIDDING: readonly number[] = [CODE.TOPIC_AUTHORIZATION_FAILED, CODE.CLUSTER_AUTHORIZATION_FAILED];
/** Knowledge of the topic that is older is refreshed beside what is sent. */
const FRESH_TOPIC_AGE_MS = 1000;
/** Nothing is sent with knowledge of the topic (leaders, id, partition count) that is older. */
const MAX_TOPIC_AGE_MS = 5000;
/** After so long without the topic an append isn't made to wait for it. */
const MISSING_MS = 2000;
const PAUSE_MS = 100;
/** How long `close` leaves to calls under way, and after that to fences. */
const CLOSE_CALLS_MS = 2000;
const CLOSE_FENCES_MS = 1000;

export interface AppenderOptions {
  readonly brokers: Brokers;
  readonly watch: TopicWatch;
  readonly partitions: number;
  /** How long a call waits for its outcome. Milliseconds. */
  readonly deliveryTimeoutMs: number;
  /** As the topic's settings were seen last. */
  readonly limits: () => AppendLimits;
}

export class Appender {
  readonly #options: AppenderOptions;
  readonly #queue: AppendQueue;
  readonly #sending: Sending;
  /** One producer id for all partitions; another one only for a partition that has used up its epochs. */
  #producerId: bigint | undefined;
  #preparing = false;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #stopped = false;
  #drained: (() => void) | undefined;
  /** The last refusal that isn't about one record alone, until something lands. */
  #refused: string | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#queue = new AppendQueue(options.partitions, options.deliveryTimeoutMs, (timestamp) =>
      landsUntil(options.limits(), timestamp),
    );
    this.#sending = new Sending({ ...options, note: (verdict, batch) => this.#note(verdict, batch) });
  }

  /** As the port's append. */
  async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    if (this.#closed) return { kind: 'unavailable', reason: 'the log is closed' };
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#lookAgain();
      const { why, reason } = refusal;
      return why === undefined ? { kind: 'unavailable', reason } : { kind: 'refused', why, reason };
    }
    if (records.length === 0) return await this.#nothing();
    const outcome = this.#queue.push(records, performance.now());
    this.#wake();
    return await outcome;
  }

  /** As the port's settled. */
  settled(partition: Partition): Promise<void> {
    return this.#queue.settled(partition);
  }

  /** As the port's appendProblem. */
  get problem(): string | undefined {
    return this.#miscounted() ?? this.#refused;
  }

  /**
   * Refuses what comes from now on, and resolves when every call is answered and every fence is acknowledged, after
   * CLOSE_CALLS_MS and CLOSE_FENCES_MS at the latest. What is still under way then is cut off.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#until(() => this.#queue.calls === 0, CLOSE_CALLS_MS);
    this.#sending.cut(this.#queue.expireAll('the process stopped before the log had answered'));
    this.#wake();
    await this.#until(() => this.#queue.isSettled, CLOSE_FENCES_MS);
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#sending.cutAll();
    this.#queue.end(new Error('the log was closed before the outcome was known'));
  }

  async #until(isSo: () => boolean, timeoutMs: number): Promise<void> {
    if (isSo()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#drained = () => {
      if (isSo()) resolve();
    };
    await promise;
    clearTimeout(timer);
  }

  async #nothing(): Promise<AppendOutcome> {
    try {
      const { state } = await this.#options.watch.look(MAX_TOPIC_AGE_MS);
      if (state !== undefined) return { kind: 'appended', logId: state.id, records: [] };
      return { kind: 'unavailable', reason: this.#missing() };
    } catch (error) {
      return { kind: 'unavailable', reason: reasonOf(error) };
    }
  }

  /** What makes an append futile, as far as is known now. */
  #refusal(): Refusal | undefined {
    if (this.#options.watch.missingForMs > MISSING_MS) return { reason: this.#missing() };
    const reason = this.#miscounted();
    return reason === undefined ? undefined : { why: 'unfit', reason };
  }

  /** Beside what goes on; nobody waits for it. */
  #lookAgain(): void {
    this.#options.watch.look(FRESH_TOPIC_AGE_MS).catch(() => undefined);
  }

  #miscounted(): string | undefined {
    const { watch, partitions } = this.#options;
    const found = watch.last?.state?.partitions.length;
    if (found === undefined || found === partitions) return undefined;
    return `topic ${watch.name}: expected ${partitions} partitions, found ${found}`;
  }

  #missing(): string {
    return `there is no topic ${this.#options.watch.name}: it was deleted`;
  }

  /** Group commit: what arrives in the same turn of the event loop goes into one request. */
  #wake(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#stopped) return;
    const now = performance.now();
    this.#sending.cut(this.#queue.expire(now));
    const { lanes, next } = this.#queue.ready(now);
    if (lanes.length > 0) this.#send(lanes, now);
    this.#arm(next, now);
    this.#drained?.();
  }

  #arm(next: number | undefined, now: number): void {
    const deadline = this.#queue.nextDeadline;
    const at = Math.min(next ?? Number.POSITIVE_INFINITY, deadline ?? Number.POSITIVE_INFINITY);
    clearTimeout(this.#timer);
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#turn(), Math.max(1, Math.ceil(at - now)));
  }

  /** Sends what is ready to each leader that isn't busy; first finds out who leads, and as whom to write, where that isn't known. */
  #send(lanes: readonly Lane[], now: number): void {
    const { watch } = this.#options;
    const { state, at } = watch.last ?? { state: undefined, at: 0 };
    if (state === undefined || now - at > MAX_TOPIC_AGE_MS || lanes.some((lane) => lane.needsProducer)) {
      return this.#prepare(lanes);
    }
    if (now - at > FRESH_TOPIC_AGE_MS) this.#lookAgain();
    const unfit = this.#miscounted();
    if (unfit !== undefined) this.#queue.refuse(new Set(partitionsOf(lanes)), { why: 'unfit', reason: unfit });
    for (const [leader, led] of byLeader(lanes, state)) {
      if (leader === -1) this.#leaderless(led, now);
      else if (!this.#sending.isBusy(leader)) void this.#sendTo(leader, led, state);
    }
  }

  #leaderless(partitions: ReadonlySet<Partition>, now: number): void {
    this.#queue.hold(partitions, 'the partition has no leader', now);
    this.#options.watch.forget();
  }

  #prepare(lanes: readonly Lane[]): void {
    if (this.#preparing) return;
    this.#preparing = true;
    const prepared = async (): Promise<void> => {
      try {
        const { state } = await this.#options.watch.look(FRESH_TOPIC_AGE_MS);
        if (state === undefined) throw new Error(this.#missing());
        for (const lane of lanes) {
          if (lane.needsProducer) lane.useProducer(await this.#producerOtherThan(lane.producerId));
        }
      } catch (error) {
        this.#notPrepared(new Set(partitionsOf(lanes)), error);
        await pause(PAUSE_MS);
      }
      this.#preparing = false;
      this.#wake();
    };
    void prepared();
  }

  #notPrepared(partitions: ReadonlySet<Partition>, error: unknown): void {
    const reason = reasonOf(error);
    if (codesOf(error).some((code) => FORBIDDING.includes(code))) {
      this.#refused = reason;
      this.#queue.refuse(partitions, { why: 'forbidden', reason });
    }
    this.#queue.hold(partitions, reason, performance.now());
  }

  /** A producer id other than `used`. */
  async #producerOtherThan(used: bigint | undefined): Promise<bigint> {
    if (this.#producerId !== undefined && this.#producerId !== used) return this.#producerId;
    const { brokers } = this.#options;
    const { producerId } = await brokers.ask((connection) => initProducerIdV4.api.async(connection, null, 0));
    this.#producerId = producerId;
    return producerId;
  }

  async #sendTo(leader: number, partitions: ReadonlySet<Partition>, topic: TopicState): Promise<void> {
    const problem = await this.#sending.send(leader, topic, () =>
      this.#queue.take(partitions, topic, performance.now()),
    );
    if (problem !== undefined) this.#queue.hold(partitions, problem, performance.now());
    this.#wake();
  }

  #note(verdict: Verdict, { isFence }: LaneBatch): void {
    if (verdict.kind === 'landed' && !isFence) this.#refused = undefined;
    if (verdict.kind === 'refused' && (verdict.whole || verdict.why === 'time')) this.#refused = verdict.reason;
  }
}

function byLeader(lanes: readonly Lane[], topic: TopicState): ReadonlyMap<number, ReadonlySet<Partition>> {
  const leaders = new Map<number, Set<Partition>>();
  for (const { partition } of lanes) {
    const leader = topic.partitions[partition]?.leaderId ?? -1;
    leaders.set(leader, (leaders.get(leader) ?? new Set()).add(partition));
  }
  return leaders;
}

function partitionsOf(lanes: readonly Lane[]): readonly Partition[] {
  return lanes.map(({ partition }) => partition);
}

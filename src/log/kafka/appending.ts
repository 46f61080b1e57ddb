/**
 * Sends what waits in the append queue: to each broker one request at a time, and what arrives meanwhile goes into the next
 * one. Nothing is decided here about outcomes; lane.ts and produce-answer.ts do that.
 */
import { type Connection, initProducerIdV4 } from '@platformatic/kafka';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppendOutcome, NewRecord, Partition } from '../log.ts';
import { AppendQueue } from './append-queue.ts';
import type { Brokers, TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import type { Lane, LaneBatch } from './lane.ts';
import { judgeAnswer, showsStaleTopic, type Verdict } from './produce-answer.ts';
import { namesTopicById, produce, type ProduceAnswer } from './produce-request.ts';
import type { TopicWatch } from './topic-watch.ts';

const PRODUCE = 0;
/** Knowledge of the topic that is older is refreshed beside what is sent. */
const FRESH_TOPIC_AGE_MS = 1000;
/** Nothing is sent with knowledge of the topic (leaders, id, partition count) that is older. */
const MAX_TOPIC_AGE_MS = 5000;
/** After so long without the topic an append isn't made to wait for it. */
const MISSING_MS = 2000;
/** How long the leader waits for its replicas; it answers before its connection is given up. */
const BROKER_TIMEOUT_MS = 8000;
const PAUSE_MS = 100;

export interface AppenderOptions {
  readonly brokers: Brokers;
  readonly watch: TopicWatch;
  readonly partitions: number;
  /** How long a call waits for its outcome. Milliseconds. */
  readonly deliveryTimeoutMs: number;
}

export class Appender {
  readonly #options: AppenderOptions;
  readonly #queue: AppendQueue;
  readonly #busy = new Set<number>();
  /** One producer id for all partitions; another one only for a partition that has used up its epochs. */
  #producerId: bigint | undefined;
  #preparing = false;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #stopped = false;
  #drained: (() => void) | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#queue = new AppendQueue(options.partitions, options.deliveryTimeoutMs);
  }

  /** As the port's append. */
  async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    if (this.#closed) return { kind: 'unavailable', reason: 'the log is closed' };
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#lookAgain();
      return { kind: 'unavailable', reason: refusal };
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
    return undefined;
  }

  /** Refuses what comes from now on, and resolves when every call is answered: after deliveryTimeoutMs at the latest. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#queue.calls > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.#stopped = true;
    clearTimeout(this.#timer);
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
  #refusal(): string | undefined {
    const { watch, partitions } = this.#options;
    const state = watch.last?.state;
    if (watch.missingForMs > MISSING_MS) return this.#missing();
    if (state !== undefined && state.partitions.length !== partitions) return this.#miscounted(state);
    return undefined;
  }

  /** Beside what goes on; nobody waits for it. */
  #lookAgain(): void {
    this.#options.watch.look(FRESH_TOPIC_AGE_MS).catch(() => undefined);
  }

  #miscounted(state: TopicState): string {
    return `topic ${state.name}: expected ${this.#options.partitions} partitions, found ${state.partitions.length}`;
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
    this.#queue.expire(now);
    const { lanes, next } = this.#queue.ready(now);
    if (lanes.length > 0) this.#send(lanes, now);
    this.#arm(next, now);
    if (this.#queue.calls === 0) this.#drained?.();
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
    const { watch, partitions } = this.#options;
    const { state, at } = watch.last ?? { state: undefined, at: 0 };
    if (state === undefined || now - at > MAX_TOPIC_AGE_MS || lanes.some((lane) => lane.needsProducer)) {
      return this.#prepare(lanes);
    }
    if (now - at > FRESH_TOPIC_AGE_MS) this.#lookAgain();
    const all = new Set(lanes.map(({ partition }) => partition));
    if (state.partitions.length !== partitions) return this.#queue.hold(all, this.#miscounted(state), now);
    for (const [leader, led] of byLeader(lanes, state)) {
      if (leader === -1) this.#leaderless(led, now);
      else if (!this.#busy.has(leader)) void this.#sendTo(leader, led, state);
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
        this.#queue.hold(new Set(lanes.map(({ partition }) => partition)), reasonOf(error), performance.now());
        await pause(PAUSE_MS);
      }
      this.#preparing = false;
      this.#wake();
    };
    void prepared();
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
    const { brokers, watch } = this.#options;
    this.#busy.add(leader);
    let batches: Batches = [];
    try {
      const connection = await brokers.to(leader, 'appending');
      const byId = namesTopicById(await brokers.newestVersion(connection, PRODUCE));
      batches = this.#queue.take(partitions, topic, performance.now());
      if (batches.length > 0) await this.#attempt(connection, byId, topic, batches);
    } catch (error) {
      const now = performance.now();
      const reason = reasonOf(error);
      // Whatever was handed to the connection may have reached the broker.
      for (const [lane] of batches) lane.settle({ kind: 'unknown', reason }, now);
      if (batches.length === 0) this.#queue.hold(partitions, reason, now);
      watch.forget();
    }
    this.#busy.delete(leader);
    this.#wake();
  }

  async #attempt(connection: Connection, byId: boolean, topic: TopicState, batches: Batches): Promise<void> {
    const { brokers, watch } = this.#options;
    const encoded = batches.map(([, batch]) => batch);
    const [answers, replaced] = await Promise.all([
      produce(connection, byId, topic, encoded, BROKER_TIMEOUT_MS),
      byId ? false : this.#replacedAfter(brokers.topicSeenBy(connection, topic.name), topic),
    ]);
    const now = performance.now();
    for (const [lane, { partition }] of batches) {
      const answer = answers.find((each) => each.partition === partition);
      lane.settle(verdictOn(answer, replaced), now);
      if (replaced || answer === undefined || showsStaleTopic(answer)) watch.forget();
    }
  }

  /**
   * A request that names the topic by its name may reach another topic of this name. A broker knows the topic's new id
   * before it appends to it, and answers one connection in turn; so where it still says the old id after the append, the
   * records are in the old topic.
   */
  async #replacedAfter(seen: Promise<TopicState | undefined>, topic: TopicState): Promise<boolean> {
    return (await seen)?.uuid !== topic.uuid;
  }
}

type Batches = readonly (readonly [Lane, LaneBatch])[];

function verdictOn(answer: ProduceAnswer | undefined, replaced: boolean): Verdict {
  if (answer === undefined) return { kind: 'unknown', reason: 'the broker left the partition out of its answer' };
  const verdict = judgeAnswer(answer);
  if (!replaced || verdict.kind !== 'landed') return verdict;
  return { kind: 'landed-somewhere', reason: 'the topic was replaced by another one while the records were appended' };
}

function byLeader(lanes: readonly Lane[], topic: TopicState): ReadonlyMap<number, ReadonlySet<Partition>> {
  const leaders = new Map<number, Set<Partition>>();
  for (const { partition } of lanes) {
    const leader = topic.partitions[partition]?.leaderId ?? -1;
    leaders.set(leader, (leaders.get(leader) ?? new Set()).add(partition));
  }
  return leaders;
}

/** Sends batches to leaders, one request to each at a time, and settles them by the answers. */
import type { Connection } from '@platformatic/kafka';
import type { AppendLimits } from './append-limits.ts';
import type { Brokers, TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import type { LaneBatch } from './lane-batch.ts';
import type { Lane } from './lane.ts';
import { judgeAnswer, showsStaleTopic, type Verdict, withLimits } from './produce-answer.ts';
import { namesTopicById, produce, type ProduceAnswer } from './produce-request.ts';
import type { TopicWatch } from './topic-watch.ts';

const PRODUCE = 0;
/** How long the leader waits for its replicas; it answers before its connection is given up. */
const BROKER_TIMEOUT_MS = 8000;

export type Batches = readonly (readonly [Lane, LaneBatch])[];

export interface SendingOptions {
  readonly brokers: Brokers;
  readonly watch: TopicWatch;
  readonly limits: () => AppendLimits;
  /** Told each verdict before its lane is. */
  readonly note: (verdict: Verdict, batch: LaneBatch) => void;
}

/** A request under way. */
interface UnderWay {
  readonly connection: Connection;
  readonly batches: Batches;
}

export class Sending {
  readonly #options: SendingOptions;
  /** Leaders that a request is made ready for, or under way to. */
  readonly #busy = new Set<number>();
  readonly #underWay = new Set<UnderWay>();

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  isBusy(leader: number): boolean {
    return this.#busy.has(leader);
  }

  /** Sends what `take` gives, once there is a connection. Answers why nothing was taken, where the leader can't be reached. */
  async send(leader: number, topic: TopicState, take: () => Batches): Promise<string | undefined> {
    const { brokers, watch } = this.#options;
    this.#busy.add(leader);
    let batches: Batches = [];
    try {
      const connection = await brokers.to(leader, 'appending');
      const byId = namesTopicById(await brokers.newestVersion(connection, PRODUCE));
      batches = take();
      if (batches.length > 0) await this.#attempt(connection, byId, topic, batches);
      return undefined;
    } catch (error) {
      const reason = reasonOf(error);
      // Whatever was handed to the connection may have reached the broker.
      for (const [lane, batch] of batches) lane.settle(batch, { kind: 'unknown', reason }, performance.now());
      watch.forget();
      return batches.length === 0 ? reason : undefined;
    } finally {
      this.#busy.delete(leader);
    }
  }

  /** What of these batches hasn't left this machine is not to leave it any more; what has may still arrive. */
  cut(batches: readonly LaneBatch[]): void {
    for (const { connection, batches: carried } of this.#underWay) {
      if (carried.some(([, batch]) => batches.includes(batch))) connection.socket.resetAndDestroy();
    }
  }

  cutAll(): void {
    for (const { connection } of this.#underWay) connection.socket.resetAndDestroy();
  }

  async #attempt(connection: Connection, byId: boolean, topic: TopicState, batches: Batches): Promise<void> {
    const { brokers, watch, limits, note } = this.#options;
    const underWay = { connection, batches };
    this.#underWay.add(underWay);
    const encoded = batches.map(([, batch]) => batch);
    const [answers, replaced] = await Promise.all([
      produce(connection, byId, topic, encoded, BROKER_TIMEOUT_MS),
      byId ? false : this.#replacedAfter(brokers.topicSeenBy(connection, topic.name), topic),
    ]).finally(() => this.#underWay.delete(underWay));
    const now = performance.now();
    for (const [lane, batch] of batches) {
      const answer = answers.find((each) => each.partition === batch.partition);
      const verdict = withLimits(verdictOn(answer, replaced), batch, limits(), topic.name);
      note(verdict, batch);
      lane.settle(batch, verdict, now);
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

function verdictOn(answer: ProduceAnswer | undefined, replaced: boolean): Verdict {
  if (answer === undefined) return { kind: 'unknown', reason: 'the broker left the partition out of its answer' };
  const verdict = judgeAnswer(answer);
  if (!replaced || verdict.kind !== 'landed') return verdict;
  return { kind: 'landed-somewhere', reason: 'the topic was replaced by another one while the records were appended' };
}

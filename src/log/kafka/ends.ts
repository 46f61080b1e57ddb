/**
 * Where partitions end, asked of their leaders: one question under way for each broker, about all partitions that somebody
 * waits for. An answer counts only for those who asked before the question was sent, so those who come while one is under
 * way get the next one's.
 *
 * The end is the high watermark, not the last stable offset: what an open transaction holds back can be, or lie before, a
 * record that was acknowledged to somebody.
 */
import { type Connection, FetchIsolationLevels, ListOffsetTimestamps, listOffsetsV8 } from '@platformatic/kafka';
import type { Partition, PartitionEnd } from '../log.ts';
import type { Brokers, TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import type { TopicWatch } from './topic-watch.ts';

/** Who asks waits so long at most. Milliseconds. */
const ANSWER_TIMEOUT_MS = 5000;
/** Knowledge of who leads a partition may be so old; a leader that isn't any more says so. */
const MAX_TOPIC_AGE_MS = 5000;
/** A question that got no answer is asked again after so long. */
const PAUSE_MS = 100;

interface Question {
  readonly partition: Partition;
  readonly answer: (end: PartitionEnd) => void;
  readonly fail: (error: unknown) => void;
  over: boolean;
}

/** What a leader said of one partition; undefined: it isn't able to tell (it leads no more, say). */
type Told = ReadonlyMap<Partition, number>;

export class TopicEnds {
  readonly #brokers: Brokers;
  readonly #watch: TopicWatch;
  #waiting: Question[] = [];
  readonly #busy = new Set<number>();
  #scheduled = false;
  #looking = false;
  #trouble = 'nothing was heard from its leader';
  #closed = false;

  constructor(brokers: Brokers, watch: TopicWatch) {
    this.#brokers = brokers;
    this.#watch = watch;
  }

  /** As the port's endOf. Rejects after ANSWER_TIMEOUT_MS. */
  async endOf(partition: Partition): Promise<PartitionEnd> {
    if (this.#closed) throw new Error('the log is closed');
    const { promise, resolve, reject } = Promise.withResolvers<PartitionEnd>();
    const question: Question = { partition, answer: resolve, fail: reject, over: false };
    const timer = setTimeout(() => {
      question.over = true;
      reject(new Error(`no leader told the end of partition ${partition} in time: ${this.#trouble}`));
    }, ANSWER_TIMEOUT_MS);
    this.#waiting.push(question);
    this.#wake();
    try {
      return await promise;
    } finally {
      question.over = true;
      clearTimeout(timer);
    }
  }

  /** Who waits is refused. */
  close(): void {
    this.#closed = true;
    for (const { fail } of this.#waiting.splice(0)) fail(new Error('the log is closed'));
  }

  /** What is asked in the same turn of the event loop goes into one question. */
  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #wakeLater(): void {
    setTimeout(() => this.#wake(), PAUSE_MS).unref();
  }

  #send(): void {
    this.#waiting = this.#waiting.filter(({ over }) => !over);
    if (this.#waiting.length === 0) return;
    const { state, at } = this.#watch.last ?? { state: undefined, at: 0 };
    if (state === undefined || performance.now() - at > MAX_TOPIC_AGE_MS) return void this.#look();
    const isAsked = ({ partition }: Question): boolean => {
      const leader = state.partitions[partition]?.leaderId ?? -1;
      return leader !== -1 && !this.#busy.has(leader);
    };
    const asked = Map.groupBy(this.#waiting.filter(isAsked), ({ partition }) => state.partitions[partition]?.leaderId);
    this.#waiting = this.#waiting.filter((question) => !isAsked(question));
    for (const [leader, questions] of asked) if (leader !== undefined) void this.#askLeader(leader, questions, state);
    this.#leaderless(state);
  }

  #leaderless(state: TopicState): void {
    const without = this.#waiting.find(({ partition }) => (state.partitions[partition]?.leaderId ?? -1) === -1);
    if (without === undefined) return;
    this.#trouble = `partition ${without.partition} of topic ${state.name} has no leader`;
    this.#watch.forget();
    this.#wakeLater();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { state } = await this.#watch.look(MAX_TOPIC_AGE_MS);
      if (state === undefined) {
        this.#trouble = `there is no topic ${this.#watch.name}`;
        this.#watch.forget();
        this.#wakeLater();
      } else this.#wake();
    } catch (error) {
      this.#trouble = reasonOf(error);
      this.#wakeLater();
    } finally {
      this.#looking = false;
    }
  }

  async #askLeader(leader: number, questions: readonly Question[], topic: TopicState): Promise<void> {
    this.#busy.add(leader);
    let left = questions;
    try {
      const connection = await this.#brokers.to(leader, 'requests');
      const told = await this.#ask(connection, topic, [...new Set(questions.map(({ partition }) => partition))]);
      for (const { partition, answer } of questions) {
        const endOffset = told.get(partition);
        if (endOffset !== undefined) answer({ logId: topic.id, endOffset });
      }
      left = questions.filter(({ partition }) => !told.has(partition));
      if (left.length > 0) this.#trouble = `broker ${leader} does not tell where partition ${left[0]?.partition} ends`;
    } catch (error) {
      this.#trouble = reasonOf(error);
    }
    this.#busy.delete(leader);
    if (this.#closed) return left.forEach(({ fail }) => fail(new Error('the log is closed')));
    if (left.length === 0) return this.#wake();
    this.#waiting.push(...left);
    this.#watch.forget();
    this.#wakeLater();
  }

  /** A question names the topic by its name. The broker answers in turn: if it still knows the id afterwards, it meant that topic. */
  async #ask(connection: Connection, topic: TopicState, partitions: readonly Partition[]): Promise<Told> {
    const [told, seen] = await Promise.all([
      endsAt(connection, topic, partitions),
      this.#brokers.topicSeenBy(connection, topic.name),
    ]);
    return seen?.uuid === topic.uuid ? told : new Map();
  }
}

async function endsAt(connection: Connection, topic: TopicState, partitions: readonly Partition[]): Promise<Told> {
  const asked = partitions.map((partitionIndex) => ({
    partitionIndex,
    // A broker that was the leader once, and has not heard that it isn't any more, is older than what we know.
    currentLeaderEpoch: topic.partitions[partitionIndex]?.leaderEpoch ?? -1,
    timestamp: ListOffsetTimestamps.LATEST,
  }));
  const question = [{ name: topic.name, partitions: asked }];
  const answer = await listOffsetsV8.api
    .async(connection, -1, FetchIsolationLevels.READ_UNCOMMITTED, question)
    .catch((error: unknown) => {
      const { response } = error as { response?: listOffsetsV8.ListOffsetsResponse };
      if (response === undefined) throw error;
      return response;
    });
  const told = answer.topics.flatMap((each) => each.partitions).filter(({ errorCode }) => errorCode === 0);
  return new Map(told.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]));
}

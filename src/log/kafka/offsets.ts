/** What the topic's partitions hold, asked of their leaders: each partition is answered, or has a problem, by itself. */
import {
  type Connection,
  FetchIsolationLevels,
  listOffsetsV9,
  ListOffsetTimestamps,
  offsetForLeaderEpochV4,
  protocolErrorsCodesById,
} from '@platformatic/kafka';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bounds, EpochEnd, LogRecord, Offset, Partition, PartitionBounds, PartitionProblem } from '../log.ts';
import type { Brokers, TopicState } from './connection.ts';
import { reasonOf } from './failure.ts';
import { readRecord } from './one-record.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A partition without an answer is asked again for so long, with this pause; then it has a problem. Milliseconds. */
const ASK_AGAIN_MS = 2000;
const PAUSE_MS = 200;
/** A leader that takes longer leaves its partitions without an answer; the others are not made to wait. Milliseconds. */
const ANSWER_WITHIN_MS = 4000;
/** Knowledge of who leads a partition may be so old; a leader that isn't any more says so. Milliseconds. */
const MAX_AGE_MS = 500;

type Answer = PartitionBounds | PartitionProblem;

/** The questions about a topic's offsets. */
export class Offsets {
  readonly #brokers: Brokers;
  readonly #watch: TopicWatch;
  /** Those that had no answer last time are not waited for again: everybody else would wait with them. */
  #troubled: ReadonlySet<Partition> = new Set();

  constructor(brokers: Brokers, watch: TopicWatch) {
    this.#brokers = brokers;
    this.#watch = watch;
  }

  /** As the port's `bounds`. Rejects where no broker answers, or there is no such topic. */
  async bounds(): Promise<Bounds> {
    const until = performance.now() + ASK_AGAIN_MS;
    const answers = new Map<Partition, Answer>();
    let asked: readonly Partition[] | undefined;
    do {
      if (asked !== undefined) {
        this.#watch.forget();
        await pause(PAUSE_MS);
      }
      const state = await this.#topic();
      asked = state.partitions.map((_, partition) => partition).filter((each) => isOpen(answers.get(each)));
      for (const [partition, answer] of await this.#ask(state, asked)) answers.set(partition, answer);
    } while (performance.now() < until && asked.some((each) => isOpen(answers.get(each)) && !this.#troubled.has(each)));
    const sorted = [...answers].sort(([one], [other]) => one - other);
    this.#troubled = new Set(sorted.filter(([, answer]) => 'problem' in answer).map(([partition]) => partition));
    return new Map(sorted);
  }

  /** The bounds of one partition. Rejects where it doesn't answer. */
  async boundsOf(partition: Partition): Promise<PartitionBounds> {
    return await this.#untilAnswered(async () => {
      const found = (await this.#ask(await this.#topic(), [partition])).get(partition);
      if (found === undefined || 'problem' in found) throw new Error(found?.problem ?? unknown(partition));
      return found;
    });
  }

  /** As the port's `epochEnd`. */
  async epochEnd(partition: Partition, leaderEpoch: number): Promise<EpochEnd | undefined> {
    this.#watch.heardOf(partition, leaderEpoch);
    return await this.#untilAnswered(async () => {
      const { name, partitions } = await this.#topic();
      const led = partitions[partition];
      if (led === undefined) throw new RangeError(unknown(partition));
      if (led.leaderId < 0) throw new Error(leaderless([partition]));
      const connection = await this.#brokers.to(led.leaderId, 'requests');
      const wanted = { partitionIndex: partition, currentLeaderEpoch: led.leaderEpoch, leaderEpoch };
      const answer = await offsetForLeaderEpochV4.api.async(connection, -1, [{ name, partitions: [wanted] }]);
      const found = answer.topics[0]?.partitions[0];
      if (found === undefined) throw new Error(leftOut(led.leaderId, partition));
      if (found.leaderEpoch >= 0) return { leaderEpoch: found.leaderEpoch, endOffset: Number(found.endOffset) };
      // The broker knows no epoch that is as high. One that leads by a lower one has lost the history that was read.
      if (led.leaderEpoch >= leaderEpoch) return undefined;
      return { leaderEpoch: led.leaderEpoch, endOffset: (await this.boundsOf(partition)).endOffset };
    });
  }

  /** As the port's `recordAt`. */
  async recordAt(partition: Partition, offset: Offset): Promise<LogRecord | undefined> {
    return await this.#untilAnswered(async () => {
      return await readRecord(this.#brokers, await this.#topic(), partition, offset);
    });
  }

  async #topic(): Promise<TopicState> {
    const { state } = await this.#watch.look(MAX_AGE_MS);
    if (state === undefined) throw new Error(`there is no topic ${this.#watch.name}`);
    return state;
  }

  async #untilAnswered<Result>(ask: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + ASK_AGAIN_MS;
    let failure: unknown;
    do {
      if (failure !== undefined) {
        this.#watch.forget();
        await pause(PAUSE_MS);
      }
      try {
        return await ask();
      } catch (error) {
        if (error instanceof RangeError) throw error;
        failure = error;
      }
    } while (performance.now() < until);
    throw failure;
  }

  /** One question to each leader. Never rejects. */
  async #ask(state: TopicState, partitions: readonly Partition[]): Promise<ReadonlyMap<Partition, Answer>> {
    const asking = [...byLeader(state, partitions)].map(async ([leader, led]) => {
      if (leader < 0) return led.map((partition) => [partition, { problem: leaderless(led) }] as const);
      try {
        return await within(ANSWER_WITHIN_MS, leader, boundsAt(this.#brokers, state, leader, led));
      } catch (error) {
        const problem = `${named(led)}: ${reasonOf(error)}`;
        return led.map((partition) => [partition, { problem }] as const);
      }
    });
    return new Map((await Promise.all(asking)).flat());
  }
}

const isOpen = (answer: Answer | undefined): boolean => answer === undefined || 'problem' in answer;
const named = (partitions: readonly Partition[]): string =>
  `${partitions.length === 1 ? 'partition' : 'partitions'} ${partitions.join(', ')}`;
const leaderless = (partitions: readonly Partition[]): string =>
  `${named(partitions)} ${partitions.length === 1 ? 'has' : 'have'} no leader`;
const unknown = (partition: Partition): string => `the log has no partition ${partition}`;
const leftOut = (broker: number, partition: Partition): string =>
  `broker ${broker} left partition ${partition} out of its answer`;

/** Three questions, answered in this order, so that none of the bounds is behind one that it can't be behind. */
async function boundsAt(
  brokers: Brokers,
  state: TopicState,
  leader: number,
  partitions: readonly Partition[],
): Promise<readonly (readonly [Partition, Answer])[]> {
  const connection = await brokers.to(leader, 'requests');
  const { READ_COMMITTED, READ_UNCOMMITTED } = FetchIsolationLevels;
  const [starts, stables, ends] = await Promise.all([
    ask(connection, state, partitions, ListOffsetTimestamps.EARLIEST, READ_UNCOMMITTED),
    ask(connection, state, partitions, ListOffsetTimestamps.LATEST, READ_COMMITTED),
    ask(connection, state, partitions, ListOffsetTimestamps.LATEST, READ_UNCOMMITTED),
  ]);
  return partitions.map((partition) => {
    const [start, stable, end] = [starts, stables, ends].map((found) => found.get(partition));
    for (const found of [start, stable, end]) {
      if (found === undefined) return [partition, { problem: leftOut(leader, partition) }];
      if (found.code !== 0) return [partition, { problem: `partition ${partition}: ${nameOf(found.code)}` }];
    }
    const leaderEpoch = state.partitions[partition]?.leaderEpoch;
    return [
      partition,
      { startOffset: start!.offset, endOffset: end!.offset, stableEndOffset: stable!.offset, leaderEpoch },
    ];
  });
}

function nameOf(code: number): string {
  return protocolErrorsCodesById[code] ?? `error code ${code}`;
}

/** The leader's epoch goes with the question: a broker that leads no more, or not yet, doesn't answer from its own old copy. */
async function ask(
  connection: Connection,
  { name, partitions: led }: TopicState,
  partitions: readonly Partition[],
  timestamp: bigint,
  isolation: number,
): Promise<ReadonlyMap<Partition, { readonly code: number; readonly offset: Offset }>> {
  const asked = partitions.map((partitionIndex) => {
    const currentLeaderEpoch = led[partitionIndex]?.leaderEpoch ?? -1;
    return { partitionIndex, currentLeaderEpoch, timestamp };
  });
  const answer = await answered(listOffsetsV9.api.async(connection, -1, isolation, [{ name, partitions: asked }]));
  const found = answer.topics.flatMap((each) => each.partitions);
  return new Map(
    found.map(({ partitionIndex, errorCode: code, offset }) => [partitionIndex, { code, offset: Number(offset) }]),
  );
}

/** The answer also where it names errors: they are one partition's, and the library would throw the others away. */
async function answered<Answer>(asking: Promise<Answer>): Promise<Answer> {
  try {
    return await asking;
  } catch (error) {
    const { response } = error as { response?: Answer };
    if (response === undefined) throw error;
    return response;
  }
}

async function within<Result>(ms: number, broker: number, asking: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`broker ${broker} does not answer within ${ms / 1000} s`)), ms);
  return await Promise.race([asking, late]).finally(() => clearTimeout(timer));
}

function byLeader(state: TopicState, partitions: readonly Partition[]): ReadonlyMap<number, readonly Partition[]> {
  const leaders = new Map<number, Partition[]>();
  for (const partition of partitions) {
    const leader = state.partitions[partition]?.leaderId ?? -1;
    leaders.set(leader, [...(leaders.get(leader) ?? []), partition]);
  }
  return leaders;
}

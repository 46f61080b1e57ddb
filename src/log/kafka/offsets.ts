/** What the topic's partitions hold, asked of their leaders. */
import { type Connection, FetchIsolationLevels, ListOffsetTimestamps, listOffsetsV8 } from '@platformatic/kafka';
import { setTimeout as pause } from 'node:timers/promises';
import type { Offset, Partition, PartitionBounds } from '../log.ts';
import type { Brokers, TopicState } from './connection.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A leader that has just moved is asked for again; so often, with this pause. */
const ATTEMPTS = 10;
const PAUSE_MS = 200;
/** Knowledge of who leads a partition may be so old; a leader that isn't any more says so. */
const MAX_AGE_MS = 500;

/** The bounds of every partition. Rejects where a partition's leader doesn't answer, or there is no such topic. */
export async function readBounds(
  brokers: Brokers,
  watch: TopicWatch,
): Promise<ReadonlyMap<Partition, PartitionBounds>> {
  for (let attempt = 1; ; attempt++) {
    const { state } = await watch.look(MAX_AGE_MS);
    if (state === undefined) throw new Error(`there is no topic ${watch.name}`);
    try {
      const found = await Promise.all(
        [...byLeader(state)].map(([leader, led]) => boundsAt(brokers, state, leader, led)),
      );
      return new Map(found.flat().sort(([one], [other]) => one - other));
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      watch.forget();
      await pause(PAUSE_MS);
    }
  }
}

/** Three questions, answered in this order, so that none of the bounds is behind one that it can't be behind. */
async function boundsAt(
  brokers: Brokers,
  state: TopicState,
  leader: number,
  partitions: readonly Partition[],
): Promise<readonly (readonly [Partition, PartitionBounds])[]> {
  const connection = await brokers.to(leader, 'requests');
  const { READ_COMMITTED, READ_UNCOMMITTED } = FetchIsolationLevels;
  const [starts, stables, ends] = await Promise.all([
    ask(connection, state.name, partitions, ListOffsetTimestamps.EARLIEST, READ_UNCOMMITTED),
    ask(connection, state.name, partitions, ListOffsetTimestamps.LATEST, READ_COMMITTED),
    ask(connection, state.name, partitions, ListOffsetTimestamps.LATEST, READ_UNCOMMITTED),
  ]);
  return partitions.map((partition) => {
    const [startOffset, stableEndOffset, endOffset] = [starts, stables, ends].map((found) => found.get(partition));
    if (startOffset === undefined || stableEndOffset === undefined || endOffset === undefined) {
      throw new Error(`broker ${leader} left partition ${partition} out of its answer`);
    }
    return [partition, { startOffset, endOffset, stableEndOffset }];
  });
}

async function ask(
  connection: Connection,
  topic: string,
  partitions: readonly Partition[],
  timestamp: bigint,
  isolation: number,
): Promise<ReadonlyMap<Partition, Offset>> {
  const asked = partitions.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
  const answer = await listOffsetsV8.api.async(connection, -1, isolation, [{ name: topic, partitions: asked }]);
  const found = answer.topics.flatMap((each) => each.partitions);
  return new Map(found.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]));
}

function byLeader(state: TopicState): ReadonlyMap<number, readonly Partition[]> {
  const leaders = new Map<number, Partition[]>();
  for (const [partition, { leaderId }] of state.partitions.entries()) {
    leaders.set(leaderId, [...(leaders.get(leaderId) ?? []), partition]);
  }
  return leaders;
}

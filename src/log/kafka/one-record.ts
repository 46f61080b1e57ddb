/** One record of a partition, by its offset. */
import type { LogRecord, Offset, Partition } from '../log.ts';
import { AnswerMemory } from './answer-memory.ts';
import { committedBatches } from './committed.ts';
import type { Brokers, TopicState } from './connection.ts';
import { CODE } from './failure.ts';
import { fetchFrom } from './fetch-answer.ts';
import { BatchRecords, splitBatches } from './record-batches.ts';

/** The least that a broker takes: it sends a whole record batch all the same. */
const ONE_BATCH_BYTES = 1;

/** Asks the leader once; undefined where no committed record has this offset. Rejects where the leader doesn't answer. */
export async function readRecord(
  brokers: Brokers,
  state: TopicState,
  partition: Partition,
  offset: Offset,
): Promise<LogRecord | undefined> {
  const led = state.partitions[partition];
  if (led === undefined) throw new RangeError(`the log has no partition ${partition}`);
  if (led.leaderId < 0) throw new Error(`partition ${partition} has no leader`);
  const place = { partition, offset, maxBytes: ONE_BATCH_BYTES, leaderEpoch: led.leaderEpoch, fetchedEpoch: undefined };
  const request = { topicUuid: state.uuid, places: [place], waitMs: 0, maxBytes: ONE_BATCH_BYTES };
  const connection = await brokers.to(led.leaderId, 'requests');
  const answer = await fetchFrom(connection, request, new AnswerMemory());
  const own = answer.partitions[0];
  const code = own?.code ?? answer.code;
  if (code === CODE.OFFSET_OUT_OF_RANGE) return undefined;
  if (own === undefined || code !== 0) throw new Error(`broker ${led.leaderId} answered with error code ${code}`);
  const [batch] = committedBatches(splitBatches(own.records), own.aborted, own.stableEndOffset).batches;
  return batch === undefined ? undefined : recordIn(batch, partition, offset);
}

function recordIn(
  batch: ConstructorParameters<typeof BatchRecords>[0],
  partition: Partition,
  offset: Offset,
): LogRecord | undefined {
  const records = new BatchRecords(batch, partition);
  let record = records.next();
  while (record !== undefined && record.offset < offset) record = records.next();
  return record?.offset === offset ? record : undefined;
}

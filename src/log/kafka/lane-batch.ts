/** What a lane sends: batches of records that wait, and fences. Pure. */
import { ownKey } from '../../core/own-keys.ts';
import type { NewRecord } from '../log.ts';
import { encodeBatch, type ProducerStamp } from './batch-encoding.ts';
import type { Call } from './call.ts';
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
  /** A fence has none: its record is nobody's. */
  readonly parts: readonly Part[];
  readonly encoded: Buffer;
  readonly firstSequence: number;
  readonly isFence: boolean;
  /** The greatest time of its records. */
  readonly maxTimestamp: number;
}

/** What a lane needs around it. */
export interface LaneSurroundings {
  /** Called for each part that leaves the lane, whatever became of it. */
  readonly left: (part: Part) => void;
  /** Until when an attempt at a record of this time may land, by the brokers' clocks; undefined: no bound is known. */
  readonly landsUntil: (timestamp: number) => number | undefined;
  /** The time of a fence. Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

/** What still fits into a request. */
export interface Room {
  readonly records: number;
  readonly bytes: number;
  /** The request holds nothing yet: one record fits, whatever its size. */
  readonly empty: boolean;
}

export function batchOf(topic: LaneTopic, partition: number, parts: readonly Part[], stamp: ProducerStamp): LaneBatch {
  const records = parts.map(({ record }) => record);
  const { firstSequence } = stamp;
  const maxTimestamp = Math.max(...records.map(({ timestamp }) => timestamp));
  return { topic, partition, parts, encoded: encodeBatch(records, stamp), firstSequence, isFence: false, maxTimestamp };
}

/**
 * One record of nobody's under an epoch that is higher than all that the producer has used in the partition. A leader that
 * has it takes nothing with a lower epoch any more, also after a restart or on another broker. It carries the time of
 * sending: the broker forgets a producer whose last batch has an old time. Its value is null, so compaction removes it.
 */
export function fenceOf(topic: LaneTopic, partition: number, stamp: ProducerStamp, timestamp: number): LaneBatch {
  const record: NewRecord = { partition, key: ownKey(stamp.producerId), value: null, headers: {}, timestamp };
  const encoded = encodeBatch([record], stamp);
  return {
    topic,
    partition,
    parts: [],
    encoded,
    firstSequence: stamp.firstSequence,
    isFence: true,
    maxTimestamp: timestamp,
  };
}

export function fits(batch: LaneBatch, room: Room): boolean {
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

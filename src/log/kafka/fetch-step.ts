/** What a reader does with an answer to a fetch. Pure. */
import type { EpochEnd, PartitionBounds } from '../log.ts';
import { committedBatches } from './committed.ts';
import { CODE } from './failure.ts';
import type { PartitionAnswer } from './fetch-answer.ts';
import { Portions } from './portions.ts';
import { splitBatches } from './record-batches.ts';

/** Where a reader stands. */
export interface Place {
  readonly partition: number;
  /** The next batch begins here. */
  readonly next: number;
  /** Fetched from here: past `next` only where reading from 0 begins at a log that starts later. */
  readonly at: number;
  /** The leader epoch of the last batch below `next`; undefined: not known. */
  readonly leaderEpoch: number | undefined;
  /** The stable end up to which the last answer held nothing at all; undefined: it didn't say so. */
  readonly emptyUpTo: number | undefined;
}

export type Step =
  | { readonly kind: 'hand-out'; readonly portions: Portions }
  /** Fetch again from the same place; `urgent`: there is more, and the answer had no room for it, or it may be a gap. */
  | { readonly kind: 'look-again'; readonly urgent: boolean; readonly emptyUpTo: number | undefined }
  /** The place isn't in the log, or the leader doesn't know the epoch before it: find out which, by the log's bounds. */
  | { readonly kind: 'find-bounds' }
  /** The leader's history is another one than what was read. */
  | { readonly kind: 'diverged'; readonly end: EpochEnd }
  /** Look up who leads the partition, and whether the topic is still the same one. */
  | { readonly kind: 'look-up'; readonly code: number }
  | { readonly kind: 'reject'; readonly reason: string };

/** Codes that no second try mends: the topic may not be read, the request or its version is not understood. */
const HOPELESS: ReadonlySet<number> = new Set([29, 35, 42]);

/** Throws CorruptBatch. */
export function stepAfter(place: Place, answer: PartitionAnswer, complete: boolean): Step {
  const { next, at } = place;
  if (answer.code === CODE.OFFSET_OUT_OF_RANGE) return { kind: 'find-bounds' };
  if (HOPELESS.has(answer.code)) return { kind: 'reject', reason: `Kafka refuses it with error code ${answer.code}` };
  if (answer.code !== 0) return { kind: 'look-up', code: answer.code };
  if (answer.divergence !== undefined) return { kind: 'diverged', end: answer.divergence };
  const { batches, nextOffset, leaderEpoch } = committedBatches(
    splitBatches(answer.records),
    answer.aborted,
    answer.stableEndOffset,
  );
  if (nextOffset !== undefined && nextOffset > at) {
    return { kind: 'hand-out', portions: new Portions(place.partition, next, batches, nextOffset, leaderEpoch) };
  }
  return afterNothing(place, answer, complete);
}

/**
 * Nothing was in the answer. Below the stable end that means a gap that compaction left, which reading passes: but only
 * where no limit of size was the reason, and where a second look says the same, for a gap passed wrongly loses records. Of
 * which epoch the records in the gap were isn't known any more.
 */
function afterNothing(place: Place, answer: PartitionAnswer, complete: boolean): Step {
  const { partition, next, at, emptyUpTo } = place;
  const { stableEndOffset, records } = answer;
  const empty = complete && records.length === 0;
  if (stableEndOffset > at) {
    if (!empty) return { kind: 'look-again', urgent: true, emptyUpTo: undefined };
    if (emptyUpTo === undefined) return { kind: 'look-again', urgent: true, emptyUpTo: stableEndOffset };
    return { kind: 'hand-out', portions: new Portions(partition, next, [], emptyUpTo, undefined) };
  }
  // The log starts later than 0, and holds nothing: the reader has come to its end all the same.
  if (at > next && stableEndOffset === at) {
    return { kind: 'hand-out', portions: new Portions(partition, next, [], at, undefined) };
  }
  return { kind: 'look-again', urgent: false, emptyUpTo: undefined };
}

/**
 * Where a reader goes on whose place was out of the leader's range. `begin`: at the first record that is kept. `removed`: what
 * it has not read yet is gone. `ahead`: it has read what the log doesn't hold. `in-range`: the place is there after all, so it
 * is the epoch before it that the leader doesn't know, or the log has moved meanwhile.
 */
export type OutOfRange =
  | { readonly kind: 'begin'; readonly at: number }
  | { readonly kind: 'removed' }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'in-range' };

/** What an answer that the place is out of range means, by the bounds asked after it. */
export function outOfRange({ next }: Place, { startOffset, endOffset }: PartitionBounds): OutOfRange {
  if (next === 0 && startOffset > 0) return { kind: 'begin', at: startOffset };
  if (next < startOffset) return { kind: 'removed' };
  return next > endOffset ? { kind: 'ahead' } : { kind: 'in-range' };
}

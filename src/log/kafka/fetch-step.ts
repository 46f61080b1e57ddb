/** What a reader does with an answer to a fetch. Pure. */
import { committedBatches } from './committed.ts';
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
  /** The stable end up to which the last answer held nothing at all; undefined: it didn't say so. */
  readonly emptyUpTo: number | undefined;
}

export type Step =
  | { readonly kind: 'hand-out'; readonly portions: Portions }
  /** Fetch again from the same place; `urgent`: there is more, and the answer had no room for it, or it may be a gap. */
  | { readonly kind: 'look-again'; readonly urgent: boolean; readonly emptyUpTo: number | undefined }
  /** The log begins later: find out where. */
  | { readonly kind: 'find-start' }
  /** Look up who leads the partition, and whether the topic is still the same one. */
  | { readonly kind: 'look-up'; readonly code: number }
  | { readonly kind: 'reject'; readonly reason: string };

const OFFSET_OUT_OF_RANGE = 1;
/** Codes that no second try mends: the topic may not be read, the request or its version is not understood. */
const HOPELESS: ReadonlySet<number> = new Set([29, 35, 42]);

/** Throws CorruptBatch. */
export function stepAfter(place: Place, answer: PartitionAnswer, complete: boolean): Step {
  const { next, at } = place;
  if (answer.code === OFFSET_OUT_OF_RANGE) {
    if (next === 0) return { kind: 'find-start' };
    return { kind: 'reject', reason: `offset ${next} is not in the log (any more)` };
  }
  if (HOPELESS.has(answer.code)) return { kind: 'reject', reason: `Kafka refuses it with error code ${answer.code}` };
  if (answer.code !== 0) return { kind: 'look-up', code: answer.code };
  const { batches, nextOffset } = committedBatches(
    splitBatches(answer.records),
    answer.aborted,
    answer.stableEndOffset,
  );
  if (nextOffset !== undefined && nextOffset > at) {
    return { kind: 'hand-out', portions: new Portions(place.partition, next, batches, nextOffset) };
  }
  return afterNothing(place, answer, complete);
}

/**
 * Nothing was in the answer. Below the stable end that means a gap that compaction left, which reading passes: but only
 * where no limit of size was the reason, and where a second look says the same, for a gap passed wrongly loses records.
 */
function afterNothing(place: Place, answer: PartitionAnswer, complete: boolean): Step {
  const { partition, next, at, emptyUpTo } = place;
  const { stableEndOffset, records } = answer;
  const empty = complete && records.length === 0;
  if (stableEndOffset > at) {
    if (!empty) return { kind: 'look-again', urgent: true, emptyUpTo: undefined };
    if (emptyUpTo === undefined) return { kind: 'look-again', urgent: true, emptyUpTo: stableEndOffset };
    return { kind: 'hand-out', portions: new Portions(partition, next, [], emptyUpTo) };
  }
  // The log starts later than 0, and holds nothing: the reader has come to its end all the same.
  if (at > next && stableEndOffset === at) {
    return { kind: 'hand-out', portions: new Portions(partition, next, [], at) };
  }
  return { kind: 'look-again', urgent: false, emptyUpTo: undefined };
}

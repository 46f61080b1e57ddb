/**
 * The decisions of the worker, without its sockets and timers (docs/spec.md, "The worker's states"). Pure.
 */
import { counts } from '../doubts.ts';
import type { LogDescription } from '../log/log.ts';
import type {
  ApplyOutcome,
  Claim,
  PartitionState as StoredState,
  Seam,
  ViewDescription,
  ViewUpdate,
} from '../view/view.ts';

/** Where a partition of the log ended at a moment. Milliseconds. */
export interface SeenEnd {
  readonly at: number;
  readonly endOffset: number;
}

/** A partition as the worker that has claimed it knows it. */
export interface Claimed {
  readonly generation: string;
  readonly epoch: number;
  readonly checkpoint: number;
  /** The endOffset captured when the partition was claimed. */
  readonly target: number;
  /** The view's own mark: whether this generation has ever been complete here. */
  readonly live: boolean;
  /** A moment from which on no tombstone can have been missed: the log's end was reached, or nothing was read before. */
  readonly caughtUpAt: number;
  /** An end of the log that the checkpoint has yet to pass: once it has, caughtUpAt is its moment. */
  readonly seenEnd: SeenEnd | undefined;
  /** The caughtUpAt that the view holds; undefined: none of this claim yet. */
  readonly notedAt: number | undefined;
  /** What the log said of the last record before the checkpoint; undefined: not known. */
  readonly seam: Seam | undefined;
}

/** How often caughtUpAt is stored in the view. Milliseconds. */
const NOTE_EVERY_MS = 30_000;

/** How far the clocks of two workers may be apart, at most a tenth of the retention of tombstones. Milliseconds. */
const CLOCKS_DIFFER_MS = 300_000;

/**
 * What follows an apply. `go-on`: with the next batch. `reread`: from the state's checkpoint. `reclaim`: claim again, if
 * still a member. `rebuild`: find the generation anew.
 */
export type Step =
  | { readonly kind: 'go-on'; readonly state: Claimed }
  | { readonly kind: 'reread'; readonly state: Claimed }
  | { readonly kind: 'reclaim' }
  | { readonly kind: 'rebuild' };

/** Whether the partition has passed the endOffset captured at its assignment (I5). */
export function isCaughtUp(state: Claimed): boolean {
  return state.checkpoint >= state.target;
}

/** Whether an update up to `nextOffset` is to set the view's live mark. */
export function becomesLive(state: Claimed, nextOffset: number): boolean {
  return !state.live && nextOffset >= state.target;
}

/**
 * The state of a fresh claim. `before`: the log's end as it was seen before the claim, when the view was found to fit;
 * `now`: after the claim.
 */
export function claimedState(claim: Claim & { kind: 'claimed' }, before: SeenEnd, now: SeenEnd): Claimed {
  const { generation, epoch, checkpoint, live, seam } = claim;
  // At checkpoint 0 nothing of the log has been read, so no delete can have been missed so far.
  const caughtUpAt = claim.caughtUpAt === undefined || checkpoint === 0 ? now.at : claim.caughtUpAt;
  const target = now.endOffset;
  const state = { generation, epoch, checkpoint, target, live, caughtUpAt, seenEnd: before, notedAt: undefined, seam };
  // After a long pause without writes nothing was missed: the log's end has been reached all the time.
  return afterLook(state, now);
}

/** The state after an apply of records, by its outcome. */
export function afterApply(state: Claimed, update: ViewUpdate, outcome: ApplyOutcome): Step {
  switch (outcome.kind) {
    case 'applied': {
      const seam = update.seam ?? (update.nextOffset > update.fromOffset ? undefined : state.seam);
      return { kind: 'go-on', state: { ...afterMark(state, update), checkpoint: update.nextOffset, seam } };
    }
    case 'moved':
      // Back: the view is an older one, and its marks are too; what this claim believes of it is out of date.
      if (outcome.checkpoint < state.checkpoint) return { kind: 'rebuild' };
      return { kind: 'reread', state: { ...state, checkpoint: outcome.checkpoint, seam: undefined } };
    case 'fenced':
      return { kind: 'reclaim' };
    case 'gone':
      return { kind: 'rebuild' };
  }
}

/** The state once an update that merely sets marks was applied; records may be on their way meanwhile. */
export function afterMark(state: Claimed, { live, caughtUpAt }: ViewUpdate): Claimed {
  return { ...state, live: state.live || live, notedAt: caughtUpAt ?? state.notedAt };
}

/**
 * The state after a look at the log's end. What lies behind an end that was seen was appended later; so once the
 * checkpoint has passed that end, no delete from before that moment is unread. Under steady load too the moment moves on.
 */
export function afterLook(state: Claimed, seen: SeenEnd): Claimed {
  const then = notAfter(state, seen.at);
  if (then.checkpoint >= seen.endOffset) return { ...then, caughtUpAt: seen.at, seenEnd: undefined };
  if (then.seenEnd === undefined) return { ...then, seenEnd: seen };
  if (then.checkpoint >= then.seenEnd.endOffset) return { ...then, caughtUpAt: then.seenEnd.at, seenEnd: seen };
  return then;
}

/** The state without moments that are still to come: where the clock was set back, tombstones age by the new time. */
export function notAfter(state: Claimed, now: number): Claimed {
  const { caughtUpAt, seenEnd } = state;
  if (caughtUpAt <= now && (seenEnd === undefined || seenEnd.at <= now)) return state;
  return {
    ...state,
    caughtUpAt: Math.min(caughtUpAt, now),
    seenEnd: seenEnd && { ...seenEnd, at: Math.min(seenEnd.at, now) },
  };
}

/** The caughtUpAt that the view should be told now; undefined: what it holds will do. */
export function noteDue({ caughtUpAt, notedAt }: Claimed): number | undefined {
  const due = notedAt === undefined || caughtUpAt < notedAt || caughtUpAt - notedAt >= NOTE_EVERY_MS;
  return due ? caughtUpAt : undefined;
}

/** Whether the claim still holds. `checkpoint` is where the partition stood when the look at the view began. */
export function isStillOurs(state: Claimed, partition: number, checkpoint: number, view: ViewDescription): boolean {
  const stored = view.partitions.get(partition);
  if (stored === undefined || view.generation?.id !== state.generation) return false;
  // A view that is to be built anew, or that a person decides about, is kept no further.
  if (view.doubt !== undefined && counts(view.doubt)) return false;
  return stored.epoch === state.epoch && stored.checkpoint >= checkpoint;
}

/**
 * Whether records older than the retention of tombstones may still be unread: then a delete may have been compacted away
 * before it was seen, and the view could keep an entity for ever. A moment that is still to come was noted by a worker
 * whose clock is a little ahead; where it is far ahead, the clock was set back, and nobody knows how long ago it was. Where
 * the log doesn't say how long it keeps tombstones, nothing is assumed: an unknown time would make every look a reason to
 * build the view anew, and the new one would be judged the same.
 */
export function mayHaveMissedTombstones(caughtUpAt: number, now: number, log: LogDescription): boolean {
  const { deleteRetentionMs } = log;
  if (deleteRetentionMs === undefined) return false;
  const ahead = Math.min(CLOCKS_DIFFER_MS, deleteRetentionMs / 10);
  return caughtUpAt - now > ahead || now - caughtUpAt >= deleteRetentionMs - ahead;
}

/** Whether deletes may have been missed in a partition with unread records. */
export function isExpired(stored: StoredState, now: number, log: LogDescription): boolean {
  return stored.caughtUpAt !== undefined && mayHaveMissedTombstones(stored.caughtUpAt, now, log);
}

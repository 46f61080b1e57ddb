/**
 * The decisions of the worker, without its sockets and timers (docs/spec.md, "The worker's states"). Pure.
 */
import type { LogDescription, PartitionBounds } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { ApplyOutcome, PartitionState as StoredState, ViewDescription } from '../view/view.ts';

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
}

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

/** The state after an apply that went up to `nextOffset`, by its outcome. */
export function afterApply(state: Claimed, nextOffset: number, outcome: ApplyOutcome): Step {
  switch (outcome.kind) {
    case 'applied':
      return {
        kind: 'go-on',
        state: { ...state, checkpoint: nextOffset, live: state.live || becomesLive(state, nextOffset) },
      };
    case 'moved':
      return { kind: 'reread', state: { ...state, checkpoint: outcome.checkpoint } };
    case 'fenced':
      return { kind: 'reclaim' };
    case 'gone':
      return { kind: 'rebuild' };
  }
}

/**
 * Whether records older than the retention of tombstones may still be unread: then a delete may have been compacted away
 * before it was seen, and the view could keep an entity for ever.
 */
export function mayHaveMissedTombstones(caughtUpAt: number, now: number, log: LogDescription): boolean {
  return now - caughtUpAt > log.deleteRetentionMs;
}

/**
 * Why the view can't be the view of this log, in words for the operator; undefined where it can be. Every reason is mended
 * by a new generation.
 */
export function generationProblem(
  model: Model,
  log: LogDescription,
  bounds: ReadonlyMap<number, PartitionBounds>,
  view: ViewDescription,
  now: number,
): string | undefined {
  const { generation } = view;
  if (generation === undefined) return 'there is no view yet';
  if (generation.logId !== log.id) return 'the view is of another log';
  if (generation.fingerprint !== model.fingerprint) return "the model's definition has changed";
  if (generation.partitions !== log.partitions) return 'the number of partitions has changed';
  for (const [partition, { startOffset, endOffset }] of bounds) {
    const stored = view.partitions.get(partition);
    if (stored === undefined) return `the view lacks partition ${partition}`;
    if (stored.checkpoint > endOffset) return `the view is ahead of the log's end in partition ${partition}`;
    if (stored.checkpoint < startOffset)
      return `the log no longer holds what the view has not seen in partition ${partition}`;
    if (stored.checkpoint < endOffset && isExpired(stored, now, log))
      return `deletes may have been missed in partition ${partition}`;
  }
  return undefined;
}

function isExpired(stored: StoredState, now: number, log: LogDescription): boolean {
  return stored.caughtUpAt !== undefined && mayHaveMissedTombstones(stored.caughtUpAt, now, log);
}

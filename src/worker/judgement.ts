/**
 * What a worker makes of the view that it finds: whether it fits the log and the model, must be begun anew, is another worker's,
 * or is to be doubted. Pure: what was asked of log and view comes in.
 */
import { counts, doubtEntry, isHeld } from '../doubts.ts';
import { heldText } from '../status/held-text.ts';
import { answeredBounds, type Bounds, type LogDescription } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { OWNER_LIVES_MS, type GenerationIdentity, type PartitionState, type ViewDescription } from '../view/view.ts';
import { isExpired } from './partition-state.ts';

/** Why a generation is begun: the words that rebuilds are counted by, beside the reasons of src/doubts.ts. */
export type BeginReason = 'NO_VIEW' | 'ANOTHER_LOG' | 'ANOTHER_DEFINITION' | 'PARTITION_MISSING' | 'DELETES_MISSED';

/**
 * `fits`: claim. `begin`: a generation is to be begun; `confirm`: only once it is found again some time later, since one look
 * can be that of a broker which is behind. `sighting`: a doubt to be latched. `doubtful`: the stored doubt counts, and a rebuild
 * ends it. `held`: it counts, and a person ends it. `stand-by`: the view is another worker's.
 */
export type Verdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'begin'; readonly reason: BeginReason; readonly text: string; readonly confirm: boolean }
  | { readonly kind: 'sighting'; readonly reason: string; readonly evidence: string }
  | { readonly kind: 'doubtful'; readonly reason: string; readonly text: string }
  | { readonly kind: 'held'; readonly text: string }
  | { readonly kind: 'stand-by'; readonly text: string };

/** What a judgement is made of. */
export interface Found {
  readonly model: Model;
  /** This worker's name: its own claims keep it from nothing. */
  readonly owner: string;
  readonly log: LogDescription;
  readonly bounds: Bounds;
  readonly view: ViewDescription;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The judgement of what was found. A lost record comes before whatever else would drop the view: it may be the last copy. */
export function judge(found: Found): Verdict {
  const { model, log, view } = found;
  const { generation, doubt } = view;
  if (generation === undefined) return begin('NO_VIEW', 'there is no view yet');
  const newer = standsByFor(model, view);
  if (newer !== undefined) return { kind: 'stand-by', text: newer };
  // Also where the log was made anew since: what is held may be the last copy.
  if (isHeld(doubt)) return { kind: 'held', text: heldText(view) };
  if (generation.logId !== log.id)
    return anothers(found, generation) ?? begin('ANOTHER_LOG', 'the view is of another log');
  const loss = lossIn(found, generation);
  if (loss !== undefined) return loss;
  if (generation.fingerprint !== model.fingerprint || generation.partitions !== log.partitions)
    return anothers(found, generation) ?? begin('ANOTHER_DEFINITION', definitionText(found, generation));
  if (doubt !== undefined && counts(doubt)) {
    const { title } = doubtEntry(doubt.reason);
    return { kind: 'doubtful', reason: doubt.reason, text: `${title} (${doubt.evidence})` };
  }
  return missing(found) ?? { kind: 'fits' };
}

function begin(reason: BeginReason, text: string, confirm = false): Verdict {
  return { kind: 'begin', reason, text, confirm };
}

function definitionText({ log }: Found, { partitions }: GenerationIdentity): string {
  if (partitions !== log.partitions) return 'the number of partitions has changed';
  return "the model's definition has changed";
}

/**
 * Why a worker of this model leaves the view alone: it was built for a newer version of the model, so this worker is the
 * older one of two that run side by side, and they must not rebuild in turns. Undefined where it doesn't.
 */
export function standsByFor(model: Model, { generation }: ViewDescription): string | undefined {
  if (generation === undefined || generation.modelVersion <= model.version) return undefined;
  const versions = `version ${generation.modelVersion}, this worker has version ${model.version}`;
  return `the view belongs to a newer definition of the model (${versions}): start the newer kmodel here, or delete the view`;
}

/** Another worker keeps the view for another log, or by another definition that is not older: this one stands by. */
function anothers({ model, owner, log, view }: Found, generation: GenerationIdentity): Verdict | undefined {
  const isOtherLog = generation.logId !== log.id;
  if (!isOtherLog && model.version > generation.modelVersion) return undefined;
  const live = [...view.partitions.values()].find(({ owner: each }) => each !== undefined && isLive(each, owner));
  if (live === undefined) return undefined;
  const name = live.owner!.name;
  const text = isOtherLog
    ? `the live worker ${name} keeps this view for another log (${generation.logId}, this worker's is ${log.id}): ` +
      'give each cluster its own :redis {:prefix …}, or stop that worker'
    : `the live worker ${name} keeps this view by another definition of the same version ` +
      `(${generation.fingerprint.slice(0, 8)}, this worker's is ${model.fingerprint.slice(0, 8)}): ` +
      "raise the model's version to take over, or stop that worker";
  return { kind: 'stand-by', text };
}

function isLive({ name, seenMsAgo }: { name: string; seenMsAgo: number }, owner: string): boolean {
  return name !== owner && seenMsAgo < OWNER_LIVES_MS;
}

/** Records that the view was built from, or has yet to see, and that the log has lost. */
function lossIn({ bounds, view }: Found, { starts = {} }: GenerationIdentity): Verdict | undefined {
  for (const [partition, { startOffset, endOffset }] of answeredBounds(bounds)) {
    const checkpoint = view.partitions.get(partition)?.checkpoint ?? 0;
    if (checkpoint > endOffset) {
      const evidence = `partition ${partition}: expected an end of ${checkpoint} or more, found ${endOffset}`;
      return { kind: 'sighting', reason: 'LOG_SHORTER', evidence };
    }
    // At checkpoint 0 nothing was read yet: whatever was removed before is in no view.
    if (checkpoint > 0 && startOffset > (starts[partition] ?? 0)) {
      const evidence = `partition ${partition}: expected records from ${starts[partition] ?? 0} on, found that the log begins at ${startOffset}`;
      return { kind: 'sighting', reason: 'RECORDS_REMOVED', evidence };
    }
  }
  return undefined;
}

function missing({ log, bounds, view, now }: Found): Verdict | undefined {
  for (const [partition, { endOffset }] of answeredBounds(bounds)) {
    const stored: PartitionState | undefined = view.partitions.get(partition);
    if (stored === undefined) return begin('PARTITION_MISSING', `the view lacks partition ${partition}`, true);
    if (stored.checkpoint < endOffset && isExpired(stored, now, log))
      return begin('DELETES_MISSED', `deletes may have been missed in partition ${partition}`, true);
  }
  return undefined;
}

/** `kmodel rebuild`: a new generation because a person asks for it. */
import { isHeld } from '../doubts.ts';
import { laterStarts, type Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { heldText } from '../status/held-text.ts';
import type { GenerationIdentity, View, ViewDescription } from '../view/view.ts';

/** What was asked for can't be done; `message` says why, and what to do. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface RebuildOptions {
  /** The view is held, and what only it has may be dropped. */
  readonly acceptLoss: boolean;
}

export interface Rebuilt {
  readonly generation: string;
  /** How many entities the former generation had; undefined: there was none, or they are not counted. */
  readonly dropped: number | undefined;
}

/**
 * Begins a new generation; running workers build it. Throws Refused where the view is held and the loss isn't accepted, where the
 * log isn't fit, or the view is another definition's or another log's.
 */
export async function rebuild(model: Model, log: Log, view: View, { acceptLoss }: RebuildOptions): Promise<Rebuilt> {
  const found = await view.describe();
  const held = isHeld(found.doubt);
  if (held && !acceptLoss) throw new Refused(heldText(found));
  const generation = await beginByHand(model, log, view, { newIncarnation: held, why: 'kmodel rebuild' });
  return { generation, dropped: found.entities };
}

/** The generation that is held. Throws Refused where there is none. */
export async function heldGeneration(
  model: Model,
  log: Log,
  view: View,
): Promise<GenerationIdentity & { readonly id: string }> {
  const found = await view.describe();
  const { generation, doubt } = found;
  if (generation === undefined || !isHeld(doubt))
    throw new Refused('expected a view that is held, found one that is not: the log lacks nothing that the view has');
  await refuseStrangers(model, log, found);
  return generation;
}

/** Begins it in place of what is there. The history of automatic rebuilds ends here: a person has looked. */
export async function beginByHand(
  model: Model,
  log: Log,
  view: View,
  { newIncarnation, why }: { readonly newIncarnation: boolean; readonly why: string },
): Promise<string> {
  const [found, description, bounds] = await Promise.all([view.describe(), log.describe(), log.bounds()]);
  if (description.unfit !== undefined) throw new Refused(description.unfit);
  // A held view of a log that was made anew since is dropped too, once the loss is accepted.
  if (!newIncarnation || found.generation?.logId === description.id) await refuseStrangers(model, log, found);
  const isSame = found.generation?.logId === description.id;
  const former = isSame ? (found.generation?.incarnation ?? 0) : 0;
  const identity = {
    logId: description.id,
    fingerprint: model.fingerprint,
    modelVersion: model.version,
    partitions: description.partitions,
    incarnation: former + (newIncarnation && isSame ? 1 : 0),
    rebuilds: [],
    starts: laterStarts(bounds),
  };
  const generation = await view.begin(identity, found.generation?.id);
  const now = await view.describe();
  if (now.generation?.id !== generation || generation === found.generation?.id)
    throw new Refused(
      `somebody else began a generation at the same moment; look at kmodel status, then run ${why} again`,
    );
  return generation;
}

async function refuseStrangers(model: Model, log: Log, { generation }: ViewDescription): Promise<void> {
  if (generation === undefined) return;
  const { id } = await log.describe();
  if (generation.logId !== id)
    throw new Refused(
      `expected a view of the log ${id}, found one of ${generation.logId}: a worker of this log builds its own`,
    );
  if (generation.fingerprint !== model.fingerprint)
    throw new Refused(
      `expected a view by the definition ${model.fingerprint.slice(0, 8)} (version ${model.version}), found one by ` +
        `${generation.fingerprint.slice(0, 8)} (version ${generation.modelVersion}): run this with the app that the workers run`,
    );
}

/** Finds the generation that the worker keeps, and begins a new one where the view can't be the view of this log. */
import type { Logger } from 'pino';
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { View } from '../view/view.ts';
import { generationProblem, standsByFor } from './partition-state.ts';
import { lookAt, type Look } from './watch.ts';

export interface Generations {
  /** Makes sure that a fitting generation is there; answers the look at the log that this was judged by. */
  ensure(): Promise<Look>;
  /** Begins a new generation, for `reason`, unless `generation` has been replaced already. */
  replace(generation: string, reason: string): Promise<void>;
}

export function makeGenerations(model: Model, log: Log, view: View, now: () => number, logger: Logger): Generations {
  let running: Promise<unknown> | undefined;

  async function begin(replaced: string | undefined, reason: string): Promise<void> {
    const { id: logId, partitions, unfit } = await log.describe();
    if (unfit !== undefined) throw new Error(unfit);
    const { fingerprint, version: modelVersion } = model;
    const generation = await view.begin({ logId, fingerprint, modelVersion, partitions }, replaced);
    logger.info({ model: model.name, generation, reason }, 'the view is built from the start of the log');
  }

  async function check(): Promise<Look> {
    // The view first: other workers go on meanwhile, and a checkpoint seen after the log's end could be ahead of it.
    const found = await view.describe();
    const [description, look] = await Promise.all([log.describe(), lookAt(log, now)]);
    // From a log that deletes, or whose keys lie in other partitions, no view may be judged, let alone begun.
    if (description.unfit !== undefined) throw new Error(description.unfit);
    const newer = standsByFor(model, found);
    if (newer !== undefined) throw new Error(newer);
    const problem = generationProblem(model, description, look.bounds, found, look.at);
    if (problem !== undefined) await begin(found.generation?.id, problem);
    return look;
  }

  async function checkAndReplace(generation: string, reason: string): Promise<void> {
    const found = await view.describe();
    if (found.generation?.id === generation) await begin(generation, reason);
  }

  /** One at a time: the loops of all partitions come here together when a generation is gone. */
  function alone<T>(step: () => Promise<T>): Promise<T> {
    const former = running ?? Promise.resolve();
    const mine = former.catch(() => undefined).then(step);
    running = mine;
    return mine;
  }

  return {
    ensure: () => alone(check),
    replace: (generation, reason) => alone(() => checkAndReplace(generation, reason)),
  };
}

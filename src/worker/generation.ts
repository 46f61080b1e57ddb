/**
 * Finds the generation that the worker keeps: begins a new one where the view can't be the view of this log, at a pace; notes
 * doubts; and leaves alone what is another worker's or a person's matter.
 */
import type { Logger } from 'pino';
import { doubtEntry, doubtPermission, isHeld, isKnownDoubt, type Permission } from '../doubts.ts';
import { answeredBounds, laterStarts, type Log, type LogDescription } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { heldText } from '../status/held-text.ts';
import type { Recorder } from '../status/recorder.ts';
import type { GenerationIdentity, Rebuild, View, ViewDescription } from '../view/view.ts';
import { judge, type Verdict } from './judgement.ts';
import { beginPermission, mergeRebuilds } from './pace.ts';
import { divergence, isProven } from './seam.ts';
import { lookAt, type Look } from './watch.ts';

export interface Generations {
  /**
   * Makes sure that a fitting generation is there; answers the look at the log that this was judged by. Rejects where there is
   * none to claim: StandBy where another worker keeps it, else with what is waited for.
   */
  ensure(): Promise<Look>;
  /** Begins nothing: rejects with StandBy where another worker keeps the view, and with others where log or view don't answer. */
  look(): Promise<void>;
  /** Begins a new generation, for `reason`, unless `generation` has been replaced already, or once the pace allows it. */
  replace(generation: string, reason: string): Promise<void>;
  /** One sighting of a reason to doubt the generation. */
  sight(generation: string, reason: string, evidence: string): Promise<void>;
}

/** Another worker keeps the view, for another log or by another definition. `message` is one line. */
export class StandBy extends Error {
  override readonly name = 'StandBy';
}

/** Something must be waited for; `message` is one line. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

export interface GenerationsOptions {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  /** This worker's name. */
  readonly owner: string;
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A reason that must be confirmed is found again so much later at least. Milliseconds. */
const CONFIRM_AFTER_MS = 2_000;
/** After so long it is another sighting. Milliseconds. */
const CONFIRM_WITHIN_MS = 60_000;

export function makeGenerations(options: GenerationsOptions): Generations {
  const finder = new Finder(options);
  let running: Promise<unknown> | undefined;

  /** One at a time: the loops of all partitions come here together when a generation is gone. */
  function alone<T>(step: () => Promise<T>): Promise<T> {
    const former = running ?? Promise.resolve();
    const mine = former.catch(() => undefined).then(step);
    running = mine;
    return mine;
  }

  return {
    ensure: () => alone(() => finder.ensure()),
    look: () => alone(() => finder.look()),
    replace: (generation, reason) => alone(() => finder.replace(generation, reason)),
    sight: (generation, reason, evidence) => alone(() => finder.sight(generation, reason, evidence)),
  };
}

class Finder {
  readonly #options: GenerationsOptions;
  /** What this process began: the view forgets it where it is emptied. */
  #begun: readonly Rebuild[] = [];
  /** The last incarnation that was seen of a log, for the same reason. */
  #incarnation: { readonly logId: string; readonly number: number } | undefined;
  #suspected: { readonly text: string; readonly at: number } | undefined;
  #clearSince: { readonly reason: string; readonly at: number } | undefined;

  constructor(options: GenerationsOptions) {
    this.#options = options;
  }

  async ensure(): Promise<Look> {
    const { verdict, found, log, look } = await this.#judge();
    await this.#follow(verdict, found, log, look);
    return look;
  }

  async look(): Promise<void> {
    const { verdict } = await this.#judge();
    if (verdict.kind === 'stand-by') return this.#standBy(verdict.text);
  }

  async #judge(): Promise<{ verdict: Verdict; found: ViewDescription; log: LogDescription; look: Look }> {
    const { log, view, now, model, owner } = this.#options;
    // The view first: other workers go on meanwhile, and a checkpoint seen after the log's end could be ahead of it.
    const found = await view.describe();
    const [description, look] = await Promise.all([log.describe(), lookAt(log, now)]);
    this.#remember(found);
    const verdict = judge({ model, owner, log: description, bounds: look.bounds, view: found, now: look.at });
    return { verdict, found, log: description, look };
  }

  /** Those who keep the view are told, so that people find both sides. */
  async #standBy(text: string): Promise<never> {
    const { view, owner } = this.#options;
    await view.standBy(owner, text).catch(() => undefined);
    throw new StandBy(text);
  }

  async replace(generation: string, text: string): Promise<void> {
    const { view, log, now } = this.#options;
    const found = await view.describe();
    if (found.generation?.id !== generation) return;
    if (isHeld(found.doubt)) throw new NotYet(heldText(found));
    const [description, look] = await Promise.all([log.describe(), lookAt(log, now)]);
    await this.#keepLastCopy(found, description);
    await this.#begin('DELETES_MISSED', text, found, description, look);
  }

  async sight(generation: string, reason: string, evidence: string): Promise<void> {
    const { view, logger, model } = this.#options;
    const doubt = await view.latch(generation, reason, evidence);
    if (doubt === undefined) return;
    logger.error({ model: model.name, generation, reason, evidence, seen: doubt.seen }, 'the view is doubted');
  }

  #remember({ generation }: ViewDescription): void {
    if (generation?.incarnation === undefined) return;
    this.#incarnation = { logId: generation.logId, number: generation.incarnation };
  }

  async #follow(verdict: Verdict, found: ViewDescription, log: LogDescription, look: Look): Promise<void> {
    if (verdict.kind !== 'begin' || !verdict.confirm) this.#suspected = undefined;
    if (verdict.kind !== 'held') this.#clearSince = undefined;
    switch (verdict.kind) {
      case 'fits':
        return;
      case 'stand-by':
        return this.#standBy(verdict.text);
      case 'held':
        return this.#held(verdict.text, found, log, look);
      case 'sighting':
        await this.sight(found.generation!.id, verdict.reason, verdict.evidence);
        throw new NotYet(`${doubtEntry(verdict.reason).title} (${verdict.evidence}): looked at again`);
      case 'doubtful':
        await this.#keepLastCopy(found, log);
        return this.#begin(verdict.reason, verdict.text, found, log, look);
      case 'begin':
        if (verdict.confirm) this.#confirm(verdict.text, performance.now());
        if (found.generation?.logId === log.id) await this.#keepLastCopy(found, log);
        return this.#begin(verdict.reason, verdict.text, found, log, look);
    }
  }

  /** Throws until the reason is found for the second time, some time after the first. */
  #confirm(text: string, at: number): void {
    const before = this.#suspected;
    const isSame = before?.text === text && at - before.at <= CONFIRM_WITHIN_MS;
    if (isSame && at - before.at >= CONFIRM_AFTER_MS) return;
    if (!isSame) this.#suspected = { text, at };
    throw new NotYet(`${text}: looked at again before the view is built anew`);
  }

  /** Before a generation is dropped: throws where the log has lost what it was built from, since it may be the last copy. */
  async #keepLastCopy({ generation, partitions }: ViewDescription, { id }: LogDescription): Promise<void> {
    if (generation === undefined || generation.logId !== id) return;
    for (const [partition, { checkpoint, seam }] of partitions) {
      const evidence = seam && (await divergence(this.#options.log, partition, checkpoint, seam));
      if (evidence === undefined) continue;
      await this.sight(generation.id, 'LOG_DIVERGED', evidence);
      throw new NotYet(`the log has lost records (${evidence}): looked at again`);
    }
  }

  /** A hold ends by itself once its cause is gone: found so twice, some time apart. */
  async #held(text: string, found: ViewDescription, log: LogDescription, look: Look): Promise<void> {
    const { view, logger, model, owner } = this.#options;
    const { generation, doubt } = found;
    const reason = doubt?.reason ?? '';
    const { doubt: _, ...plain } = found;
    const verdict = judge({ model, owner, log, bounds: look.bounds, view: plain, now: look.at });
    // What can't be asked about can't be found to be gone: a partition that doesn't answer, and a newer version's reason.
    const canTell = isKnownDoubt(reason) && answeredBounds(look.bounds).size >= log.partitions;
    const isThisLog = generation?.logId === log.id;
    const isClear = canTell && isThisLog && verdict.kind !== 'sighting' && (await this.#holdsAll(found));
    if (!isClear || generation === undefined) {
      this.#clearSince = undefined;
      throw new NotYet(text);
    }
    const at = performance.now();
    if (this.#clearSince?.reason !== reason) this.#clearSince = { reason, at };
    if (at - this.#clearSince.at < CONFIRM_AFTER_MS) throw new NotYet(text);
    await view.release(generation.id, reason);
    logger.warn(
      { model: model.name, reason },
      'the log holds again what the view was built from: the view is no longer held',
    );
    if (isHeld((await view.describe()).doubt)) throw new NotYet(text);
  }

  /** Whether the log is proven to hold what each partition was built from. */
  async #holdsAll({ partitions }: ViewDescription): Promise<boolean> {
    const { log } = this.#options;
    for (const [partition, { checkpoint, seam }] of partitions) {
      if (checkpoint === 0) continue;
      if (seam === undefined || !(await isProven(log, partition, seam))) return false;
      if ((await divergence(log, partition, checkpoint, seam)) !== undefined) return false;
    }
    return true;
  }

  async #begin(reason: string, text: string, found: ViewDescription, log: LogDescription, look: Look): Promise<void> {
    const { view, logger, model, recorder } = this.#options;
    if (log.unfit !== undefined) throw new NotYet(log.unfit);
    const rebuilds = mergeRebuilds(found.generation?.rebuilds ?? [], this.#begun);
    // Not the worker's clock, by which tombstones age: this is about the time between two generations.
    const at = Date.now();
    this.#refuse(reason, text, rebuilds, at);
    const begun = { reason, at };
    const identity = this.#identity(log, look, [...rebuilds, begun]);
    this.#begun = mergeRebuilds(this.#begun, [begun]);
    const generation = await view.begin(identity, found.generation?.id);
    recorder.generation(model.name, reason);
    logger.info({ model: model.name, generation, reason, why: text }, 'the view is built from the start of the log');
  }

  /** Throws where the pace doesn't allow the generation yet. */
  #refuse(reason: string, text: string, rebuilds: readonly Rebuild[], now: number): void {
    const permissions: Permission[] = [beginPermission(rebuilds, now)];
    if (isKnownDoubt(reason)) permissions.push(doubtPermission(rebuilds, reason, now));
    for (const permission of permissions) {
      if (permission.kind === 'person')
        throw new NotYet(`${text}: it was built anew for this twice already; find the cause, then run kmodel rebuild`);
      if (permission.kind === 'later')
        throw new NotYet(
          `${text}: it is built anew in ${Math.ceil((permission.at - now) / 1000)} s; kmodel rebuild does it now`,
        );
    }
  }

  #identity(log: LogDescription, look: Look, rebuilds: readonly Rebuild[]): GenerationIdentity {
    const { model } = this.#options;
    const known = this.#incarnation?.logId === log.id ? this.#incarnation.number : undefined;
    return {
      logId: log.id,
      fingerprint: model.fingerprint,
      modelVersion: model.version,
      partitions: log.partitions,
      ...(known === undefined ? {} : { incarnation: known }),
      rebuilds,
      starts: laterStarts(look.bounds),
    };
  }
}

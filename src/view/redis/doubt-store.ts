/**
 * The doubts of a generation, in the root and in this process: a failover can lose what was stored, and a process that has
 * seen a doubt never serves that generation again.
 */
import { afterSighting, mergeDoubts, refusing, worstOf } from '../../doubts.ts';
import { KmodelError } from '../../errors.ts';
import type { StoredDoubt } from '../view.ts';
import { doubtsOf } from './described.ts';
import type { Commands } from './dropping.ts';
import { DOUBT } from './generation-scripts.ts';
import { rootKey, type ViewNames } from './layout.ts';

/** Others may note sightings meanwhile; so many in a row mean that something is wrong. */
const MOST_TRIES = 20;

type Doubts = readonly StoredDoubt[];

export class DoubtStore {
  readonly #commands: Commands;
  readonly #names: ViewNames;
  /** Of the last generation that was doubted here. */
  #known: { readonly generation: string; readonly doubts: Doubts } | undefined;

  constructor(commands: Commands, names: ViewNames) {
    this.#commands = commands;
    this.#names = names;
  }

  /** The doubt that keeps this process from serving the generation. */
  refusal(generation: string): StoredDoubt | undefined {
    return refusing(this.#of(generation));
  }

  /** Doubts were read with the generation. Answers the worst of these and of what is known here. */
  see(generation: string, stored: Doubts): StoredDoubt | undefined {
    const doubts = mergeDoubts(stored, this.#of(generation));
    if (doubts.length > 0) this.#known = { generation, doubts };
    return worstOf(doubts);
  }

  /** View.latch. Where it can't be stored this process knows it all the same. */
  async latch(generation: string, reason: string, evidence: string): Promise<StoredDoubt | undefined> {
    const at = Date.now();
    const former = this.#of(generation);
    this.#known = { generation, doubts: afterSighting(former, reason, evidence, at) };
    const doubts = await this.#change(generation, (stored) =>
      afterSighting(mergeDoubts(stored, former), reason, evidence, at),
    );
    return doubts === undefined ? undefined : this.see(generation, doubts);
  }

  /** View.release. */
  async release(generation: string, reason: string): Promise<void> {
    const others = (doubts: Doubts): Doubts => doubts.filter((doubt) => doubt.reason !== reason);
    if (this.#known?.generation === generation) this.#known = { generation, doubts: others(this.#known.doubts) };
    await this.#change(generation, others);
  }

  /** What counts in this process and was lost by the server is stored again. */
  async restore(generation: string, stored: Doubts): Promise<void> {
    const isLost = refusing(stored) === undefined && this.refusal(generation) !== undefined;
    if (isLost) await this.#change(generation, (found) => mergeDoubts(found, this.#of(generation)));
  }

  #of(generation: string): Doubts {
    return this.#known?.generation === generation ? this.#known.doubts : [];
  }

  /** Answers what is stored afterwards; undefined where the generation is gone. */
  async #change(generation: string, next: (stored: Doubts) => Doubts): Promise<Doubts | undefined> {
    const key = rootKey(this.#names);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const [found, text] = (await this.#commands.send(['HMGET', key, 'generation', 'doubts'])) as (string | null)[];
      if (found !== generation) return undefined;
      const doubts = next(doubtsOf(text));
      const written = doubts.length === 0 ? '' : JSON.stringify(doubts);
      if (written === (text ?? '')) return doubts;
      const refuses = refusing(doubts) === undefined ? '' : '1';
      const done = await this.#commands.run(DOUBT, [key], [generation, text ?? '', written, refuses]);
      if (done === -1) return undefined;
      if (done === 1) return doubts;
    }
    throw new KmodelError('VIEW_UNAVAILABLE', 'the doubts of the view change faster than they can be noted');
  }
}

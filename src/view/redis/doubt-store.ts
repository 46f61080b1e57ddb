/**
 * The doubts of a generation, in the root and in this process: a failover can lose what was stored, and a process that has
 * seen a doubt never serves that generation again, unless it was released.
 */
import { afterSighting, counts, type DoubtReason, mergeDoubts, refusing, worstOf } from '../../doubts.ts';
import { KmodelError } from '../../errors.ts';
import type { StoredDoubt } from '../view.ts';
import { doubtsOf } from './described.ts';
import type { Commands } from './dropping.ts';
import { DOUBT } from './generation-scripts.ts';
import { rootKey, type ViewNames } from './layout.ts';

/** Others may note sightings meanwhile; so many in a row mean that something is wrong. */
const MOST_TRIES = 20;
/** What this process found itself is stored once in so long: a thousand reads may meet it in a second. Milliseconds. */
const STORED_EVERY_MS = 500;

type Doubts = readonly StoredDoubt[];

/** What this process knows. `releases` is stored beside, and tells doubts that were released from those that were lost. */
interface Known {
  readonly generation: string;
  readonly doubts: Doubts;
  readonly releases: number;
}

export class DoubtStore {
  readonly #commands: Commands;
  readonly #names: ViewNames;
  /** Of the last generation that was doubted here. */
  #known: Known = { generation: '', doubts: [], releases: 0 };
  /** By generation and reason: many reads may meet one contradiction at once. */
  readonly #sighting = new Map<string, Promise<unknown>>();

  constructor(commands: Commands, names: ViewNames) {
    this.#commands = commands;
    this.#names = names;
  }

  /** The doubt that keeps this process from serving the generation. */
  refusal(generation: string): StoredDoubt | undefined {
    return refusing(this.#of(generation).doubts);
  }

  /** The worst that is known of the generation, whether it counts yet or not. */
  worst(generation: string): StoredDoubt | undefined {
    return worstOf(this.#of(generation).doubts);
  }

  /** All that is known of the generation. */
  all(generation: string): Doubts {
    return this.#of(generation).doubts;
  }

  /** Doubts were read with the generation. */
  see(generation: string, stored: Doubts, releases: number): void {
    const doubts = this.#joined(generation, stored, releases);
    if (doubts.length === 0 && this.#known.generation !== generation) return;
    this.#known = { generation, doubts, releases };
  }

  /** View.latch. Where it can't be stored this process knows it all the same. */
  async latch(generation: string, reason: string, evidence: string): Promise<StoredDoubt | undefined> {
    const at = Date.now();
    const after = (doubts: Doubts): Doubts => afterSighting(doubts, reason, evidence, at);
    try {
      return (await this.#change(generation, after)) ? this.worst(generation) : undefined;
    } catch (error) {
      const known = this.#of(generation);
      this.#known = { ...known, doubts: after(known.doubts) };
      throw error;
    }
  }

  /** A sighting by this process itself: answers the doubt of that reason. Never rejects: what can't be stored is known here. */
  async sight(generation: string, reason: DoubtReason, evidence: string): Promise<StoredDoubt> {
    const ofReason = (): StoredDoubt | undefined =>
      this.#of(generation).doubts.find((doubt) => doubt.reason === reason);
    const known = ofReason();
    if (known !== undefined && (counts(known) || Date.now() - known.lastAt < STORED_EVERY_MS)) return known;
    const name = `${generation} ${reason}`;
    const underWay = this.#sighting.get(name) ?? this.latch(generation, reason, evidence).catch(() => undefined);
    this.#sighting.set(name, underWay);
    await underWay;
    this.#sighting.delete(name);
    const at = Date.now();
    return ofReason() ?? { reason, evidence, seen: 1, firstAt: at, lastAt: at };
  }

  /** View.release. */
  async release(generation: string, reason: string): Promise<void> {
    await this.#change(generation, (doubts) => doubts.filter((doubt) => doubt.reason !== reason), 'is a release');
  }

  /** What counts in this process and was lost by the server is stored again. */
  async restore(generation: string, stored: Doubts): Promise<void> {
    const isLost = refusing(stored) === undefined && this.refusal(generation) !== undefined;
    if (isLost) await this.#change(generation, (doubts) => doubts);
  }

  /** What is stored and what is known; only the former where something was released since. */
  #joined(generation: string, stored: Doubts, releases: number): Doubts {
    const known = this.#of(generation);
    return releases > known.releases ? stored : mergeDoubts(stored, known.doubts);
  }

  #of(generation: string): Known {
    return this.#known.generation === generation ? this.#known : { generation, doubts: [], releases: 0 };
  }

  /** Changes what is stored, and then what is known; false: the generation is gone. */
  async #change(generation: string, next: (doubts: Doubts) => Doubts, release?: 'is a release'): Promise<boolean> {
    const key = rootKey(this.#names);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const fields = ['generation', 'doubts', 'releases'];
      const reply = (await this.#commands.send(['HMGET', key, ...fields])) as (string | null)[];
      const [found, text, releases] = reply;
      if (found !== generation) return false;
      const doubts = next(this.#joined(generation, doubtsOf(text), Number(releases ?? 0)));
      const written = doubts.length === 0 ? '' : JSON.stringify(doubts);
      const refuses = refusing(doubts) === undefined ? '' : '1';
      const args = [generation, text ?? '', written, refuses, release === undefined ? '' : '1'];
      const done = await this.#commands.run(DOUBT, [key], args);
      if (done === -1) return false;
      if (done === 1) {
        this.see(generation, doubts, Number(releases ?? 0) + (release === undefined ? 0 : 1));
        return true;
      }
    }
    throw new KmodelError('VIEW_UNAVAILABLE', 'the doubts of the view change faster than they can be noted');
  }
}

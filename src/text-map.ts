/**
 * A map by texts that are new each time, as those of a replay are. V8's own Map enters each such text into the table of all
 * texts of the process first, and that costs several times as much as what the map itself does.
 */
import { randomInt } from 'node:crypto';

/** Nobody can know it, so nobody can make texts that all meet in one place. */
const SEED = randomInt(2 ** 31);
const M = 0x5bd1e995;
const FEW = 32;

/** Goes through its entries in the order in which their texts came first. */
export class TextMap<Value> {
  readonly #texts: string[] = [];
  readonly #values: Value[] = [];
  /** By hash, open addressing: 1 + where text and value stand; 0: nobody. A power of two, at least half of it empty. */
  #places: Int32Array;

  /** `expected`: so many texts it may hold before it has to grow. */
  constructor(expected = FEW) {
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(2 * Math.max(expected, FEW))));
  }

  get size(): number {
    return this.#texts.length;
  }

  get(text: string): Value | undefined {
    const found = this.#places[this.#placeOf(text)]!;
    return found === 0 ? undefined : this.#values[found - 1];
  }

  set(text: string, value: Value): void {
    const place = this.#placeOf(text);
    const found = this.#places[place]!;
    if (found !== 0) {
      this.#values[found - 1] = value;
      return;
    }
    this.#values.push(value);
    this.#places[place] = this.#texts.push(text);
    if (2 * this.#texts.length > this.#places.length) this.#grow();
  }

  values(): readonly Value[] {
    return this.#values;
  }

  /** Where the text stands, or would stand. */
  #placeOf(text: string): number {
    const places = this.#places;
    const mask = places.length - 1;
    for (let place = hashOf(text) & mask; ; place = (place + 1) & mask) {
      const found = places[place]!;
      if (found === 0 || this.#texts[found - 1] === text) return place;
    }
  }

  #grow(): void {
    this.#places = new Int32Array(4 * this.#places.length);
    for (const [at, text] of this.#texts.entries()) this.#places[this.#placeOf(text)] = at + 1;
  }
}

function hashOf(text: string): number {
  const { length } = text;
  let hash = SEED;
  let at = 0;
  // Each step waits for the one before it, so two units are taken at once.
  for (; at + 2 <= length; at += 2) hash = mixed(hash, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
  return at < length ? mixed(hash, text.charCodeAt(at)) : hash;
}

function mixed(hash: number, units: number): number {
  const product = Math.imul(hash ^ units, M);
  return product ^ (product >>> 15);
}

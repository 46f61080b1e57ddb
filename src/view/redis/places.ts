/**
 * Places: the sets in which the entities of an update stand, by what they have. Entities share them, so each is made once and
 * known for a while: making it costs ten times as much as finding it.
 */
import { TextMap } from '../../text-map.ts';
import type { PutOperation } from '../view.ts';
import type { IndexEntries } from './index-entries.ts';
import { filterOf, filterSet, prefixSet, termSet } from './layout.ts';
import { textInRow } from './row.ts';
import { hasOwnSet, isWord, prefixOf } from './terms-layout.ts';

/** One of them; there are no two for one set, as long as nobody forgets. */
export interface Place {
  /** The end of the set's key. */
  readonly set: string;
  /** The same in UTF-8. */
  readonly bytes: Uint8Array;
}

export interface FilterPlace extends Place {
  /** How a row names it. */
  readonly inRow: Uint8Array;
}

/** The set of a term that stands among the words. */
export interface WordPlace extends Place {
  readonly word: string;
}

export interface TermPlaces {
  readonly word: WordPlace | undefined;
  /** All others. */
  readonly sets: readonly Place[];
}

/** If more filter values, prefixes and terms are known, all are forgotten before the next update. */
const MOST_KNOWN = 50_000;

class Known {
  /** By name, then by value. */
  readonly filters = new Map<string, TextMap<FilterPlace>>();
  readonly prefixes = new TextMap<Place>();
  readonly terms = new TextMap<TermPlaces>();

  get size(): number {
    let size = this.prefixes.size + this.terms.size;
    for (const values of this.filters.values()) size += values.size;
    return size;
  }
}

let known = new Known();

/** To be called where no place is in use that is to be compared with others. */
export function forgetPlaces(): void {
  if (known.size > MOST_KNOWN) known = new Known();
}

/** The places of the filters' values. */
export function filterPlaces(filters: PutOperation['filters']): readonly FilterPlace[] {
  const places: FilterPlace[] = [];
  for (const name in filters) {
    for (const value of filters[name] ?? []) places.push(filterPlace(name, value));
  }
  return places;
}

function filterPlace(name: string, value: string): FilterPlace {
  let ofName = known.filters.get(name);
  if (ofName === undefined) known.filters.set(name, (ofName = new TextMap()));
  const found = ofName.get(value);
  if (found !== undefined) return found;
  const set = filterSet(name, value);
  const place = { ...makePlace(set), inRow: Buffer.from(textInRow(set)) };
  ofName.set(value, place);
  return place;
}

export function termPlaces(term: string): TermPlaces {
  const found = known.terms.get(term);
  if (found !== undefined) return found;
  const sets: Place[] = [];
  const prefix = prefixOf(term);
  if (prefix !== undefined) sets.push(prefixPlace(prefix));
  const isOfWords = isWord(term);
  if (!isOfWords && hasOwnSet(term)) sets.push(makePlace(termSet(term)));
  const places = { word: isOfWords ? { ...makePlace(termSet(term)), word: term } : undefined, sets };
  known.terms.set(term, places);
  return places;
}

function prefixPlace(prefix: string): Place {
  const found = known.prefixes.get(prefix);
  if (found !== undefined) return found;
  const place = makePlace(prefixSet(prefix));
  known.prefixes.set(prefix, place);
  return place;
}

function makePlace(set: string): Place {
  return { set, bytes: Buffer.from(set) };
}

/** The places of what is stored of an entity. */
export function storedPlaces({ sets, terms }: IndexEntries): Places {
  const places = new Places();
  for (const { name, value } of sets.map(filterOf)) places.sets.add(filterPlace(name, value));
  places.addTerms(terms);
  return places;
}

/** The places in which an entity stands. */
export class Places {
  readonly sets = new Set<Place>();
  readonly words = new Set<WordPlace>();

  addTerms(terms: readonly string[]): void {
    for (const term of terms) {
      const { word, sets } = termPlaces(term);
      if (word !== undefined) this.words.add(word);
      for (const set of sets) this.sets.add(set);
    }
  }
}

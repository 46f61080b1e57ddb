/** Which sets of filters and terms the entities of an update leave and enter. Pure. */
import type { Operation, PutOperation } from '../view.ts';
import { packTerms, storedEntries } from './index-entries.ts';
import {
  type FilterPlace,
  filterPlaces,
  forgetPlaces,
  type Place,
  Places,
  storedPlaces,
  termPlaces,
  type WordPlace,
} from './places.ts';
import { setsOfHead } from './row.ts';

/** What happens to one set: the operations' indexes, of entities that leave and of those that enter. */
export interface SetChange<Of extends Place = Place> {
  readonly place: Of;
  readonly leave: number[];
  readonly enter: number[];
}

export interface SetChanges {
  /** Each set once. No entity both leaves and enters a set. */
  readonly sets: readonly SetChange[];
  /** The same for terms that stand among the words. */
  readonly words: readonly SetChange<WordPlace>[];
  /** Per put, in their order, the filter sets that its row is to name. */
  readonly rows: readonly (readonly FilterPlace[])[];
  /** Per operation the packed terms that are to be stored; empty: nothing. Undefined: nothing is there, nor to be. */
  readonly packed: readonly (string | undefined)[];
}

/** What is stored of an operation's id: the head of its row, and what is packed beside it. Empty: nothing. */
export interface Stored {
  readonly head: string;
  readonly packed: string;
}

/** What changes, given what is stored of the operations' ids, by their place among them. */
export function changesOf(operations: readonly Operation[], stored: ReadonlyMap<number, Stored>): SetChanges {
  forgetPlaces();
  const sets = new Changes<Place>();
  const words = new Changes<WordPlace>();
  const rows: (readonly FilterPlace[])[] = [];
  const packed: (string | undefined)[] = [];
  for (let at = 0; at < operations.length; at += 1) {
    const operation = operations[at]!;
    const former = stored.get(at);
    const put = operation.kind === 'put' ? operation : undefined;
    const filters = put === undefined ? [] : filterPlaces(put.filters);
    const terms = put === undefined ? '' : packTerms(put.terms);
    if (put !== undefined) rows.push(filters);
    packed.push(terms === '' && (former?.packed ?? '') === '' ? undefined : terms);
    if (former === undefined) {
      if (put !== undefined) enterAll(at, put, filters, sets, words);
    } else if (former.packed !== terms || !namesSame(former.head, filters)) {
      const before = storedPlaces(storedEntries(former.head, former.packed));
      const after = new Places();
      for (const place of filters) after.sets.add(place);
      if (put !== undefined) after.addTerms(put.terms);
      sets.move(at, before.sets, after.sets);
      words.move(at, before.words, after.words);
    }
  }
  return { sets: sets.all, words: words.all, rows, packed };
}

/** The entity had nothing. */
function enterAll(
  at: number,
  { terms }: PutOperation,
  filters: readonly FilterPlace[],
  sets: Changes<Place>,
  words: Changes<WordPlace>,
): void {
  for (const place of filters) sets.of(place).enter.push(at);
  for (const term of terms) {
    const places = termPlaces(term);
    if (places.word !== undefined) words.of(places.word).enter.push(at);
    for (const place of places.sets) {
      const { enter } = sets.of(place);
      // Terms of one entity share prefixes.
      if (enter.at(-1) !== at) enter.push(at);
    }
  }
}

function namesSame(head: string, filters: readonly FilterPlace[]): boolean {
  const names = head === '' ? [] : setsOfHead(head).sets;
  return names.length === filters.length && names.every((name, at) => name === filters[at]?.set);
}

class Changes<Of extends Place> {
  readonly all: SetChange<Of>[] = [];
  readonly #byPlace = new Map<Of, SetChange<Of>>();

  of(place: Of): SetChange<Of> {
    let found = this.#byPlace.get(place);
    if (found === undefined) {
      found = { place, leave: [], enter: [] };
      this.#byPlace.set(place, found);
      this.all.push(found);
    }
    return found;
  }

  /** What is in both stays as it is. */
  move(at: number, before: ReadonlySet<Of>, after: ReadonlySet<Of>): void {
    for (const place of before) if (!after.has(place)) this.of(place).leave.push(at);
    for (const place of after) if (!before.has(place)) this.of(place).enter.push(at);
  }
}

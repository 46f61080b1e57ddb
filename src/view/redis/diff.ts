/** Which sets of filters and terms the entities of an update leave and enter. Pure. */
import type { Operation, PutOperation } from '../view.ts';
import { type IndexEntries, packTerms, storedEntries } from './index-entries.ts';
import { filterSet, NO_SETS_TEXT, prefixSet, setsAt, setsText, termSet } from './layout.ts';
import { hasOwnSet, isWord, prefixOf } from './terms-layout.ts';

/** What happens to one set: the operations' indexes, of entities that leave and of those that enter. */
export interface SetChange {
  readonly leave: number[];
  readonly enter: number[];
}

export interface SetChanges {
  /** By the end of the set's key. No entity both leaves and enters a set. */
  readonly sets: ReadonlyMap<string, SetChange>;
  /** The same for terms that stand among the words, by the term. */
  readonly words: ReadonlyMap<string, SetChange>;
  /** Per put, in their order, the end of its row's head. */
  readonly texts: readonly string[];
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
  const changes = new Changes();
  const texts: string[] = [];
  const packed: (string | undefined)[] = [];
  for (const [at, operation] of operations.entries()) {
    const former = stored.get(at);
    const isPut = operation.kind === 'put';
    const after = isPut ? { text: setsText(operation.filters), packed: packTerms(operation.terms) } : NOTHING;
    if (isPut) texts.push(after.text);
    packed.push(after.packed === '' && (former?.packed ?? '') === '' ? undefined : after.packed);
    if (former === undefined) {
      if (isPut) changes.enterAll(at, operation);
    } else if (former.packed !== after.packed || textOf(former) !== after.text) {
      changes.replace(at, storedEntries(former.head, former.packed), isPut ? operation : undefined);
    }
  }
  return { sets: changes.sets, words: changes.words, texts, packed };
}

const NOTHING = { text: NO_SETS_TEXT, packed: '' };

function textOf({ head }: Stored): string {
  return head === '' ? NO_SETS_TEXT : head.slice(setsAt(head));
}

/** The ends of the keys of the sets that entries stand in; terms that stand among the words, by the term. */
export function placesOf(entries: IndexEntries): {
  readonly sets: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
} {
  const places = new Places();
  places.add(entries);
  return places;
}

class Changes {
  readonly sets = new Map<string, SetChange>();
  readonly words = new Map<string, SetChange>();
  /** By filter and value, and by term, what is in the two above: names needn't be made again for each entity. */
  readonly #filters = new Map<string, Map<string, SetChange>>();
  readonly #terms = new Map<string, readonly SetChange[]>();

  /** The entity had nothing. */
  enterAll(at: number, { filters, terms }: PutOperation): void {
    for (const name in filters) {
      for (const value of filters[name] ?? []) this.#filter(name, value).enter.push(at);
    }
    for (const term of terms) {
      for (const { enter } of this.#term(term)) {
        // Terms of one entity share prefixes.
        if (enter.at(-1) !== at) enter.push(at);
      }
    }
  }

  replace(at: number, stored: IndexEntries, after: PutOperation | undefined): void {
    const former = new Places();
    former.add(stored);
    const next = new Places();
    if (after !== undefined) next.add({ sets: filterSets(after), terms: after.terms });
    move(this.sets, at, former.sets, next.sets);
    move(this.words, at, former.words, next.words);
  }

  #filter(name: string, value: string): SetChange {
    let ofName = this.#filters.get(name);
    if (ofName === undefined) this.#filters.set(name, (ofName = new Map()));
    let found = ofName.get(value);
    if (found === undefined) ofName.set(value, (found = change(this.sets, filterSet(name, value))));
    return found;
  }

  #term(term: string): readonly SetChange[] {
    let found = this.#terms.get(term);
    if (found === undefined) {
      const { word, sets } = placesOfTerm(term);
      found = sets.map((set) => change(this.sets, set));
      if (word) found = [...found, change(this.words, term)];
      this.#terms.set(term, found);
    }
    return found;
  }
}

/** The sets that entries stand in. */
class Places {
  readonly sets = new Set<string>();
  readonly words = new Set<string>();

  add({ sets, terms }: IndexEntries): void {
    for (const set of sets) this.sets.add(set);
    for (const term of terms) {
      const places = placesOfTerm(term);
      if (places.word) this.words.add(term);
      for (const set of places.sets) this.sets.add(set);
    }
  }
}

function filterSets({ filters }: PutOperation): string[] {
  return Object.entries(filters).flatMap(([name, values]) => values.map((value) => filterSet(name, value)));
}

interface TermPlaces {
  readonly word: boolean;
  /** The ends of the keys of its sets, but for that of a word. */
  readonly sets: readonly string[];
}

/** Terms repeat, and looking up where one stands costs a tenth of finding it out. */
const known = new Map<string, TermPlaces>();
const MOST_KNOWN = 50_000;

function placesOfTerm(term: string): TermPlaces {
  const found = known.get(term);
  if (found !== undefined) return found;
  const word = isWord(term);
  const prefix = prefixOf(term);
  const sets = prefix === undefined ? [] : [prefixSet(prefix)];
  if (!word && hasOwnSet(term)) sets.push(termSet(term));
  const places = { word, sets };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(term, places);
  return places;
}

/** What is in both stays as it is. */
function move(
  changes: Map<string, SetChange>,
  at: number,
  former: ReadonlySet<string>,
  next: ReadonlySet<string>,
): void {
  for (const name of former) if (!next.has(name)) change(changes, name).leave.push(at);
  for (const name of next) if (!former.has(name)) change(changes, name).enter.push(at);
}

function change(changes: Map<string, SetChange>, name: string): SetChange {
  let found = changes.get(name);
  if (found === undefined) changes.set(name, (found = { leave: [], enter: [] }));
  return found;
}

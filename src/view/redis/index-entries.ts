/**
 * The index entries that an entity has, as the view stores them, so that a later put or delete takes out just what
 * changes. Pure.
 *
 * The filter sets that it stands in are in the head of its row (row.ts). Its terms are packed beside it (`:i`), with a
 * line break before and after each, so that a script finds one of them by a plain search; no term holds a line break.
 */
import { setsOfHead } from './row.ts';

export interface IndexEntries {
  /** The ends of the keys of its filter sets. */
  readonly sets: readonly string[];
  readonly terms: readonly string[];
}

/** Empty text: it has none, so nothing is to be stored. */
export function packTerms(terms: readonly string[]): string {
  return terms.length === 0 ? '' : `\n${terms.join('\n')}\n`;
}

/** `head`: of the entity's row, empty where there is none. `packed`: what is stored beside it, empty where nothing is. */
export function storedEntries(head: string, packed: string): IndexEntries {
  return { sets: head === '' ? [] : setsOfHead(head).sets, terms: unpackTerms(packed) };
}

function unpackTerms(text: string): readonly string[] {
  return text === '' ? [] : text.slice(1, -1).split('\n');
}

/**
 * The index entries that an entity has, as the view stores them, so that a later put or delete takes out just what
 * changes. Pure.
 *
 * The filter sets that it stands in are in the head of its row (layout.ts). Its terms are packed beside it (`:i`), with a
 * line break before and after each, so that a script finds one of them by a plain search; no term holds a line break or a
 * NUL. A NUL ends them where an apply failed midway (apply-script.ts): behind it stand the head and the terms that the
 * apply was about to store, and nothing for a delete.
 */
import { setsOfHead } from './layout.ts';

export interface IndexEntries {
  /** The ends of the keys of its filter sets. */
  readonly sets: readonly string[];
  readonly terms: readonly string[];
}

/**
 * `certain`: just these. `uncertain`: an apply failed midway, so that each entry of any of these may be there or not.
 */
export type StoredEntries =
  | { readonly kind: 'certain'; readonly entries: IndexEntries }
  | { readonly kind: 'uncertain'; readonly entries: readonly IndexEntries[] };

/** Empty text: it has none, so nothing is to be stored. */
export function packTerms(terms: readonly string[]): string {
  return terms.length === 0 ? '' : `\n${terms.join('\n')}\n`;
}

/** `head`: of the entity's row, empty where there is none. `packed`: what is stored beside it, empty where nothing is. */
export function storedEntries(head: string, packed: string): StoredEntries {
  const certain = { sets: head === '' ? [] : setsOfHead(head).sets, terms: unpackTerms(packed.split('\0', 1)[0] ?? '') };
  let at = packed.indexOf('\0');
  if (at < 0) return { kind: 'certain', entries: certain };
  const entries: IndexEntries[] = [certain];
  while (at < packed.length) {
    const noted = noteAt(packed, at + 1);
    if (noted.entries !== undefined) entries.push(noted.entries);
    at = noted.end;
  }
  return { kind: 'uncertain', entries };
}

/** What an apply that failed noted, and where the next note's NUL or the end is. */
function noteAt(packed: string, from: number): { readonly entries: IndexEntries | undefined; readonly end: number } {
  if (from === packed.length || packed[from] === '\0') return { entries: undefined, end: from };
  const { sets, end: termsFrom } = setsOfHead(packed, from);
  const next = packed.indexOf('\0', termsFrom);
  const end = next < 0 ? packed.length : next;
  return { entries: { sets, terms: unpackTerms(packed.slice(termsFrom, end)) }, end };
}

function unpackTerms(text: string): readonly string[] {
  return text === '' ? [] : text.slice(1, -1).split('\n');
}

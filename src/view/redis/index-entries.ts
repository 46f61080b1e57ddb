/**
 * The index entries that an entity has, as the view stores them beside it (`:i`), so that a later put or delete takes out
 * just what changes. Pure.
 *
 * Text: the JSON of the filters, which has no line break, then a line break before and after each term. So a
 * script finds a term in it by a plain search. Parts joined by NUL: an apply failed midway, see apply-script.ts.
 */
import type { PutOperation } from '../view.ts';

export interface IndexEntries {
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly terms: readonly string[];
}

/**
 * `certain`: just these. `uncertain`: an apply failed midway, so that each entry of any of these may be there or not.
 */
export type StoredEntries =
  | { readonly kind: 'certain'; readonly entries: IndexEntries }
  | { readonly kind: 'uncertain'; readonly entries: readonly IndexEntries[] };

/** Empty text: it has none, so nothing is to be stored. */
export function packEntries({ filters, terms }: PutOperation): string {
  let any = terms.length > 0;
  for (const name in filters) any ||= (filters[name]?.length ?? 0) > 0;
  if (!any) return '';
  const head = JSON.stringify(filters);
  return terms.length === 0 ? head : `${head}\n${terms.join('\n')}\n`;
}

export function unpackEntries(text: string): StoredEntries {
  if (!text.includes('\0')) return { kind: 'certain', entries: unpackOne(text) };
  const entries = text
    .split('\0')
    .filter((part) => part !== '')
    .map(unpackOne);
  return { kind: 'uncertain', entries };
}

function unpackOne(text: string): IndexEntries {
  const end = text.indexOf('\n');
  const filters = JSON.parse(end < 0 ? text : text.slice(0, end)) as IndexEntries['filters'];
  const terms = end < 0 ? [] : text.slice(end + 1, -1).split('\n');
  return { filters, terms };
}

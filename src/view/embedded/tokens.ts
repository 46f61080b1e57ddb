/** What stands in the full-text index of the embedded view: search terms as they are, and a token per filter value. */
import { hash } from 'node:crypto';
import type { SearchTerm } from '../view.ts';

/** The prefixes that format.ts has indexed have this many characters at most. */
const LONGEST_INDEXED_PREFIX = 3;

/** Filter values repeat (companies, places, tags), so their tokens are kept; this many at most, about 2 MB. */
const MAX_KEPT_TOKENS = 10_000;
const kept = new Map<string, string>();

/**
 * The token of a filter value: `_` and 128 bits of a hash over index and value, since a value may be any string and a
 * token may not. Over UTF-16, so that no two strings are taken for one.
 */
export function filterToken(index: string, value: string): string {
  const name = `${index}\u0000${value}`;
  const known = kept.get(name);
  if (known !== undefined) return known;
  const token = `_${hash('sha256', Buffer.from(name, 'utf16le'), 'hex').slice(0, 32)}`;
  if (name.length > 200) return token;
  if (kept.size >= MAX_KEPT_TOKENS) kept.clear();
  kept.set(name, token);
  return token;
}

/** An entity's text for the full-text index. */
export function entryText(terms: readonly string[], filters: Readonly<Record<string, readonly string[]>>): string {
  let text = terms.join(' ');
  for (const [index, values] of Object.entries(filters)) {
    for (const value of values) text += ` ${filterToken(index, value)}`;
  }
  return text;
}

/** The indexed terms that a prefix stands for; undefined where they are too many to be named one by one. */
export type Expand = (prefix: string) => readonly string[] | undefined;

/** The match of a query, or undefined where it neither searches nor filters. */
export function matchText(
  terms: readonly SearchTerm[],
  filters: Readonly<Record<string, string>>,
  expand: Expand,
): string | undefined {
  const parts = Object.entries(filters).map(([index, value]) => quoted(filterToken(index, value)));
  for (const { text, prefix } of terms) parts.push(prefix ? prefixMatch(text, expand) : quoted(text));
  return parts.length === 0 ? undefined : parts.join(' AND ');
}

/**
 * Longer prefixes have no index of their own: FTS5 gathers all their rows before it gives the first. Exact terms stream,
 * so a prefix that stands for few is asked for as these (a term of a tenth of 200,000 entities: 0.2 ms and not 10).
 */
function prefixMatch(text: string, expand: Expand): string {
  if (Array.from(text).length <= LONGEST_INDEXED_PREFIX) return `${quoted(text)}*`;
  const found = expand(text);
  if (found === undefined) return `${quoted(text)}*`;
  return found.length === 0 ? quoted(text) : `(${found.map(quoted).join(' OR ')})`;
}

function quoted(token: string): string {
  return `"${token.replaceAll('"', '""')}"`;
}

/** A filter value as one short token: what the embedded view indexes it by, and what every view's checksum counts. */
import { hash } from 'node:crypto';

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

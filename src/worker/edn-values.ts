/** Values that are no JSON, but EDN, as the original Clojure system wrote them: they are told apart so that people know. Pure. */
import { parseEDNString } from 'edn-data';

/** A longer text is not looked at. UTF-16 units. */
const MOST_LENGTH = 64 * 1024;
/** Nor is one with a longer piece without a space: what reads EDN takes a square of its length. UTF-16 units. */
const MOST_PIECE = 1024;

/** A map that begins with a keyword: nothing that is meant as JSON begins so. */
const BEGINS_AS_MAP = /^[\s,]*\{[\s,]*:[^\s":,]/;

/** Whether the text is one map of EDN whose keys are keywords. */
export function isEdn(text: string): boolean {
  if (text.length > MOST_LENGTH || !BEGINS_AS_MAP.test(text)) return false;
  if (text.split(/[\s,"]+/).some((piece) => piece.length > MOST_PIECE)) return false;
  try {
    const parsed = parseEDNString(text, { mapAs: 'doubleArray' }) as { readonly map?: readonly Entry[] } | undefined;
    return parsed?.map?.every(([key]) => isKeyword(key)) === true;
  } catch {
    // It is neither.
    return false;
  }
}

type Entry = readonly [unknown, unknown];

function isKeyword(key: unknown): boolean {
  return typeof key === 'object' && key !== null && 'key' in key;
}

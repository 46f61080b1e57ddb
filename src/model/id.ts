/**
 * Ids: the keys of records and the last part of an entity's URL. 1 to 200 code points of well-formed Unicode without
 * control characters; not `.` or `..`, which URL parsers remove, and not a key of kmodel's own records (core/own-keys.ts).
 */
import { OWN_KEY_PREFIX } from '../core/own-keys.ts';

/** Greatest length of an id, in code points. */
export const MAX_ID_LENGTH = 200;

const CONTROL = /\p{Cc}/u;

/** What is wrong with the id, as the end of a sentence that begins with "the id"; undefined where it is right. */
export function idProblem(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (id === '.' || id === '..') return `is "${id}", which a URL can't carry`;
  if (!id.isWellFormed()) return 'is not well-formed Unicode';
  if (CONTROL.test(id)) return 'holds a control character';
  if (id.length > MAX_ID_LENGTH && [...id].length > MAX_ID_LENGTH) return `is longer than ${MAX_ID_LENGTH} code points`;
  if (id.startsWith(OWN_KEY_PREFIX)) return `begins with "${OWN_KEY_PREFIX}", as kmodel's own records do`;
  return undefined;
}

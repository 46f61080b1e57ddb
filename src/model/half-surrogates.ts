/**
 * Halves of surrogate pairs: JSON can escape one, and UTF-8 can't carry it, so it would come back changed from the log. Whoever
 * takes JSON in, HTTP and the worker alike, refuses it by this one rule. Pure.
 */
import type { BrokenRule } from '../errors.ts';
import { pointerTo } from './validate.ts';

/** The most rules that are told of one value. */
const MOST_RULES = 100;
/** The most characters of all their pointers. */
const MOST_POINTERS = 64 * 1024;

const ESCAPE = /\\u[dD][89a-fA-F]/;

/** Whether the values of this JSON may hold one: only an escape can bring it there. */
export function mayHoldHalves(json: string): boolean {
  // To look for the two characters costs a third of what the pattern does.
  return json.includes('\\u') && ESCAPE.test(json);
}

/** A rule for each text of the value that isn't well-formed, but for the limits above. Throws RangeError where it nests too deep. */
export function halfSurrogates(value: unknown): readonly BrokenRule[] {
  const rules: BrokenRule[] = [];
  const path: string[] = [];
  let pointers = 0;
  const isFull = (): boolean => rules.length === MOST_RULES || pointers > MOST_POINTERS;
  const check = (text: string): void => {
    if (text.isWellFormed() || isFull()) return;
    const pointer = pointerTo(path).toWellFormed();
    pointers += pointer.length;
    rules.push({ pointer, message: 'expected well-formed Unicode, found half a surrogate pair' });
  };
  const walk = (part: unknown): void => {
    if (typeof part === 'string') return check(part);
    if (typeof part !== 'object' || part === null) return;
    for (const name of Object.keys(part)) {
      if (isFull()) return;
      check(name);
      path.push(name);
      walk((part as Readonly<Record<string, unknown>>)[name]);
      path.pop();
    }
  };
  walk(value);
  return rules;
}

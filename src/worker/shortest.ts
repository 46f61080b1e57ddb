/**
 * Whether a checked value's text is as JSON.stringify would write it. Most schemas give back what they were given, and most
 * producers write JSON in its shortest form; then the record's own bytes will do, and writing them anew, a fifth of the cost
 * of a replay, is saved. Pure.
 */
import type { JsonText } from './read-values.ts';

/** `fields` is what the schema made of the value that was read. Throws where it nests too deep. */
export function isShortest(fields: unknown, { value, length }: JsonText): boolean {
  return shortestLength(fields, value) === length;
}

/**
 * The length of the shortest JSON text of `fields` without escapes, where `parsed` says the same; NaN where it doesn't, or
 * where a shorter form of a number might exist. A text of that length that parses to `parsed` has no escapes, no white space and
 * no field twice: there is no room for any.
 */
function shortestLength(fields: unknown, parsed: unknown): number {
  if (typeof fields === 'string') return fields === parsed ? fields.length + 2 : Number.NaN;
  if (typeof fields === 'number') return fields === parsed ? numberLength(fields) : Number.NaN;
  if (fields === null) return parsed === null ? 4 : Number.NaN;
  if (typeof fields === 'boolean') return fields === parsed ? String(fields).length : Number.NaN;
  if (typeof fields !== 'object' || typeof parsed !== 'object' || parsed === null) return Number.NaN;
  if (Array.isArray(fields)) return Array.isArray(parsed) ? arrayLength(fields, parsed) : Number.NaN;
  return Array.isArray(parsed) ? Number.NaN : objectLength(fields as Fields, parsed as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

/** `1e3` is shorter than `1000`: only whole numbers for which no exponent saves anything. */
function numberLength(number: number): number {
  if (!Number.isSafeInteger(number) || Object.is(number, -0)) return Number.NaN;
  return number !== 0 && number % 1000 === 0 ? Number.NaN : String(number).length;
}

function arrayLength(fields: readonly unknown[], parsed: readonly unknown[]): number {
  if (fields.length !== parsed.length) return Number.NaN;
  let length = 2 + Math.max(0, fields.length - 1);
  for (let at = 0; at < fields.length; at += 1) length += shortestLength(fields[at], parsed[at]);
  return length;
}

function objectLength(fields: Fields, parsed: Fields): number {
  // A schema may give back objects of classes, and those write themselves as they please.
  const prototype: unknown = Object.getPrototypeOf(fields);
  if (prototype !== Object.prototype && prototype !== null) return Number.NaN;
  const names = Object.keys(fields);
  const given = Object.keys(parsed);
  if (names.length !== given.length) return Number.NaN;
  // Each field has a quoted name, a colon and a comma, but for the last one, and there are two braces.
  let length = names.length === 0 ? 2 : 1;
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at]!;
    if (name !== given[at] && !Object.hasOwn(parsed, name)) return Number.NaN;
    length += name.length + 4 + shortestLength(fields[name], parsed[name]);
  }
  return length;
}

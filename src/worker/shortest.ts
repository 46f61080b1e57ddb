/**
 * Whether a checked value's text is as JSON.stringify would write it. Most schemas give back what they were given, and most
 * producers write JSON in its shortest form; then the record's own bytes will do, and writing them anew, a fifth of the cost
 * of a replay, is saved. Pure.
 */
import type { JsonText } from './read-values.ts';

/** `fields` is what the schema made of the value that was read. Throws where it nests too deep. */
export function isShortest(fields: unknown, { value, length }: Omit<JsonText, 'mayHoldHalves'>): boolean {
  return (fields === value || isSame(fields, value)) && shortestLength(fields) === length;
}

/** Whether the two are written the same but for the order of fields. */
function isSame(fields: unknown, parsed: unknown): boolean {
  if (typeof fields !== 'object' || fields === null) return Object.is(fields, parsed);
  if (typeof parsed !== 'object' || parsed === null) return false;
  if (Array.isArray(fields)) {
    return (
      Array.isArray(parsed) && fields.length === parsed.length && fields.every((item, at) => isSame(item, parsed[at]))
    );
  }
  return !Array.isArray(parsed) && haveSame(fields as Fields, parsed as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function haveSame(fields: Fields, parsed: Fields): boolean {
  let count = 0;
  for (const name in fields) {
    if (!Object.hasOwn(parsed, name) || !isSame(fields[name], parsed[name])) return false;
    count += 1;
  }
  for (const _ in parsed) count -= 1;
  return count === 0;
}

/**
 * The length of the shortest JSON text of a value, without escapes; NaN where a shorter form of a number might exist. A text of that
 * length that parses to the same has no escapes, no white space and no field twice: there is no room for any.
 */
function shortestLength(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return numberLength(value);
  if (value === null) return 4;
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (typeof value !== 'object') return Number.NaN;
  return Array.isArray(value) ? arrayLength(value) : objectLength(value as Fields);
}

/** `1e2` is as short as `100`, `1e3` shorter than `1000`: only whole numbers for which an exponent makes every text longer. */
function numberLength(number: number): number {
  if (!Number.isSafeInteger(number) || Object.is(number, -0)) return Number.NaN;
  return number !== 0 && number % 100 === 0 ? Number.NaN : String(number).length;
}

function arrayLength(items: readonly unknown[]): number {
  let length = 2 + Math.max(0, items.length - 1);
  for (let at = 0; at < items.length; at += 1) length += shortestLength(items[at]);
  return length;
}

function objectLength(fields: Fields): number {
  // A schema may give back objects of classes, and those write themselves as they please.
  const prototype: unknown = Object.getPrototypeOf(fields);
  if (prototype !== Object.prototype && prototype !== null) return Number.NaN;
  // Each field has a quoted name, a colon and a comma, but for the last one, and there are two braces.
  let length = 1;
  for (const name in fields) length += name.length + 4 + shortestLength(fields[name]);
  return Math.max(2, length);
}

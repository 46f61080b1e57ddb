/**
 * Values in the bytes of JSON, which are known to be UTF-8 and to end with a brace. Each is taken only where JSON.stringify would
 * write it just so: without white space, and with no other escapes than it needs. Pure.
 *
 * `endOf…` answers where the value ends that begins at `from`, or a negative number where it isn't as asked for.
 */
import { utf8 } from './record.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const END_BRACKET = 0x5d;

const NOT_AS_ASKED = -1;

/** Whether the expected bytes stand there. */
export function isThere(expected: Uint8Array, json: Uint8Array, at: number): boolean {
  for (let done = 0; done < expected.length; done += 1) if (json[at + done] !== expected[done]) return false;
  return true;
}

/** By byte: whether it ends a text, or can't stand in one without an escape. */
const ENDS = Uint8Array.from({ length: 256 }, (_, byte) => Number(byte < 0x20 || byte === QUOTE || byte === BACKSLASH));
/** By byte: whether JSON.stringify writes it behind a backslash. It writes other control characters as numbers: they are rare. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => Number('"\\bfnrt'.includes(String.fromCharCode(byte))));

/** A text of 1 to `most` characters without white space at its ends, which the pattern matches. */
export function endOfText(json: Uint8Array, from: number, most: number, pattern?: RegExp): number {
  if (json[from] !== QUOTE) return NOT_AS_ASKED;
  const first = from + 1;
  const { length } = json;
  let at = first - 2;
  do {
    at += 2;
    // Bytes past the end would read as undefined too, but that slows down every other read.
    while (at < length && ENDS[json[at]!] === 0) at += 1;
  } while (json[at] === BACKSLASH && ESCAPED[json[at + 1]!] === 1);
  if (json[at] !== QUOTE || at === first) return NOT_AS_ASKED;
  if (at - first > most && charactersIn(json, first, at) > most) return NOT_AS_ASKED;
  const to = at + 1;
  if (!isTrimmed(json, from, to)) return NOT_AS_ASKED;
  return pattern === undefined || pattern.test(textIn(json, from, to)) ? to : NOT_AS_ASKED;
}

/** Code points. An escape is one, and so are the bytes of a character beyond ASCII. */
function charactersIn(json: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += json[at] === BACKSLASH ? 2 : 1) if (!goesOn(json[at]!)) count += 1;
  return count;
}

/** Whether the byte goes on with a character that one before it has begun. */
function goesOn(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Most texts begin and end with a character that plainly is no white space, and to see that costs less than to trim. */
function isTrimmed(json: Uint8Array, from: number, to: number): boolean {
  const first = from + 1;
  let last = to - 2;
  while (last > first && goesOn(json[last]!)) last -= 1;
  const endsEscaped = json[last - 1] === BACKSLASH;
  if (!endsEscaped && !mayBeSpace(json[first]!, json[first + 1]!) && !mayBeSpace(json[last]!, json[last + 1]!))
    return true;
  const text = textIn(json, from, to);
  return text.trim() === text;
}

/** Whether a character that begins with these two bytes may be one that `trim` takes away. */
function mayBeSpace(first: number, second: number): boolean {
  if (first < 0xc2) return first <= 0x20 || first === BACKSLASH;
  switch (first) {
    case 0xc2: // U+0080 to U+00BF, with U+00A0
      return second === 0xa0;
    case 0xe1: // U+1680 to U+16BF, with U+1680
      return second === 0x9a;
    case 0xe2: // U+2000 to U+207F
      return second === 0x80 || second === 0x81;
    case 0xe3: // U+3000 to U+303F, with U+3000
      return second === 0x80;
    case 0xef: // U+FEC0 to U+FEFF, with U+FEFF
      return second === 0xbb;
    default:
      return false;
  }
}

/** A list of at most `items` texts, each as endOfText takes it. */
export function endOfTexts(json: Uint8Array, from: number, most: number, items: number): number {
  if (json[from] !== BRACKET) return NOT_AS_ASKED;
  let at = from + 1;
  if (json[at] === END_BRACKET) return at + 1;
  for (let count = 1; count <= items; count += 1) {
    at = endOfText(json, at, most);
    if (at < 0) return NOT_AS_ASKED;
    if (json[at] === END_BRACKET) return at + 1;
    if (json[at] !== COMMA) return NOT_AS_ASKED;
    at += 1;
  }
  return NOT_AS_ASKED;
}

/** So many digits are always exact. */
const MOST_DIGITS = 15;

/** A whole number from `least` to `most`, of at most 15 digits. */
export function endOfInteger(json: Uint8Array, from: number, least: number, most: number): number {
  const first = json[from] === MINUS ? from + 1 : from;
  let at = first;
  while (json[at]! >= ZERO && json[at]! <= NINE) at += 1;
  if (at === first || at - first > MOST_DIGITS) return NOT_AS_ASKED;
  // JSON has no 01, and JSON.stringify writes no -0.
  if (json[first] === ZERO && at - from > 1) return NOT_AS_ASKED;
  const value = integerIn(json, from, at);
  return value >= least && value <= most ? at : NOT_AS_ASKED;
}

const TRUE = utf8('true');
const FALSE = utf8('false');

export function endOfBoolean(json: Uint8Array, from: number): number {
  if (isThere(TRUE, json, from)) return from + TRUE.length;
  return isThere(FALSE, json, from) ? from + FALSE.length : NOT_AS_ASKED;
}

/** The value that stands there, once it is known where it ends. */
export function textIn(json: Uint8Array, from: number, to: number): string {
  const text = decoded(json, from + 1, to - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

export function textsIn(json: Uint8Array, from: number, to: number): readonly string[] {
  return JSON.parse(decoded(json, from, to)) as readonly string[];
}

export function integerIn(json: Uint8Array, from: number, to: number): number {
  return Number(decoded(json, from, to));
}

export function booleanIn(json: Uint8Array, from: number): boolean {
  return json[from] === TRUE[0];
}

// To make a Buffer of the same memory would cost more than the text.
const { utf8Slice } = Buffer.prototype;

/** The text of bytes that are known to be UTF-8. */
function decoded(bytes: Uint8Array, from: number, to: number): string {
  return utf8Slice.call(bytes, from, to);
}

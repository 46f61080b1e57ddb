/**
 * The JSON of many records, read at once: a call of the decoder and of the parser for each record costs twice what the
 * work in it does. Pure.
 */
import { randomBytes } from 'node:crypto';
import { mayHoldHalves } from '../model/half-surrogates.ts';
import { fromUtf8 } from '../model/record.ts';
import { isEdn } from './edn-values.ts';

/** `refused`: one line on what was expected. */
export type ReadJson = JsonText | { readonly kind: 'refused'; readonly detail: string };

/** A value, and how long its text is, in UTF-16 units: the text itself would take memory. */
export interface JsonText {
  readonly kind: 'read';
  readonly value: unknown;
  readonly length: number;
  /** Whether half a surrogate pair may be in it. */
  readonly mayHoldHalves: boolean;
}

/**
 * Stands between the values while they are one array. Nobody can know it, so no value holds it: where every second item
 * is this text, and there are as many items as there should be, each value is one whole item and no part of another one's.
 */
const SEPARATOR = randomBytes(12).toString('base64url');
/** A line end is nowhere in a text of JSON that is as short as it can be, and so it is found at once. */
const BETWEEN = `\n,"${SEPARATOR}",`;
const BETWEEN_BYTES = Buffer.from(BETWEEN);

/** What each of the values says, in their order. */
export function readValues(values: readonly Uint8Array[]): readonly ReadJson[] {
  return (values.length > 1 ? readTogether(values) : undefined) ?? values.map(readValue);
}

/** What it is, and how to mend it. */
const EDN_FOUND =
  'this is EDN, as the original Clojure system wrote it; put the entity anew, as JSON under the same key';

function readValue(bytes: Uint8Array): ReadJson {
  const text = fromUtf8(bytes);
  if (text === undefined) return { kind: 'refused', detail: 'expected JSON in UTF-8, found other bytes' };
  try {
    return { kind: 'read', value: JSON.parse(text), length: text.length, mayHoldHalves: mayHoldHalves(text) };
  } catch (error) {
    const found = isEdn(text) ? EDN_FOUND : error instanceof Error ? error.message : String(error);
    return { kind: 'refused', detail: `expected JSON: ${found}` };
  }
}

/** Undefined where one of them is no JSON: then nothing is known of the others either. */
function readTogether(values: readonly Uint8Array[]): ReadJson[] | undefined {
  const text = fromUtf8(joined(values));
  const items = text === undefined ? undefined : itemsOf(text);
  if (text === undefined || items?.length !== 2 * values.length - 1) return undefined;
  const holdsHalves = mayHoldHalves(text);
  const read: ReadJson[] = [];
  let from = 1;
  for (let at = 0; at < items.length; at += 2) {
    const isLast = at + 1 === items.length;
    if (!isLast && items[at + 1] !== SEPARATOR) return undefined;
    const to = isLast ? text.length - 1 : text.indexOf(BETWEEN, from);
    const mine = holdsHalves && mayHoldHalves(text.slice(from, to));
    read.push({ kind: 'read', value: items[at], length: to - from, mayHoldHalves: mine });
    from = to + BETWEEN.length;
  }
  return read;
}

function itemsOf(text: string): readonly unknown[] | undefined {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return undefined;
  }
}

let memory = Buffer.allocUnsafeSlow(64 * 1024);

/** All values as one array, with separators between them; until the next call. */
function joined(values: readonly Uint8Array[]): Uint8Array {
  let length = 2 + (values.length - 1) * BETWEEN_BYTES.length;
  for (const value of values) length += value.length;
  if (length > memory.length) memory = Buffer.allocUnsafeSlow(2 * length);
  let end = 0;
  memory[end++] = 0x5b;
  for (const value of values) {
    if (end > 1) {
      memory.set(BETWEEN_BYTES, end);
      end += BETWEEN_BYTES.length;
    }
    memory.set(value, end);
    end += value.length;
  }
  memory[end++] = 0x5d;
  return memory.subarray(0, end);
}

/**
 * A row of the hash of entities: an entity, and the filter sets that it stands in. Pure.
 *
 * It begins with the length of its head, so that a script can cut that off; then the head: `createdAt updatedAt offset
 * partition request `, how many sets there are, and the ends of their keys; then the value as it is. The request is `-` where
 * there is none. A text in the head is its length in UTF-16 units, a space, itself and a space, whatever characters it holds.
 */
import type { PutOperation, StoredEntity } from '../view.ts';
import type { CommandText } from './command-text.ts';
import { Contradiction } from './contradiction.ts';

/** How many digits tell the length of a head, in bytes of UTF-8. */
export const HEAD_DIGITS = 7;
const SPACE = 0x20;

/** Writes the row of an entity that stands in these sets as one argument. */
export function writeRow(text: CommandText, put: PutOperation, sets: readonly { readonly inRow: Uint8Array }[]): void {
  const { createdAt, updatedAt, offset, partition, request } = put;
  text.open();
  const head = text.gap(HEAD_DIGITS);
  writeNumber(text, createdAt);
  writeNumber(text, updatedAt);
  writeNumber(text, offset);
  writeNumber(text, partition);
  text.part(request === undefined ? '- ' : textInRow(request));
  writeNumber(text, sets.length);
  for (const { inRow } of sets) text.part(inRow);
  text.fillGap(head, HEAD_DIGITS);
  text.part(put.value);
  text.close();
}

function writeNumber(text: CommandText, number: number): void {
  text.decimal(number);
  text.byte(SPACE);
}

/** A text as it stands in a head. */
export function textInRow(text: string): string {
  return `${text.length} ${text} `;
}

/**
 * The ends of the keys of the sets that a row's head names, which begins at `from`; and where the head ends. Throws
 * Contradiction where it is no head: what somebody else wrote is not read on and on.
 */
export function setsOfHead(text: string, from = 0): { readonly sets: readonly string[]; readonly end: number } {
  const [, afterRequest] = requestAt(text, afterNumbers(text, from));
  const [count, first] = numberAt(text, afterRequest);
  const sets: string[] = [];
  let end = first;
  for (let at = 0; at < count; at += 1) {
    const [set, next] = textAt(text, end);
    if (!(next > end)) throw new Contradiction('the head of a row is none');
    sets.push(set);
    end = next;
  }
  if (!(end > first || count === 0) || end > text.length) throw new Contradiction('the head of a row is none');
  return { sets, end };
}

/** The entity of a row. Throws Contradiction where it is none that an update writes. */
export function entityOf(id: string, row: string): StoredEntity {
  const [createdAt, afterCreated] = numberAt(row, HEAD_DIGITS);
  const [updatedAt, afterUpdated] = numberAt(row, afterCreated);
  const [offset, afterOffset] = numberAt(row, afterUpdated);
  const [partition, afterPartition] = numberAt(row, afterOffset);
  const isNumbered = [createdAt, updatedAt, offset, partition].every((number) => Number.isSafeInteger(number));
  if (!isNumbered) throw new Contradiction(`the row of ${id} is none`);
  const [request] = requestAt(row, afterPartition);
  const value = row.slice(setsOfHead(row, HEAD_DIGITS).end);
  if (!isObjectText(value)) throw new Contradiction(`the row of ${id} is none`);
  return { id, value, createdAt, updatedAt, partition, offset, request };
}

/** Whether it can be the text of one object; values are stored as they came, white space around them too. */
function isObjectText(value: string): boolean {
  if (value.startsWith('{') && value.endsWith('}')) return true;
  const text = value.trim();
  return text.startsWith('{') && text.endsWith('}');
}

/** Behind the four numbers that a head begins with. */
function afterNumbers(text: string, from: number): number {
  let at = from;
  for (let numbers = 0; numbers < 4; numbers += 1) at = text.indexOf(' ', at) + 1;
  return at;
}

function requestAt(text: string, from: number): [string | undefined, number] {
  return text.startsWith('- ', from) ? [undefined, from + 2] : textAt(text, from);
}

function textAt(text: string, from: number): [string, number] {
  const [length, start] = numberAt(text, from);
  return [text.slice(start, start + length), start + length + 1];
}

/** A number that a space ends, NaN where there is none; and where the text goes on behind that. */
function numberAt(text: string, from: number): [number, number] {
  const end = text.indexOf(' ', from);
  return [end > from ? Number(text.slice(from, end)) : NaN, end + 1];
}

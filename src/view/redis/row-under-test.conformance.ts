/** A row as text, as tests look at it. */
import type { PutOperation } from '../view.ts';
import { CommandText } from './command-text.ts';
import { filterPlaces } from './places.ts';
import { HEAD_DIGITS, writeRow } from './row.ts';

/** The row that is stored of a put. */
export function rowOf(put: PutOperation): string {
  const text = new CommandText();
  writeRow(text, put, filterPlaces(put.filters));
  const bytes = text.bytes();
  return bytes.subarray(bytes.indexOf('\n') + 1, -2).toString();
}

/** The head of that row. */
export function headOf(put: PutOperation): string {
  const row = Buffer.from(rowOf(put));
  const length = Number(row.toString('latin1', 0, HEAD_DIGITS));
  return row.toString('utf8', HEAD_DIGITS, HEAD_DIGITS + length);
}

/**
 * Records in quarantine, as text: a line that says where and why, which a script can cut off, then all the rest. Pure.
 */
import type { QuarantinedRecord, QuarantineNote } from '../view.ts';

/** The pattern of the first line, in Lua. */
export const NOTE_PATTERN = '^[^\\n]*';

export function packRecord({ key, value, headers, ...where }: QuarantinedRecord): string {
  const rest = { headers, key: base64(key), value: value === null ? null : base64(value) };
  // JSON writes line ends as escapes.
  return `${JSON.stringify(where)}\n${JSON.stringify(rest)}`;
}

type Where = Omit<QuarantinedRecord, 'key' | 'value' | 'headers'>;
type Rest = Pick<QuarantinedRecord, 'headers'> & { readonly key: string; readonly value: string | null };

export function unpackRecord(text: string): QuarantinedRecord {
  const end = text.indexOf('\n');
  const { key, value, headers } = JSON.parse(text.slice(end + 1)) as Rest;
  const where = JSON.parse(text.slice(0, end)) as Where;
  return { ...where, headers, key: bytes(key), value: value === null ? null : bytes(value) };
}

/** Of the first line alone. */
export function unpackNote(line: string): QuarantineNote {
  const { partition, offset, reason, detail } = JSON.parse(line) as Where;
  return { partition, offset, reason, detail };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

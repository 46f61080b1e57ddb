/** Records in quarantine, as text. Pure. */
import type { QuarantinedRecord } from '../view.ts';

export function packRecord({ key, value, ...rest }: QuarantinedRecord): string {
  return JSON.stringify({ ...rest, key: base64(key), value: value === null ? null : base64(value) });
}

export function unpackRecord(text: string): QuarantinedRecord {
  const packed = JSON.parse(text) as Omit<QuarantinedRecord, 'key' | 'value'> & { key: string; value: string | null };
  return { ...packed, key: bytes(packed.key), value: packed.value === null ? null : bytes(packed.value) };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** What the calling thread and the writing thread of an embedded log say to each other, and how records travel. */
import type { NewRecord } from '../log.ts';

/** What the writing thread is started with (its workerData). */
export interface ThreadOptions {
  readonly path: string;
  readonly partitions: number;
  readonly minCompactionLagMs: number;
  readonly deleteRetentionMs: number;
  readonly compactionIntervalMs: number;
  readonly maxBytes: number | undefined;
}

/** `call` pairs a request with its reply. */
export type ThreadRequest =
  | { readonly kind: 'append'; readonly call: number; readonly packed: PackedRecords }
  | { readonly kind: 'compact'; readonly call: number; readonly nowMs: number | undefined }
  | { readonly kind: 'pragmas'; readonly call: number }
  | { readonly kind: 'close' };

export type ThreadReply =
  | { readonly kind: 'ready'; readonly logId: string; readonly ends: readonly number[] }
  | { readonly kind: 'refused'; readonly code: 'LOG_MISMATCH' | 'DATA_DIR_UNUSABLE'; readonly message: string }
  | { readonly kind: 'warning'; readonly line: string }
  | { readonly kind: 'answer'; readonly call: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly call: number; readonly message: string };

/**
 * What became of one transaction. `unavailable`: rolled back, none of its records will appear. `uncertain`: the commit
 * failed in a way that leaves open whether the records are found after a crash.
 */
export type TransactionOutcome =
  | { readonly kind: 'appended'; readonly offsets: Float64Array<ArrayBuffer> }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'uncertain'; readonly reason: string };

/** What the connection that writes is set to. */
export interface Pragmas {
  readonly journalMode: string;
  /** SQLite's number: 2 is FULL. */
  readonly synchronous: number;
}

/** Records of one transaction: all keys and values behind each other in one transferable buffer. */
export interface PackedRecords {
  readonly bytes: ArrayBuffer;
  /** Per record: partition, timestamp, length of the key, length of the value (-1: a tombstone). */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Per record: its headers as the text of a JSON object. */
  readonly headers: readonly string[];
}

export interface UnpackedRecord {
  readonly partition: number;
  readonly timestamp: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly headers: string;
}

const NUMBERS = 4;

export function byteLength(record: NewRecord): number {
  return record.key.length + (record.value?.length ?? 0);
}

export function packRecords(records: readonly NewRecord[]): PackedRecords {
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + byteLength(record), 0));
  const numbers = new Float64Array(records.length * NUMBERS);
  const headers: string[] = [];
  let at = 0;
  for (const [index, { partition, timestamp, key, value, headers: own }] of records.entries()) {
    numbers.set([partition, timestamp, key.length, value?.length ?? -1], index * NUMBERS);
    bytes.set(key, at);
    if (value !== null) bytes.set(value, at + key.length);
    at += key.length + (value?.length ?? 0);
    headers.push(JSON.stringify(own));
  }
  return { bytes: bytes.buffer, numbers, headers };
}

/** The records in their order; keys and values are windows on the packed buffer. */
export function* unpackRecords(packed: PackedRecords): Generator<UnpackedRecord> {
  let at = 0;
  for (const [index, headers] of packed.headers.entries()) {
    const number = (which: number): number => packed.numbers[index * NUMBERS + which] ?? 0;
    const [partition, timestamp, keyLength, valueLength] = [number(0), number(1), number(2), number(3)];
    const key = new Uint8Array(packed.bytes, at, keyLength);
    at += keyLength;
    const value = valueLength < 0 ? null : new Uint8Array(packed.bytes, at, valueLength);
    at += value?.length ?? 0;
    yield { partition, timestamp, key, value, headers };
  }
}

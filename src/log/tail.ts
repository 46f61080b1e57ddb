/**
 * The tail of what was read of a partition: which record was the last one, and what it was. Two logs that were one up to some
 * point may have the same leader epochs behind it (a broker that was killed, or got an older copy of its files, can go on in
 * the epoch that it had), and only their records differ.
 */
import { createHash } from 'node:crypto';
import type { LogRecord, Offset } from './log.ts';

/** 96 bits. */
const HASH_CHARACTERS = 16;

/** `<offset>:<hash>` of the record's key, value and timestamp: compaction keeps all three, or removes the record. */
export function tailOf({ offset, key, value, timestamp }: LogRecord): string {
  const hash = createHash('sha256')
    .update(`${timestamp} ${key.length} ${value === null ? '-' : '+'}`)
    .update(key);
  if (value !== null) hash.update(value);
  return `${offset}:${hash.digest('base64url').slice(0, HASH_CHARACTERS)}`;
}

/** Where the record was; undefined where the text is no tail. */
export function offsetOfTail(tail: string): Offset | undefined {
  const [, offset] = /^(\d{1,16}):/.exec(tail) ?? [];
  return offset === undefined || !Number.isSafeInteger(Number(offset)) ? undefined : Number(offset);
}

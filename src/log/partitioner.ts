/**
 * Which partition a key belongs to. The same arithmetic as the clients that share a topic with us: Java's default
 * (`murmur2`) and librdkafka's `consistent` (`crc32`).
 */
import { crc32 } from 'node:zlib';

export type Partitioner = 'murmur2' | 'crc32';

/** The key's partition, 0 … partitions - 1. The same key, count and partitioner always give the same answer. */
export function partitionOf(key: Uint8Array, partitions: number, partitioner: Partitioner): number {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new RangeError(`expected a count of partitions from 1 on, found ${partitions}`);
  }
  const hash = partitioner === 'murmur2' ? murmur2(key) & 0x7fffffff : crc32(key) >>> 0;
  return hash % partitions;
}

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2 as Kafka's Java client computes it: a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let k = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const rest = length - whole;
  if (rest === 3) hash ^= byte(bytes, whole + 2) << 16;
  if (rest >= 2) hash ^= byte(bytes, whole + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(bytes, whole), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

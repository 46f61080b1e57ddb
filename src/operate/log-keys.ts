/** The keys of one partition of the log, each with its newest record. Memory: about 150 bytes for each key of the partition. */
import { isOwnKey } from '../core/own-keys.ts';
import { boundsOf, type Log, type Partition } from '../log/log.ts';

/** The newest record of a key. */
export interface NewestRecord {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly isTombstone: boolean;
}

/** Every key of the partition (its bytes as latin1) but kmodel's own, up to the end that the log has now. */
export async function keysOf(
  log: Pick<Log, 'bounds' | 'read'>,
  partition: Partition,
): Promise<ReadonlyMap<string, NewestRecord>> {
  const { stableEndOffset, startOffset } = boundsOf(await log.bounds(), partition);
  const keys = new Map<string, NewestRecord>();
  if (stableEndOffset <= startOffset) return keys;
  const stop = new AbortController();
  for await (const batch of log.read(partition, { offset: 0 }, stop.signal)) {
    for (const { key, offset, timestamp, value } of batch.records) {
      if (!isOwnKey(key)) keys.set(latin1(key), { offset, timestamp, isTombstone: value === null });
    }
    if (batch.nextOffset >= stableEndOffset) break;
  }
  stop.abort();
  return keys;
}

/** A key as keysOf names it. */
export function latin1(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

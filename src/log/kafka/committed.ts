/**
 * Which batches of a fetch answer are committed, by the protocol's own rule. Pure. The client library's filter is wrong
 * where the abort marker comes in a later answer, and where one producer aborts twice within one answer.
 */
import { isAbortMarker, type RecordBatch } from './record-batches.ts';

/** A transaction that was aborted, as the broker tells it with every answer that may hold records of it. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface CommittedBatches {
  /** Those whose records are to be read. */
  readonly batches: readonly RecordBatch[];
  /** One past everything that was looked at, markers and aborted records too; undefined where nothing was. */
  readonly nextOffset: number | undefined;
  /** Of the last batch that was looked at. */
  readonly leaderEpoch: number | undefined;
}

/**
 * A producer's transactional batches are aborted from an aborted transaction's firstOffset on until its abort marker.
 * What is not below `stableEndOffset` is left for later, whatever the broker sent.
 */
export function committedBatches(
  batches: readonly RecordBatch[],
  abortedTransactions: readonly AbortedTransaction[],
  stableEndOffset: number,
): CommittedBatches {
  const toOpen = abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<bigint>();
  const committed: RecordBatch[] = [];
  let opened = 0;
  let nextOffset: number | undefined;
  let leaderEpoch: number | undefined;
  for (const batch of batches) {
    if (batch.lastOffset >= stableEndOffset) break;
    nextOffset = batch.lastOffset + 1;
    leaderEpoch = batch.leaderEpoch;
    for (let next = toOpen[opened]; next !== undefined && next.firstOffset <= batch.lastOffset; next = toOpen[opened]) {
      open.add(next.producerId);
      opened++;
    }
    if (batch.control) {
      if (open.has(batch.producerId) && isAbortMarker(batch)) open.delete(batch.producerId);
    } else if (!batch.transactional || !open.has(batch.producerId)) committed.push(batch);
  }
  return { batches: committed, nextOffset, leaderEpoch };
}

/** The rows of the embedded view's bookkeeping, as the port shows them. Pure. */
import type { SQLOutputValue } from 'node:sqlite';
import { ownerOfText } from '../trust.ts';
import type { GenerationIdentity, Owner, PartitionState, Rebuild, Seam, StoredDoubt } from '../view.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** A row of `partition`; `now` in milliseconds since the epoch. What is NULL is absent. */
export function stateOf(row: Row, now: number): PartitionState {
  const { leader_epoch: leaderEpoch, tail, owner, seen_at: seenAt } = row;
  const seam: Seam = {
    ...(isPresent(leaderEpoch) ? { leaderEpoch: Number(leaderEpoch) } : {}),
    ...(isPresent(tail) ? { tail: String(tail) } : {}),
  };
  const owned: Owner | undefined = isPresent(owner)
    ? ownerOfText(String(owner), Math.max(0, now - Number(seenAt)))
    : undefined;
  return {
    checkpoint: Number(row['checkpoint']),
    epoch: Number(row['epoch']),
    live: row['live'] === 1,
    caughtUpAt: isPresent(row['caught_up_at']) ? Number(row['caught_up_at']) : undefined,
    ...(Object.keys(seam).length === 0 ? {} : { seam }),
    ...(owned === undefined ? {} : { owner: owned }),
  };
}

/** The row of `meta`, of a view with so many partitions. */
export function identityOf(row: Row, partitions: number): GenerationIdentity & { readonly id: string } {
  const { generation, log_id: logId, fingerprint, model_version: modelVersion, incarnation, rebuilds, starts } = row;
  return {
    id: String(generation),
    logId: String(logId),
    fingerprint: String(fingerprint),
    modelVersion: Number(modelVersion),
    partitions,
    ...(isPresent(incarnation) ? { incarnation: Number(incarnation) } : {}),
    ...(isPresent(rebuilds) ? { rebuilds: JSON.parse(String(rebuilds)) as Rebuild[] } : {}),
    ...(isPresent(starts) ? { starts: JSON.parse(String(starts)) as Record<string, number> } : {}),
  };
}

/** The column `doubts`. */
export function doubtsOf(text: SQLOutputValue | undefined): readonly StoredDoubt[] {
  return isPresent(text) ? (JSON.parse(String(text)) as StoredDoubt[]) : [];
}

function isPresent(value: SQLOutputValue | undefined): boolean {
  return value !== null && value !== undefined;
}

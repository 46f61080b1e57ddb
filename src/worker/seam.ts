/**
 * Whether a log still holds what the view was built from: by the leader epoch (KIP-320), and by the last record itself, since a
 * broker whose whole folder was put back can use an epoch a second time.
 */
import { hasDiverged, type Log, type Partition } from '../log/log.ts';
import { offsetOfTail, tailOf } from '../log/tail.ts';
import type { Seam } from '../view/view.ts';

/** Whether the log still holds the very record that was read last. An absent one proves nothing: compaction may have removed it. */
export async function isProven(log: Pick<Log, 'recordAt'>, partition: Partition, { tail }: Seam): Promise<boolean> {
  const offset = tail === undefined ? undefined : offsetOfTail(tail);
  if (offset === undefined) return false;
  const record = await log.recordAt(partition, offset);
  return record !== undefined && tailOf(record) === tail;
}

/** What the log lacks of what was read up to `checkpoint`, in one line; undefined: nothing that can be told. Rejects as the log does. */
export async function divergence(
  log: Pick<Log, 'epochEnd' | 'recordAt'>,
  partition: Partition,
  checkpoint: number,
  { leaderEpoch, tail }: Seam,
): Promise<string | undefined> {
  if (leaderEpoch !== undefined && leaderEpoch >= 0) {
    const end = await log.epochEnd(partition, leaderEpoch);
    if (end !== undefined && hasDiverged(end, { offset: checkpoint, leaderEpoch })) {
      return (
        `partition ${partition}: expected the records up to ${checkpoint} of leader epoch ${leaderEpoch}, ` +
        `found that epoch ${end.leaderEpoch} ends at ${end.endOffset}`
      );
    }
  }
  if (tail === undefined) return undefined;
  const offset = offsetOfTail(tail);
  if (offset === undefined) return undefined;
  const record = await log.recordAt(partition, offset);
  // Compaction may have removed it: then nothing can be told by it.
  if (record === undefined || tailOf(record) === tail) return undefined;
  return `partition ${partition}: expected at offset ${offset} the record that the view was built from, found another one`;
}

/** What an update says of its partition's bookkeeping: what is to be found there, what it sets, and whom it tells. Pure. */
import type { ViewUpdate } from '../view.ts';

/** What the scripts compare with the bookkeeping. */
export function fenceOf({ generation, logId, fingerprint, epoch, fromOffset }: ViewUpdate): readonly string[] {
  return [generation, logId, fingerprint, String(epoch), String(fromOffset)];
}

/** The fields of the bookkeeping that an update sets, and their values. */
export function marksOf({ fromOffset, nextOffset, live, caughtUpAt, seam }: ViewUpdate): readonly string[] {
  const marks = ['checkpoint', String(nextOffset)];
  if (seam !== undefined || nextOffset > fromOffset) {
    marks.push(
      'leaderEpoch',
      seam?.leaderEpoch === undefined ? '' : String(seam.leaderEpoch),
      'tail',
      seam?.tail ?? '',
    );
  }
  if (live) marks.push('live', '1');
  if (caughtUpAt !== undefined) marks.push('caughtUpAt', String(caughtUpAt));
  return marks;
}

/** What the channel tells; empty where nobody can be waiting for what the update changes. */
export function noticeOf({ partition, fromOffset, nextOffset, live }: ViewUpdate): string {
  return nextOffset > fromOffset || live ? `${partition} ${nextOffset}` : '';
}

/** Where a notice says that a partition is; undefined where it isn't ours. */
export function readNotice(text: string): { readonly partition: number; readonly checkpoint: number } | undefined {
  const [partition = NaN, checkpoint = NaN] = text.split(' ').map(Number);
  return Number.isSafeInteger(partition) && Number.isSafeInteger(checkpoint) ? { partition, checkpoint } : undefined;
}

/** A batch as the pieces that are applied at once, folded a few milliseconds at a time. */
import type { Batch, LogRecord } from '../log/log.ts';
import type { Seam } from '../view/view.ts';
import { beginFold, type BatchEffect } from './apply.ts';
import type { LoopContext } from './keeper.ts';
import { tailOf } from '../log/tail.ts';

/** The most that is folded in one turn: a few milliseconds of work. */
const SLICE_RECORDS = 64;
const SLICE_BYTES = 32 * 1024;
/** A rest of the batch that is no larger a part of what comes before it is applied with it: an update of its own costs more. */
const SMALL_REST = 1 / 4;

function* slicesOf(records: readonly LogRecord[]): Iterable<readonly LogRecord[]> {
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at += 1) {
    if (at > from && (at - from === SLICE_RECORDS || bytes >= SLICE_BYTES)) {
      yield records.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += records[at]!.value?.length ?? 0;
  }
  if (from < records.length) yield records.slice(from);
}

/** What is applied at once: `records` of them, up to `nextOffset`. */
export interface Piece {
  readonly records: number;
  readonly nextOffset: number;
  readonly seam: Seam;
  readonly effect: BatchEffect;
}

/** A piece that ends inside a batch is not told the leader epoch there. */
function seamOf(leaderEpoch: number | undefined, tail: string | undefined): Seam {
  return { ...(leaderEpoch === undefined ? {} : { leaderEpoch }), ...(tail === undefined ? {} : { tail }) };
}

/**
 * The batch's effect, in one piece where the view takes so many index entries at once. `who` takes the turns; `tail` is the one
 * of what was read before. The batch is empty afterwards.
 */
export async function* piecesOf(
  { model, view, turns }: Pick<LoopContext, 'model' | 'view' | 'turns'>,
  who: object,
  partition: number,
  batch: Batch,
  tail: string | undefined,
): AsyncIterable<Piece> {
  let records = 0;
  let rest = batch.records.length;
  let last: LogRecord | undefined;
  let folding = beginFold(model, partition, rest);
  for (const slice of slicesOf(batch.records)) {
    if (folding.entries() >= view.entriesPerUpdate && rest > records * SMALL_REST) {
      yield {
        records,
        nextOffset: slice[0]!.offset,
        effect: folding.effect(),
        seam: seamOf(undefined, last && tailOf(last)),
      };
      folding = beginFold(model, partition, rest);
      records = 0;
    }
    await turns.take(who);
    folding.add(slice);
    last = slice.at(-1);
    records += slice.length;
    rest -= slice.length;
  }
  const seam = seamOf(batch.leaderEpoch, batch.tail ?? (last === undefined ? tail : tailOf(last)));
  // Whatever waits, here and in the log, would keep the records through collections of garbage.
  batch.records.length = 0;
  yield { records, nextOffset: batch.nextOffset, effect: folding.effect(), seam };
}

/**
 * The beat: under load, the loops of a worker go on together. A batch of one record costs nearly as much as one of twenty,
 * in messages and transactions, so loops that find others at work wait a few milliseconds for more, all for the same
 * moment. A lone write is never held up.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a beat lasts. Milliseconds; part of write → visible under load, and of nothing else. */
const BEAT_MS = 5;
/** A batch of at least so many records is worth its cost already: a replay keeps no beat. */
const SMALL_BATCH = 100;
/** So many applies under way at once are load. */
const LOAD = 3;

export interface Beat {
  /** Runs an apply of `records` records; ends at the next beat where it was a small one among others. */
  keep<T>(records: number, apply: () => Promise<T>): Promise<T>;
}

export function makeBeat(): Beat {
  let underWay = 0;
  let next: Promise<void> | undefined;
  const nextBeat = async (): Promise<void> => {
    await sleep(BEAT_MS);
    next = undefined;
  };
  const wait = (): Promise<void> => (next ??= nextBeat());
  return {
    async keep(records, apply) {
      underWay += 1;
      const loaded = underWay >= LOAD;
      try {
        return await apply();
      } finally {
        underWay -= 1;
        if (loaded && records < SMALL_BATCH) await wait();
      }
    },
  };
}

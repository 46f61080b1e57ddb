/** Measures how long a write takes from the log's acknowledgement until the view's checkpoint has passed it. */

/** Per partition the nextOffset. */
type Position = ReadonlyMap<number, number>;

export interface Visibility {
  /** The log has acknowledged a write at this position. */
  readonly acknowledged: (position: Position) => void;
  /** The view's checkpoint is at this position. */
  readonly moved: (position: Position) => void;
}

interface Awaited {
  readonly nextOffset: number;
  readonly at: number;
}

/** The most writes of a partition that are awaited at once; while there are more, later ones are not measured. */
const MOST_AWAITED = 1_000;

/** `visible` is told the seconds of each write. `now` is in milliseconds. */
export function awaitVisible(visible: (seconds: number) => void, now = () => performance.now()): Visibility {
  const awaited = new Map<number, Awaited[]>();
  /** Where the view was last seen: on a busy machine its notice can come before the log's acknowledgement is taken up. */
  const reached = new Map<number, number>();
  return {
    acknowledged(position) {
      for (const [partition, nextOffset] of position) {
        if ((reached.get(partition) ?? 0) >= nextOffset) {
          visible(0);
          continue;
        }
        const writes = awaited.get(partition) ?? [];
        if (writes.length < MOST_AWAITED) writes.push({ nextOffset, at: now() });
        awaited.set(partition, writes);
      }
    },
    moved(position) {
      for (const [partition, checkpoint] of position) {
        reached.set(partition, checkpoint);
        const writes = awaited.get(partition) ?? [];
        if (writes.length === 0) continue;
        const passed = writes.filter(({ nextOffset }) => nextOffset <= checkpoint);
        if (passed.length === 0) continue;
        const left = writes.filter(({ nextOffset }) => nextOffset > checkpoint);
        awaited.set(partition, left);
        for (const { at } of passed) visible((now() - at) / 1000);
      }
    },
  };
}

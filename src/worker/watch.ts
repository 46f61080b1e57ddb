/**
 * The watch: once a second one look at log and view, shared by all loops of a worker. So each learns in time, idle or not,
 * that its claim or its generation is gone, and how far the log's end is.
 */
import { defineLoop, every } from '../core/loop.ts';
import type { Bounds, Log } from '../log/log.ts';
import type { View, ViewDescription } from '../view/view.ts';

/** How often the watch looks. Milliseconds. */
const LOOK = defineLoop('worker.watch', { everyMs: 1_000 });

/** Where the log's partitions ended, and a moment just before they were asked. Milliseconds. */
export interface Look {
  readonly at: number;
  readonly bounds: Bounds;
}

export interface FullLook extends Look {
  readonly view: ViewDescription;
}

/** Called when a look begins; what it answers is given what was seen, or undefined where log or view didn't answer. */
export type Onlooker = () => (seen: FullLook | undefined) => void;

export interface Watch {
  /** From now on the onlooker takes part in every look that begins; answers how to end that. */
  join(onlooker: Onlooker): () => void;
}

/** Looks at the log's ends: whatever lies behind them was appended after the look's moment. */
export async function lookAt(log: Log, now: () => number): Promise<Look> {
  const at = now();
  return { at, bounds: await log.bounds() };
}

/** A watch; it has a timer only while somebody takes part. */
export function makeWatch(log: Log, view: View, now: () => number): Watch {
  const onlookers = new Set<Onlooker>();
  let looking: ReturnType<typeof every> | undefined;

  async function see(): Promise<FullLook | undefined> {
    try {
      const [look, description] = await Promise.all([lookAt(log, now), view.describe()]);
      return { ...look, view: description };
    } catch {
      return undefined;
    }
  }

  async function look(): Promise<void> {
    const begun = [...onlookers].map((onlooker) => onlooker());
    const seen = await see();
    for (const tell of begun) tell(seen);
  }

  return {
    join(onlooker) {
      onlookers.add(onlooker);
      looking ??= every(LOOK, look);
      return () => {
        onlookers.delete(onlooker);
        if (onlookers.size > 0) return;
        looking?.stop();
        looking = undefined;
      };
    },
  };
}

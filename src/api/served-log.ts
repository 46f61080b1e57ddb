/**
 * What the API knows of the log it serves beside what the writer says: by which name answers call it, whether the view is of this
 * log, and whether the view is held. The writer knows the log's id, and the view what it was built from; neither knows the other.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Doubt, isHeld } from '../doubts.ts';
import type { ServedLog } from '../http/served.ts';
import { incarnationText, logIdOf, rememberIncarnation } from '../incarnation.ts';
import { shared } from '../status/inspect.ts';
import { watchView } from '../status/view-watch.ts';
import type { View } from '../view/view.ts';
import type { Writer } from '../writer/writer.ts';

/** Where the view is of another log, the log is asked who it is; not more often than this. Milliseconds. */
const ASK_AGAIN_MS = 1_000;
/** How long a read waits for that answer. Milliseconds. */
const ASK_WITHIN_MS = 1_000;

export interface WatchedLog extends ServedLog {
  /** An answer of the view is true for this incarnation. */
  see(incarnation: string): void;
  /** Whether that incarnation is of the log that writes land in; asks the log again before it says no. */
  isThisLog(incarnation: string): boolean | Promise<boolean>;
  stop(): void;
}

/** Looks at the view at once, whether it is answered or not, and then once a second. */
export async function watchLog(writer: Writer, view: Pick<View, 'describe'>): Promise<WatchedLog> {
  const seen = rememberIncarnation();
  const watch = await watchView(view, ({ generation }) => {
    if (generation !== undefined) seen.see(incarnationText(generation.logId, generation.incarnation));
  });
  const isThisLog = comparer(writer);
  return {
    get incarnation() {
      return seen.of(writer.logId);
    },
    async refresh() {
      await Promise.all([writer.refresh(), watch.look().catch(() => undefined)]);
    },
    get held(): Doubt | undefined {
      const doubt = watch.last?.doubt;
      return isHeld(doubt) ? doubt : undefined;
    },
    see: (incarnation) => seen.see(incarnation),
    isThisLog,
    stop: () => watch.stop(),
  };
}

function comparer(writer: Writer): WatchedLog['isThisLog'] {
  let askedAt = -Infinity;
  const ask = shared(async () => {
    // Where the log doesn't answer, what was known of it last will do.
    await writer.refresh().catch(() => undefined);
    askedAt = performance.now();
  });
  const isSame = (incarnation: string): boolean => logIdOf(incarnation) === writer.logId;
  const askThenCompare = async (incarnation: string): Promise<boolean> => {
    if (performance.now() - askedAt > ASK_AGAIN_MS)
      await Promise.race([ask(), pause(ASK_WITHIN_MS, undefined, { ref: false })]);
    return isSame(incarnation);
  };
  return (incarnation) => isSame(incarnation) || askThenCompare(incarnation);
}

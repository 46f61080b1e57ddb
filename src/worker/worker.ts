/** The worker: keeps the partitions that it is assigned, one loop each. */
import type { Logger } from 'pino';
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { PartitionStatus } from '../status/status.ts';
import type { View } from '../view/view.ts';
import { makeBeat } from './beat.ts';
import { makeGenerations } from './generation.ts';
import { startPartitionLoop, type LoopContext, type PartitionLoop } from './partition-loop.ts';
import { makeTurns } from './turns.ts';

export interface WorkerOptions {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  /** Workers of one group share the partitions. */
  readonly group: string;
  readonly logger: Logger;
  /** The clock, in milliseconds since the epoch; tests give their own. */
  readonly now?: () => number;
}

export interface Worker {
  /** The assigned partitions and where they stand. */
  statuses(): readonly PartitionStatus[];
  /** Ends after the steps under way; what was not applied will be replayed. */
  stop(): Promise<void>;
}

/** Starts at once and never blocks on the replay; failures are tried again and shown by `statuses`. */
export function startWorker({ model, log, view, group, logger, now = Date.now }: WorkerOptions): Worker {
  const generations = makeGenerations(model, log, view, now, logger);
  const context: LoopContext = { model, log, view, generations, turns: makeTurns(), beat: makeBeat(), logger, now };
  const loops = new Map<number, PartitionLoop>();
  const stopping = new AbortController();

  async function follow(): Promise<void> {
    for await (const assigned of log.membership(group, stopping.signal)) {
      const revoked = [...loops].filter(([partition]) => !assigned.has(partition));
      for (const [partition] of revoked) loops.delete(partition);
      for (const partition of assigned) {
        if (!loops.has(partition)) loops.set(partition, startPartitionLoop(context, partition));
      }
      await Promise.all(revoked.map(([, loop]) => loop.stop()));
    }
  }

  const following = follow();
  return {
    statuses: () => [...loops.values()].map((loop) => loop.status()).sort((a, b) => a.partition - b.partition),
    async stop() {
      stopping.abort();
      await following;
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  };
}

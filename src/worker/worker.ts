/** The worker: keeps the partitions that it is assigned, one loop each. */
import type { Logger } from 'pino';
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { SILENT, type Recorder } from '../status/recorder.ts';
import type { PartitionStatus } from '../status/status.ts';
import type { View } from '../view/view.ts';
import { makeBeat } from './beat.ts';
import { makeGenerations } from './generation.ts';
import type { LoopContext } from './keeper.ts';
import { startPartitionLoop, type PartitionLoop } from './partition-loop.ts';
import { makeRetry } from './retry.ts';
import { makeTurns } from './turns.ts';
import { makeWatch } from './watch.ts';

export interface WorkerOptions {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  /** Workers of one group share the partitions. */
  readonly group: string;
  readonly logger: Logger;
  /** Default: counts nothing. */
  readonly recorder?: Recorder;
  /** The clock, in milliseconds since the epoch; tests give their own. */
  readonly now?: () => number;
}

export interface Worker {
  /** The assigned partitions and where they stand. */
  statuses(): readonly PartitionStatus[];
  /** Whether the log has told which partitions are this worker's; it may be none. */
  assigned(): boolean;
  /** One line where the log doesn't tell which partitions are this worker's. */
  problem(): string | undefined;
  /** Ends after the steps under way; what was not applied will be replayed. */
  stop(): Promise<void>;
}

/** How often the log is told how far the view has come, for its own tools. Milliseconds. */
const COMMIT_EVERY_MS = 5_000;

/** Starts at once and never blocks on the replay; failures are tried again and shown by `statuses`. */
export function startWorker(options: WorkerOptions): Worker {
  const { model, log, view, group, logger, recorder = SILENT, now = Date.now } = options;
  const generations = makeGenerations(model, log, view, now, logger);
  const shared = { turns: makeTurns(), beat: makeBeat(), watch: makeWatch(log, view, now) };
  const context: LoopContext = { model, log, view, generations, ...shared, recorder, logger, now };
  const loops = new Map<number, PartitionLoop>();
  const stopping = new AbortController();
  let assigned = false;
  const retry = makeRetry(stopping.signal, (problem, retryInMs) => {
    logger.error({ model: model.name, problem, retryInMs }, 'the membership of the worker failed');
  });

  /** While it fails, partitions held before are kept: whoever takes one over fences this worker. */
  async function follow(): Promise<void> {
    for await (const partitions of log.membership(group, stopping.signal)) {
      retry.progressed();
      assigned = true;
      recorder.rebalanced(model.name, partitions.size);
      const revoked = [...loops].filter(([partition]) => !partitions.has(partition));
      for (const [partition] of revoked) loops.delete(partition);
      for (const partition of partitions) {
        if (!loops.has(partition)) loops.set(partition, startPartitionLoop(context, partition));
      }
      await Promise.all(revoked.map(([, loop]) => loop.stop()));
    }
    if (!stopping.signal.aborted) throw new Error('the log ended the membership by itself');
  }

  const statuses = (): PartitionStatus[] =>
    [...loops.values()].map((loop) => loop.status()).sort((a, b) => a.partition - b.partition);

  async function commit(): Promise<void> {
    const claimed = statuses().filter(({ phase }) => phase === 'live' || phase === 'replaying');
    await log.commit(group, new Map(claimed.map(({ partition, checkpoint }) => [partition, checkpoint])));
  }

  // Only tools look at it, so a commit that fails is nobody's concern: the next one makes up for it.
  const committing = setInterval(() => void commit().catch(() => undefined), COMMIT_EVERY_MS).unref();
  const following = retry.run(follow);
  return {
    statuses,
    assigned: () => assigned,
    problem: () => retry.problem(),
    async stop() {
      clearInterval(committing);
      await commit().catch(() => undefined);
      stopping.abort();
      await following;
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  };
}

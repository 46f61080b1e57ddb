/** The worker: keeps the partitions that it is assigned, one loop each. */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { atMost } from '../core/at-most.ts';
import { defineLoop, every } from '../core/loop.ts';
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { SILENT, type Recorder } from '../status/recorder.ts';
import type { PartitionStatus } from '../status/status.ts';
import type { View } from '../view/view.ts';
import { makeBeat } from './beat.ts';
import { makeGenerations, StandBy } from './generation.ts';
import type { LoopContext } from './keeper.ts';
import { startPartitionLoop, type PartitionLoop } from './partition-loop.ts';
import { makeRetry } from './retry.ts';
import { startSeen } from './seen.ts';
import { makeTurns } from './turns.ts';
import { makeWatch } from './watch.ts';

export interface WorkerOptions {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  /** Workers of one group share the partitions. */
  readonly group: string;
  readonly logger: Logger;
  /** A name for people, unlike every other worker's. Default: made of host and process. */
  readonly owner?: string;
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
  /** Ends after the steps under way, or some seconds; what was not applied will be replayed. */
  stop(): Promise<void>;
}

/** How often the log is told how far the view has come, for its own tools. Milliseconds. */
const COMMIT = defineLoop('worker.commit-for-tools', { everyMs: 5_000 });

/** A turn for each membership; it pauses after one that failed, and while it stands by. */
const FOLLOW = defineLoop('worker.membership', { everyMs: 100, mostMs: 5_000 });

/**
 * When a worker stops: how long the last commit may take, and then leaving the group and the steps under way. Milliseconds. A log or a
 * view that is silent holds it up no longer; a step that is cut off is as after a crash.
 */
const LAST_COMMIT_MS = 1_000;
const STOP_WITHIN_MS = 3_000;

let workers = 0;

function ownName(): string {
  workers += 1;
  return `${hostname()}-${process.pid}${workers === 1 ? '' : `-${workers}`}`;
}

/** Starts at once and never blocks on the replay; failures are tried again and shown by `statuses`. */
export function startWorker(options: WorkerOptions): Worker {
  const { model, log, view, group, logger, recorder = SILENT, now = Date.now } = options;
  const { owner = ownName() } = options;
  const generations = makeGenerations({ model, log, view, owner, recorder, logger, now });
  const shared = { turns: makeTurns(), beat: makeBeat(), watch: makeWatch(log, view, now) };
  const standing = { by: new AbortController() };
  const standBy = (reason: string): void => standing.by.abort(new StandBy(reason));
  const context: LoopContext = { model, log, view, generations, ...shared, owner, standBy, recorder, logger, now };
  const loops = new Map<number, PartitionLoop>();
  const stopping = new AbortController();
  let assigned = false;
  const retry = makeRetry(FOLLOW, stopping.signal, (problem, retryInMs) => {
    logger.error({ model: model.name, problem, retryInMs }, 'the membership of the worker failed');
  });

  const seen = startSeen(view, owner, () => loops.values());
  const ending = new Set<Promise<unknown>>();

  /** Stops loops beside what goes on: newly assigned partitions don't wait for them. */
  function end(ended: readonly PartitionLoop[]): void {
    const all = Promise.all([seen.leave(ended), ...ended.map((loop) => loop.stop())]);
    ending.add(all);
    void all.finally(() => ending.delete(all));
  }

  /**
   * While it fails, partitions held before are kept: another worker that takes one over fences this one. Where the view is
   * another worker's, this one leaves the group and keeps nothing until that is over.
   */
  async function follow(): Promise<void> {
    // Nothing is begun before it is a member: a worker of an older version may keep the view, in a group of another name.
    await generations.look().catch((error: unknown) => {
      if (error instanceof StandBy) throw error;
    });
    standing.by = new AbortController();
    const signal = AbortSignal.any([stopping.signal, standing.by.signal]);
    for await (const partitions of log.membership(group, signal)) {
      retry.progressed();
      assigned = true;
      recorder.rebalanced(model.name, partitions.size);
      const revoked = [...loops].filter(([partition]) => !partitions.has(partition));
      for (const [partition] of revoked) loops.delete(partition);
      end(revoked.map(([, loop]) => loop));
      for (const partition of partitions) {
        if (!loops.has(partition)) loops.set(partition, startPartitionLoop(context, partition));
      }
    }
    if (standing.by.signal.aborted && !stopping.signal.aborted) {
      end([...loops.values()]);
      loops.clear();
      throw standing.by.signal.reason;
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
  const committing = every(COMMIT, () => commit().catch(() => undefined));
  const following = retry.run(follow);
  return {
    statuses,
    assigned: () => assigned,
    problem: () => retry.problem(),
    async stop() {
      committing.stop();
      seen.stop();
      await atMost(LAST_COMMIT_MS, commit());
      stopping.abort();
      end([...loops.values()]);
      await atMost(STOP_WITHIN_MS, Promise.all([following, ...ending]));
    },
  };
}

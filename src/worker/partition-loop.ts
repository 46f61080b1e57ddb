/** Keeps one partition of the view true: claim, read, apply, for as long as the worker is a member. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineLoop } from '../core/loop.ts';
import type { PartitionPhase, PartitionStatus } from '../status/status.ts';
import { claimPartition, type Keeper, type LoopContext } from './keeper.ts';
import { StandBy } from './generation.ts';
import { isCaughtUp, type Claimed } from './partition-state.ts';
import { makeRetry } from './retry.ts';

export interface HeldClaim {
  readonly generation: string;
  readonly partition: number;
  readonly epoch: number;
}

export interface PartitionLoop {
  status(): PartitionStatus;
  /** The claim that it holds, or held last, unless another worker has taken it; undefined: none. */
  claim(): HeldClaim | undefined;
  /** Ends the loop after the step under way. */
  stop(): Promise<void>;
}

/**
 * How long a fenced worker waits before it claims again. Milliseconds. By then it has learned whether the partition is
 * still its own: else two workers would fence each other in turns until one of them did.
 */
const FENCED_PAUSE_MS = 2_000;

/** How long a loop waits whose claim is gone with its generation, or by its own decision: no cycle goes without time. Milliseconds. */
const LOST_PAUSE_MS = 100;

/** A turn for each claim; after a failed step it pauses, and after a claim that was lost. */
const KEEP = defineLoop('worker.partition', { everyMs: 100, mostMs: 5_000 });

/** Starts a loop. It tries again whatever fails, and tells in its status what failed, until it is stopped. */
export function startPartitionLoop(context: LoopContext, partition: number): PartitionLoop {
  const { model, logger } = context;
  const stopping = new AbortController();
  const retry = makeRetry(KEEP, stopping.signal, (problem, retryInMs) => {
    logger.error({ model: model.name, partition, problem, retryInMs }, 'a step of the worker failed');
  });
  let keeper: Keeper | undefined;
  /** While a step fails there is no keeper, but this worker is still the one that keeps the partition. */
  let held: HeldClaim | undefined;

  async function keepPartition(): Promise<void> {
    keeper = undefined;
    const before = await context.generations.ensure().catch(orStandBy);
    keeper = await claimPartition(context, partition, before, stopping.signal);
    held = keeper && { generation: keeper.state.generation, partition, epoch: keeper.state.epoch };
    retry.mended();
    await keeper?.keep(() => retry.progressed());
    if (stopping.signal.aborted) return;
    const isFenced = keeper?.fenced === true;
    keeper = undefined;
    if (isFenced) held = undefined;
    if (isFenced) logger.info({ model: model.name, partition }, 'another worker has claimed the partition');
    await pause(isFenced ? FENCED_PAUSE_MS : LOST_PAUSE_MS);
  }

  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  };

  function orStandBy(error: unknown): never {
    if (error instanceof StandBy) context.standBy(error.message);
    throw error;
  }

  const running = retry.run(keepPartition);
  return {
    status() {
      const state = keeper?.state;
      const problem = retry.problem();
      const { checkpoint = 0, target = 0 } = state ?? {};
      return { partition, phase: problem === undefined ? phaseOf(state) : 'failing', checkpoint, target, problem };
    },
    claim: () => held,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Readers answer by the view's own mark, so a partition counts as live only once the view holds it. */
function phaseOf(state: Claimed | undefined): PartitionPhase {
  if (state === undefined) return 'claiming';
  return isCaughtUp(state) && state.live ? 'live' : 'replaying';
}

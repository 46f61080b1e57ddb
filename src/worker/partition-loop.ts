/** Keeps one partition of the view true: claim, read, apply, for as long as the worker is a member. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Batch, Log, LogDescription, LogRecord } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { PartitionStatus } from '../status/status.ts';
import type { QuarantinedRecord, View, ViewUpdate } from '../view/view.ts';
import { beginFold, type BatchEffect } from './apply.ts';
import type { Beat } from './beat.ts';
import type { Generations } from './generation.ts';
import { afterApply, becomesLive, isCaughtUp, mayHaveMissedTombstones, type Claimed } from './partition-state.ts';
import type { Turns } from './turns.ts';

/** What the loops of one worker share. */
export interface LoopContext {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  readonly generations: Generations;
  readonly turns: Turns;
  readonly beat: Beat;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface PartitionLoop {
  status(): PartitionStatus;
  /** Ends the loop after the step under way. */
  stop(): Promise<void>;
}

/** First and greatest pause before a failed step is tried again. Milliseconds. */
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5_000;
/** How often a partition checks that it still holds its claim, and notes that it is caught up. Milliseconds. */
const CHECK_EVERY_MS = 30_000;

/** Starts a loop. It tries again whatever fails, and tells in its status what failed, until it is stopped. */
export function startPartitionLoop(context: LoopContext, partition: number): PartitionLoop {
  const { model, logger } = context;
  const stopping = new AbortController();
  let keeper: Keeper | undefined;
  let problem: string | undefined;
  let pause = RETRY_FIRST_MS;

  async function attempt(): Promise<void> {
    await context.generations.ensure();
    keeper = await claim(context, partition, stopping.signal);
    problem = undefined;
    await keeper?.keep(() => {
      problem = undefined;
      pause = RETRY_FIRST_MS;
    });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await attempt();
      } catch (error) {
        if (stopping.signal.aborted) return;
        problem = error instanceof Error ? error.message : String(error);
        logger.error({ model: model.name, partition, problem, retryInMs: pause }, 'a step of the worker failed');
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
        pause = Math.min(pause * 2, RETRY_MOST_MS);
      }
    }
  }

  const running = run();
  return {
    status() {
      const state = keeper?.state();
      const { checkpoint = 0, target = 0 } = state ?? {};
      const phase = state === undefined ? 'claiming' : isCaughtUp(state) ? 'live' : 'replaying';
      return { partition, phase: problem === undefined ? phase : 'failing', checkpoint, target, problem };
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** The most that is folded in one turn: a few milliseconds of work. */
const SLICE_RECORDS = 64;
const SLICE_BYTES = 32 * 1024;

function* slicesOf(records: readonly LogRecord[]): Iterable<readonly LogRecord[]> {
  let from = 0;
  let bytes = 0;
  for (const [at, { value }] of records.entries()) {
    if (at > from && (at - from === SLICE_RECORDS || bytes >= SLICE_BYTES)) {
      yield records.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += value?.length ?? 0;
  }
  if (from < records.length) yield records.slice(from);
}

/** A claimed partition. */
interface Keeper {
  state(): Claimed;
  /** Reads and applies until the claim or the generation is lost, or the loop is stopped. */
  keep(progressed: () => void): Promise<void>;
}

/** Claims the partition; undefined where the generation is gone. */
async function claim(context: LoopContext, partition: number, stop: AbortSignal): Promise<Keeper | undefined> {
  const { view, log, now } = context;
  const claimed = await view.claim(partition);
  if (claimed.kind === 'gone') return undefined;
  const [description, bounds] = await Promise.all([log.describe(), log.bounds()]);
  const { generation, epoch, checkpoint, live } = claimed;
  // At checkpoint 0 nothing of the log has been read, so no delete can have been missed so far.
  const caughtUpAt = claimed.caughtUpAt === undefined || checkpoint === 0 ? now() : claimed.caughtUpAt;
  const target = bounds.get(partition)!.endOffset;
  const state = { generation, epoch, checkpoint, target, live, caughtUpAt };
  return makeKeeper(context, partition, description, state, stop);
}

function makeKeeper(
  context: LoopContext,
  partition: number,
  description: LogDescription,
  claimed: Claimed,
  stop: AbortSignal,
): Keeper {
  const { model, log, view, generations, turns, beat, logger, now } = context;
  const lost = new AbortController();
  const signal = AbortSignal.any([stop, lost.signal]);
  let state = claimed;

  function update(nextOffset: number): ViewUpdate {
    const { generation, epoch, checkpoint: fromOffset } = state;
    const fence = { logId: description.id, generation, fingerprint: model.fingerprint, partition, epoch, fromOffset };
    const marks = { live: becomesLive(state, nextOffset), caughtUpAt: undefined };
    return { ...fence, nextOffset, operations: [], quarantined: [], ...marks };
  }

  /** An update without records: sets the live mark where the partition is complete already, and caughtUpAt. */
  async function mark(caughtUpAt: number): Promise<void> {
    const at = state.checkpoint;
    const step = afterApply(state, at, await view.apply({ ...update(at), caughtUpAt }));
    if (step.kind === 'go-on') state = { ...state, live: state.live || step.state.live, caughtUpAt };
    else if (step.kind !== 'reread') lost.abort();
  }

  async function check(): Promise<void> {
    const asked = now();
    const end = (await log.bounds()).get(partition)!.endOffset;
    if (state.checkpoint >= end) await mark(asked);
  }

  async function fold(batch: Batch): Promise<BatchEffect> {
    const folding = beginFold(model, partition);
    for (const slice of slicesOf(batch.records)) {
      await turns.take();
      folding.add(slice);
    }
    return folding.effect();
  }

  /** Applies the batch; answers whether to go on with the next one. */
  async function apply(batch: Batch): Promise<boolean> {
    const effect = await fold(batch);
    const outcome = await beat.keep(batch.records.length, () => view.apply({ ...update(batch.nextOffset), ...effect }));
    if (outcome.kind === 'applied') report(effect.quarantined);
    const step = afterApply(state, batch.nextOffset, outcome);
    if (step.kind === 'go-on' || step.kind === 'reread') state = step.state;
    if (step.kind === 'reclaim' || step.kind === 'rebuild') lost.abort();
    return step.kind === 'go-on';
  }

  function report(quarantined: readonly QuarantinedRecord[]): void {
    for (const { offset, reason, detail } of quarantined.slice(0, 1)) {
      const first = { offset, reason, detail };
      logger.warn(
        { model: model.name, partition, quarantined: quarantined.length, first },
        'records went to quarantine',
      );
    }
  }

  /** Reads on from the checkpoint until the place, the claim or the generation is lost. */
  async function readOn(progressed: () => void): Promise<void> {
    for await (const batch of log.read(partition, state.checkpoint, signal)) {
      if (mayHaveMissedTombstones(state.caughtUpAt, now(), description)) {
        await generations.replace(state.generation, `deletes may have been missed in partition ${partition}`);
        lost.abort();
      } else if (await apply(batch)) {
        progressed();
        continue;
      }
      return;
    }
  }

  return {
    state: () => state,
    async keep(progressed) {
      await mark(state.caughtUpAt);
      const checks = setInterval(() => void check().catch(() => lost.abort()), CHECK_EVERY_MS).unref();
      try {
        while (!signal.aborted) await readOn(progressed);
      } finally {
        clearInterval(checks);
      }
    },
  };
}

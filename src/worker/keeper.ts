/** A claimed partition: reads the log from the checkpoint on and applies it, until the claim or the generation is lost. */
import type { Logger } from 'pino';
import { defineLoop, repeat } from '../core/loop.ts';
import { type Batch, boundsOf, LogDiverged, type Log, type LogDescription, RecordsRemoved } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { shownBytes } from '../model/shown-bytes.ts';
import type { ApplyOutcome, Claim, QuarantinedRecord, View, ViewUpdate } from '../view/view.ts';
import type { Beat } from './beat.ts';
import { type Generations, NotYet } from './generation.ts';
import type { Recorder } from '../status/recorder.ts';
import {
  afterApply,
  afterLook,
  afterMark,
  becomesLive,
  claimedState,
  isStillOurs,
  mayHaveMissedTombstones,
  noteDue,
  notAfter,
  type Claimed,
} from './partition-state.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { divergence } from './seam.ts';
import type { Turns } from './turns.ts';
import { lookAt, type FullLook, type Look, type Watch } from './watch.ts';

/** What the loops of one worker share. */
export interface LoopContext {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  readonly generations: Generations;
  readonly turns: Turns;
  readonly beat: Beat;
  readonly watch: Watch;
  /** This worker's name: host and process. */
  readonly owner: string;
  /** The view is another worker's: this one is to leave it alone, for that reason. */
  readonly standBy: (reason: string) => void;
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Claims the partition; undefined where the generation is gone. `before` is a look at the log from before the claim, when
 * the view was found to fit. Rejects where the log no longer holds what the view was built from: that is one sighting of it.
 */
export async function claimPartition(
  context: LoopContext,
  partition: number,
  before: Look,
  stop: AbortSignal,
): Promise<Keeper | undefined> {
  const { view, log, now } = context;
  const endOf = ({ at, bounds }: Look) => ({ at, endOffset: boundsOf(bounds, partition).endOffset });
  // A partition that doesn't answer is not claimed: each claim would fence the one before it for nothing.
  const seenBefore = endOf(before);
  const claim = await view.claim(partition, context.owner);
  if (claim.kind === 'gone') return undefined;
  await checkSeam(context, partition, claim);
  const [description, look] = await Promise.all([log.describe(), lookAt(log, now)]);
  const state = claimedState(claim, seenBefore, endOf(look));
  const { startOffset } = boundsOf(before.bounds, partition);
  return new Keeper(context, partition, { ...description, startOffset }, state, stop);
}

async function checkSeam(
  { log, generations }: LoopContext,
  partition: number,
  { generation, checkpoint, seam }: Claim & { kind: 'claimed' },
): Promise<void> {
  const evidence = seam && (await divergence(log, partition, checkpoint, seam));
  if (evidence === undefined) return;
  await generations.sight(generation, 'LOG_DIVERGED', evidence);
  throw new NotYet(`the log has lost records (${evidence}): looked at again`);
}

/** The most records in quarantine that one line of the log names, and the most of a key's characters that it shows. */
const MOST_REPORTED = 5;
const MOST_KEY = 100;

function reportOf({ key, offset, reason, detail }: QuarantinedRecord): object {
  return { key: shownBytes(key, MOST_KEY), offset, reason, detail };
}

/** The log at the claim, and where it began then. */
type KeptLog = LogDescription & { readonly startOffset: number };

/** Reading ends where the checkpoint isn't what the claim thought: it goes on from there after a pause. */
const READ_AGAIN = defineLoop('worker.read-again', { everyMs: 100, mostMs: 1_000 });

export class Keeper {
  readonly #context: LoopContext;
  readonly #partition: number;
  readonly #description: KeptLog;
  readonly #lost = new AbortController();
  readonly #signal: AbortSignal;
  #state: Claimed;
  #applying = false;
  #fenced = false;

  constructor(context: LoopContext, partition: number, description: KeptLog, state: Claimed, stop: AbortSignal) {
    this.#context = context;
    this.#partition = partition;
    this.#description = description;
    this.#state = state;
    this.#signal = AbortSignal.any([stop, this.#lost.signal]);
  }

  get state(): Claimed {
    return this.#state;
  }

  /** Whether the claim was lost to another worker's. */
  get fenced(): boolean {
    return this.#fenced;
  }

  /** Reads and applies until the claim or the generation is lost, or the loop is stopped. Rejects where a step fails. */
  async keep(progressed: () => void): Promise<void> {
    await this.#mark();
    const leave = this.#context.watch.join(() => {
      const { checkpoint } = this.#state;
      return (seen) => this.#look(seen, checkpoint);
    });
    try {
      await repeat(READ_AGAIN, this.#signal, async () => {
        await this.#readOn(progressed);
        return 'pause';
      });
    } catch (error) {
      await this.#sight(error);
      throw error;
    } finally {
      leave();
    }
  }

  /** Reads on from the checkpoint until the place, the claim or the generation is lost. */
  async #readOn(progressed: () => void): Promise<void> {
    const { log, now } = this.#context;
    const { checkpoint: offset, seam } = this.#state;
    const from = { offset, logId: this.#description.id, ...seam };
    for await (const batch of this.#inTurns(log.read(this.#partition, from, this.#signal))) {
      const at = now();
      this.#state = notAfter(this.#state, at);
      if (mayHaveMissedTombstones(this.#state.caughtUpAt, at, this.#description)) return this.#replace();
      if (!(await this.#apply(batch))) return;
      progressed();
    }
    // Reading again at once would be a loop without a pause, so this counts as a failed step.
    if (!this.#signal.aborted) throw new Error(`the log ended the reading of partition ${this.#partition} by itself`);
  }

  /** Each batch is asked for in a turn: then it is decoded when it is wanted, and need not be kept until its own comes. */
  async *#inTurns(batches: AsyncIterable<Batch>): AsyncIterable<Batch> {
    const { turns } = this.#context;
    const iterator = batches[Symbol.asyncIterator]();
    try {
      await turns.take(this);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
        await turns.take(this);
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** What the log rejects with where it has lost records is one sighting of that. */
  async #sight(error: unknown): Promise<void> {
    const { generations } = this.#context;
    const { generation } = this.#state;
    if (error instanceof LogDiverged) await generations.sight(generation, 'LOG_DIVERGED', error.message);
    if (error instanceof RecordsRemoved) await generations.sight(generation, 'RECORDS_REMOVED', error.message);
  }

  async #replace(): Promise<void> {
    const reason = `deletes may have been missed in partition ${this.#partition}`;
    await this.#context.generations.replace(this.#state.generation, reason);
    this.#lost.abort();
  }

  /** Applies the batch; answers whether to go on with the next one. */
  async #apply(batch: Batch): Promise<boolean> {
    const { length } = batch.records;
    for await (const piece of piecesOf(this.#context, this, this.#partition, batch, this.#state.seam?.tail))
      if (!(await this.#applyPiece(piece, length))) return false;
    return true;
  }

  async #applyPiece({ records, nextOffset, effect, seam }: Piece, ofRecords: number): Promise<boolean> {
    const { view, beat } = this.#context;
    this.#applying = true;
    try {
      const update = { ...this.#update(nextOffset), ...effect, seam, caughtUpAt: noteDue(this.#state) };
      const began = performance.now();
      const outcome = await beat.keep(ofRecords, () => view.apply(update));
      this.#tell(outcome, records, effect.quarantined, performance.now() - began);
      const step = afterApply(this.#state, update, outcome);
      if (step.kind === 'go-on' || step.kind === 'reread') this.#state = step.state;
      else this.#lose(step.kind === 'reclaim');
      return step.kind === 'go-on';
    } finally {
      this.#applying = false;
    }
  }

  /** An update without records: sets the live mark where the partition is complete already, and notes caughtUpAt. */
  async #mark(): Promise<void> {
    const update = { ...this.#update(this.#state.checkpoint), caughtUpAt: this.#state.caughtUpAt };
    const outcome = await this.#context.view.apply(update);
    if (outcome.kind === 'applied') this.#state = afterMark(this.#state, update);
    else this.#lose(outcome.kind === 'fenced');
  }

  #update(nextOffset: number): ViewUpdate {
    const { generation, epoch, checkpoint: fromOffset } = this.#state;
    const { id: logId } = this.#description;
    const { fingerprint } = this.#context.model;
    const fence = { logId, generation, fingerprint, partition: this.#partition, epoch, fromOffset };
    const live = becomesLive(this.#state, nextOffset);
    return { ...fence, nextOffset, operations: [], quarantined: [], live, caughtUpAt: undefined };
  }

  /** What the watch saw; `checkpoint` is where the partition stood when the look began. */
  #look(seen: FullLook | undefined, checkpoint: number): void {
    if (this.#signal.aborted) return;
    const bounds = seen?.bounds.get(this.#partition);
    const end = bounds === undefined || 'problem' in bounds ? undefined : bounds.endOffset;
    const isShort = end !== undefined && end < checkpoint;
    const isCut = bounds !== undefined && !('problem' in bounds) && bounds.startOffset > this.#description.startOffset;
    // Where nothing was seen, or the log has less than before, claiming again finds out what is wrong.
    if (
      seen === undefined ||
      end === undefined ||
      isShort ||
      isCut ||
      !isStillOurs(this.#state, this.#partition, checkpoint, seen.view)
    ) {
      const stored = seen?.view.partitions.get(this.#partition);
      this.#lose(seen?.view.generation?.id === this.#state.generation && (stored?.epoch ?? 0) > this.#state.epoch);
      return;
    }
    this.#state = afterLook(this.#state, { at: seen.at, endOffset: end });
    // Under load the next batch carries the note.
    if (this.#applying || noteDue(this.#state) === undefined) return;
    this.#mark().catch(() => this.#lost.abort());
  }

  #lose(toAnotherWorker: boolean): void {
    if (toAnotherWorker) {
      this.#fenced = true;
      this.#context.recorder.fenced(this.#context.model.name, this.#partition);
    }
    this.#lost.abort();
  }

  #tell(outcome: ApplyOutcome, records: number, quarantined: readonly QuarantinedRecord[], ms: number): void {
    const { recorder, model } = this.#context;
    if (outcome.kind === 'moved') recorder.moved(model.name, this.#partition);
    if (outcome.kind !== 'applied') return;
    recorder.applied(model.name, this.#partition, records, quarantined.length, ms / 1000);
    this.#report(quarantined);
  }

  #report(quarantined: readonly QuarantinedRecord[]): void {
    if (quarantined.length === 0) return;
    const first = quarantined.slice(0, MOST_REPORTED).map(reportOf);
    const { name: model } = this.#context.model;
    this.#context.logger.warn(
      { model, partition: this.#partition, quarantined: quarantined.length, first },
      'records went to quarantine; kmodel quarantine list shows them',
    );
  }
}

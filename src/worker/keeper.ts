/** A claimed partition: reads the log from the checkpoint on and applies it, until the claim or the generation is lost. */
import type { Logger } from 'pino';
import { type Batch, boundsOf, type Log, type LogDescription, type LogRecord } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { shownBytes } from '../model/shown-bytes.ts';
import type { ApplyOutcome, QuarantinedRecord, View, ViewUpdate } from '../view/view.ts';
import { beginFold, type BatchEffect } from './apply.ts';
import type { Beat } from './beat.ts';
import type { Generations } from './generation.ts';
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
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Claims the partition; undefined where the generation is gone. `before` is a look at the log from before the claim, when
 * the view was found to fit.
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
  const claim = await view.claim(partition);
  if (claim.kind === 'gone') return undefined;
  const [description, look] = await Promise.all([log.describe(), lookAt(log, now)]);
  const state = claimedState(claim, seenBefore, endOf(look));
  return new Keeper(context, partition, description, state, stop);
}

/** The most that is folded in one turn: a few milliseconds of work. */
const SLICE_RECORDS = 64;
const SLICE_BYTES = 32 * 1024;
/** A rest of the batch that is no larger a part of what comes before it is applied with it: an update of its own costs more. */
const SMALL_REST = 1 / 4;

function* slicesOf(records: readonly LogRecord[]): Iterable<readonly LogRecord[]> {
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at += 1) {
    if (at > from && (at - from === SLICE_RECORDS || bytes >= SLICE_BYTES)) {
      yield records.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += records[at]!.value?.length ?? 0;
  }
  if (from < records.length) yield records.slice(from);
}

/** The most records in quarantine that one line of the log names, and the most of a key's characters that it shows. */
const MOST_REPORTED = 5;
const MOST_KEY = 100;

function reportOf({ key, offset, reason, detail }: QuarantinedRecord): object {
  return { key: shownBytes(key, MOST_KEY), offset, reason, detail };
}

/** What is applied at once: `records` of them, up to `nextOffset`. */
interface Piece {
  readonly records: number;
  readonly nextOffset: number;
  readonly effect: BatchEffect;
}

export class Keeper {
  readonly #context: LoopContext;
  readonly #partition: number;
  readonly #description: LogDescription;
  readonly #lost = new AbortController();
  readonly #signal: AbortSignal;
  #state: Claimed;
  #applying = false;
  #fenced = false;

  constructor(context: LoopContext, partition: number, description: LogDescription, state: Claimed, stop: AbortSignal) {
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
      while (!this.#signal.aborted) await this.#readOn(progressed);
    } finally {
      leave();
    }
  }

  /** Reads on from the checkpoint until the place, the claim or the generation is lost. */
  async #readOn(progressed: () => void): Promise<void> {
    const { log, now } = this.#context;
    const from = { offset: this.#state.checkpoint, logId: this.#description.id };
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
      for (;;) {
        await turns.take(this);
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  async #replace(): Promise<void> {
    const reason = `deletes may have been missed in partition ${this.#partition}`;
    await this.#context.generations.replace(this.#state.generation, reason);
    this.#lost.abort();
  }

  /** Applies the batch; answers whether to go on with the next one. */
  async #apply(batch: Batch): Promise<boolean> {
    const { length } = batch.records;
    for await (const piece of this.#fold(batch)) if (!(await this.#applyPiece(piece, length))) return false;
    return true;
  }

  async #applyPiece({ records, nextOffset, effect }: Piece, ofRecords: number): Promise<boolean> {
    const { view, beat } = this.#context;
    this.#applying = true;
    try {
      const update = { ...this.#update(nextOffset), ...effect, caughtUpAt: noteDue(this.#state) };
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

  /** The batch's effect, in one piece where the view takes so many index entries at once. */
  async *#fold(batch: Batch): AsyncIterable<Piece> {
    const { model, view, turns } = this.#context;
    let records = 0;
    let rest = batch.records.length;
    let folding = beginFold(model, this.#partition, rest);
    for (const slice of slicesOf(batch.records)) {
      if (folding.entries() >= view.entriesPerUpdate && rest > records * SMALL_REST) {
        yield { records, nextOffset: slice[0]!.offset, effect: folding.effect() };
        folding = beginFold(model, this.#partition, rest);
        records = 0;
      }
      await turns.take(this);
      folding.add(slice);
      records += slice.length;
      rest -= slice.length;
    }
    // Whatever waits, here and in the log, would keep the records through collections of garbage.
    batch.records.length = 0;
    yield { records, nextOffset: batch.nextOffset, effect: folding.effect() };
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
    // Where nothing was seen, claiming again finds out what is wrong, and the loop's status shows it.
    if (seen === undefined || end === undefined || !isStillOurs(this.#state, this.#partition, checkpoint, seen.view)) {
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

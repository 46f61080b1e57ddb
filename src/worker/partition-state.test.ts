import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LogDescription, PartitionBounds } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import type { ViewDescription } from '../view/view.ts';
import {
  afterApply,
  becomesLive,
  generationProblem,
  isCaughtUp,
  mayHaveMissedTombstones,
  type Claimed,
} from './partition-state.ts';

const state: Claimed = { generation: 'g', epoch: 3, checkpoint: 5, target: 9, live: false, caughtUpAt: 0 };

describe('after an apply', () => {
  test('applied: on from the new checkpoint; live exactly when the captured end is passed (I5)', () => {
    expect(afterApply(state, 8, { kind: 'applied' })).toEqual({ kind: 'go-on', state: { ...state, checkpoint: 8 } });
    const passed = afterApply(state, 9, { kind: 'applied' });
    expect(passed).toEqual({ kind: 'go-on', state: { ...state, checkpoint: 9, live: true } });
    expect(becomesLive(state, 8)).toBe(false);
    expect(becomesLive(state, 9)).toBe(true);
    expect(becomesLive({ ...state, live: true }, 9)).toBe(false);
    expect(isCaughtUp(state)).toBe(false);
    expect(isCaughtUp({ ...state, checkpoint: 9 })).toBe(true);
    expect(isCaughtUp({ ...state, checkpoint: 0, target: 0 })).toBe(true);
  });

  test('moved: read again from where the view stands, also backwards', () => {
    expect(afterApply(state, 8, { kind: 'moved', checkpoint: 2 })).toEqual({
      kind: 'reread',
      state: { ...state, checkpoint: 2 },
    });
  });

  test('fenced: claim again; gone: find the generation anew', () => {
    expect(afterApply(state, 8, { kind: 'fenced', epoch: 4 })).toEqual({ kind: 'reclaim' });
    expect(afterApply(state, 8, { kind: 'gone' })).toEqual({ kind: 'rebuild' });
  });
});

describe('a view that can not be the view of this log is built anew', () => {
  const model = defineModel({ name: 'note', partitions: 1, schema: z.strictObject({ n: z.number() }) });
  const log: LogDescription = { id: 'log', partitions: 1, minCompactionLagMs: 0, deleteRetentionMs: 1000 };
  const bounds = (startOffset: number, endOffset: number): ReadonlyMap<number, PartitionBounds> =>
    new Map([[0, { startOffset, endOffset, stableEndOffset: endOffset }]]);
  const generation = { id: 'g', logId: 'log', fingerprint: model.fingerprint, partitions: 1 };
  const view = (checkpoint: number, caughtUpAt: number | undefined, more: object = {}): ViewDescription => ({
    generation: { ...generation, ...more },
    partitions: new Map([[0, { checkpoint, epoch: 1, live: true, caughtUpAt }]]),
    quarantined: 0,
  });
  const none: ViewDescription = { generation: undefined, partitions: new Map(), quarantined: 0 };

  test.each([
    ['nothing is wrong', view(5, 100), bounds(0, 9), 1100, undefined],
    ['at the end nothing can be missed, however long ago', view(9, 100), bounds(0, 9), 10_000, undefined],
    ['there is none', none, bounds(0, 9), 0, 'no view yet'],
    ['another log', view(5, 100, { logId: 'other' }), bounds(0, 9), 0, 'another log'],
    ['another definition', view(5, 100, { fingerprint: 'x' }), bounds(0, 9), 0, 'definition'],
    ['other partitions', view(5, 100, { partitions: 2 }), bounds(0, 9), 0, 'number of partitions'],
    ['ahead of the log', view(10, 100), bounds(0, 9), 0, 'ahead'],
    ['below the log', view(5, 100), bounds(6, 9), 0, 'no longer holds'],
    ['tombstones may be gone', view(5, 100), bounds(0, 9), 1101, 'deletes may have been missed'],
  ])('%s', (_, found, held, now, expected) => {
    const problem = generationProblem(model, log, held, found, now);
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(expected);
  });

  test('tombstones can be missed once they may have been removed', () => {
    expect(mayHaveMissedTombstones(100, 1100, log)).toBe(false);
    expect(mayHaveMissedTombstones(100, 1101, log)).toBe(true);
  });
});

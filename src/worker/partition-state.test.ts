import { describe, expect, test } from 'vitest';
import type { LogDescription } from '../log/log.ts';
import type { ViewDescription, ViewUpdate } from '../view/view.ts';
import {
  afterApply,
  afterLook,
  afterMark,
  becomesLive,
  claimedState,
  isCaughtUp,
  isStillOurs,
  mayHaveMissedTombstones,
  notAfter,
  noteDue,
  type Claimed,
  type SeenEnd,
} from './partition-state.ts';

const state: Claimed = {
  generation: 'g',
  epoch: 3,
  checkpoint: 5,
  target: 9,
  live: false,
  caughtUpAt: 0,
  seenEnd: undefined,
  notedAt: undefined,
  seam: undefined,
};

function upTo(nextOffset: number, caughtUpAt?: number): ViewUpdate {
  const fence = { logId: 'l', generation: 'g', fingerprint: 'f', partition: 0, epoch: 3, fromOffset: 5 };
  const live = becomesLive(state, nextOffset);
  return { ...fence, nextOffset, operations: [], quarantined: [], live, caughtUpAt };
}

describe('after an apply', () => {
  test('applied: on from the new checkpoint; live exactly when the captured end is passed (I5)', () => {
    expect(afterApply(state, upTo(8), { kind: 'applied' })).toEqual({
      kind: 'go-on',
      state: { ...state, checkpoint: 8 },
    });
    const passed = afterApply(state, upTo(9), { kind: 'applied' });
    expect(passed).toEqual({ kind: 'go-on', state: { ...state, checkpoint: 9, live: true } });
    expect(becomesLive(state, 8)).toBe(false);
    expect(becomesLive(state, 9)).toBe(true);
    expect(becomesLive({ ...state, live: true }, 9)).toBe(false);
    expect(isCaughtUp(state)).toBe(false);
    expect(isCaughtUp({ ...state, checkpoint: 9 })).toBe(true);
    expect(isCaughtUp({ ...state, checkpoint: 0, target: 0 })).toBe(true);
  });

  test('moved on: read again from where the view stands, of which the seam is not known', () => {
    const known = { ...state, seam: { leaderEpoch: 7 } };
    expect(afterApply(known, upTo(8), { kind: 'moved', checkpoint: 7 })).toEqual({
      kind: 'reread',
      state: { ...state, checkpoint: 7 },
    });
  });

  test('moved back: the view is an older one, whose marks are older too, so it is claimed again', () => {
    expect(afterApply(state, upTo(8), { kind: 'moved', checkpoint: 2 })).toEqual({ kind: 'rebuild' });
  });

  test('the seam is the one of the last update, and stays where an update only sets marks', () => {
    const known = { ...state, seam: { leaderEpoch: 7 } };
    const after = (update: ViewUpdate) => afterApply(known, update, { kind: 'applied' });
    expect(after({ ...upTo(8), seam: { tail: '7:a' } })).toMatchObject({ state: { seam: { tail: '7:a' } } });
    expect(after(upTo(8))).toMatchObject({ state: { seam: undefined } });
    expect(after(upTo(5))).toMatchObject({ state: { seam: { leaderEpoch: 7 } } });
  });

  test('fenced: claim again; gone: find the generation anew', () => {
    expect(afterApply(state, upTo(8), { kind: 'fenced', epoch: 4 })).toEqual({ kind: 'reclaim' });
    expect(afterApply(state, upTo(8), { kind: 'gone' })).toEqual({ kind: 'rebuild' });
  });
});

describe('caughtUpAt: a moment before which no delete is unread', () => {
  const claim = { kind: 'claimed', generation: 'g', epoch: 3, live: true } as const;
  const end = (at: number, endOffset: number): SeenEnd => ({ at, endOffset });

  test('a claim at the end of the log is caught up now, however long nothing was written', () => {
    const stored = { ...claim, checkpoint: 7, caughtUpAt: 100 };
    expect(claimedState(stored, end(5000, 7), end(5001, 7)).caughtUpAt).toBe(5001);
    expect(claimedState(stored, end(5000, 7), end(5001, 8)).caughtUpAt).toBe(5000);
    expect(claimedState(stored, end(5000, 8), end(5001, 9)).caughtUpAt).toBe(100);
    expect(claimedState({ ...stored, checkpoint: 0 }, end(5000, 8), end(5001, 9)).caughtUpAt).toBe(5001);
  });

  test('under steady load it is the moment of an end that has been passed since', () => {
    const first = afterLook(state, end(1000, 8));
    expect(first).toMatchObject({ caughtUpAt: 0, seenEnd: end(1000, 8) });
    const behind = afterLook({ ...first, checkpoint: 7 }, end(2000, 20));
    expect(behind).toMatchObject({ caughtUpAt: 0, seenEnd: end(1000, 8) });
    const passed = afterLook({ ...behind, checkpoint: 8 }, end(3000, 30));
    expect(passed).toMatchObject({ caughtUpAt: 1000, seenEnd: end(3000, 30) });
    expect(afterLook({ ...passed, checkpoint: 40 }, end(4000, 40))).toMatchObject({
      caughtUpAt: 4000,
      seenEnd: undefined,
    });
  });

  test('it is stored first of all, then every 30 seconds', () => {
    expect(noteDue({ ...state, caughtUpAt: 7 })).toBe(7);
    expect(noteDue({ ...state, caughtUpAt: 30_006, notedAt: 7 })).toBeUndefined();
    expect(noteDue({ ...state, caughtUpAt: 30_007, notedAt: 7 })).toBe(30_007);
    const noted = afterApply(state, upTo(8, 7), { kind: 'applied' });
    expect(noted).toMatchObject({ state: { notedAt: 7 } });
    expect(afterMark({ ...state, checkpoint: 8 }, upTo(5))).toMatchObject({
      checkpoint: 8,
      notedAt: undefined,
    });
  });

  test('a clock that was set back takes it along, and the view is told', () => {
    const ahead = { ...state, caughtUpAt: 5000, notedAt: 5000, seenEnd: end(6000, 9) };
    const back = notAfter(ahead, 4000);
    expect(back).toMatchObject({ caughtUpAt: 4000, seenEnd: end(4000, 9) });
    expect(noteDue(back)).toBe(4000);
    expect(notAfter(ahead, 6000)).toBe(ahead);
  });
});

describe('a claim holds', () => {
  const stored = { checkpoint: 5, epoch: 3, live: true, caughtUpAt: 0 };
  const view = (id: string | undefined, more: object): ViewDescription => ({
    generation: id === undefined ? undefined : { id, logId: 'l', fingerprint: 'f', modelVersion: 1, partitions: 1 },
    partitions: new Map([[0, { ...stored, ...more }]]),
    quarantined: 0,
  });

  test.each([
    [
      'while generation and epoch are the same, wherever an apply under way has moved it',
      view('g', { checkpoint: 8 }),
      true,
    ],
    ['not in another generation', view('h', {}), false],
    ['not where there is none', view(undefined, {}), false],
    ['not after another claim', view('g', { epoch: 4 }), false],
    ['not where the view went back', view('g', { checkpoint: 4 }), false],
  ])('%s', (_, found, expected) => {
    expect(isStillOurs(state, 0, 5, found)).toBe(expected);
  });
});

describe('tombstones', () => {
  const log: LogDescription = {
    id: 'log',
    partitions: 1,
    minCompactionLagMs: 0,
    deleteRetentionMs: 1000,
    settings: {},
    warnings: [],
  };

  test('tombstones can be missed once they may have been removed', () => {
    expect(mayHaveMissedTombstones(100, 999, log)).toBe(false);
    expect(mayHaveMissedTombstones(100, 1000, log)).toBe(true);
    expect(mayHaveMissedTombstones(200, 100, log)).toBe(false);
    expect(mayHaveMissedTombstones(201, 100, log)).toBe(true);
    const day = { ...log, deleteRetentionMs: 86_400_000 };
    expect(mayHaveMissedTombstones(0, 86_099_999, day)).toBe(false);
    expect(mayHaveMissedTombstones(0, 86_100_000, day)).toBe(true);
    expect(mayHaveMissedTombstones(300_001, 0, day)).toBe(true);
  });
});

import { describe, expect, test } from 'vitest';
import type { PartitionAnswer } from './fetch-answer.ts';
import { outOfRange, type Place, stepAfter } from './fetch-step.ts';
import { encodedBatch, endOfTransaction } from './record-batch.conformance.ts';

const NOTHING = Buffer.alloc(0);

function place(next: number, more: Partial<Place> = {}): Place {
  return { partition: 0, next, at: next, leaderEpoch: undefined, emptyUpTo: undefined, ...more };
}

function answer(more: Partial<PartitionAnswer>): PartitionAnswer {
  return { partition: 0, code: 0, stableEndOffset: 0, aborted: [], divergence: undefined, records: NOTHING, ...more };
}

/** The batches that the step hands out, as `from → next: offsets`. */
function handedOut(at: Place, given: PartitionAnswer, complete = true): string[] {
  const step = stepAfter(at, given, complete);
  if (step.kind !== 'hand-out') throw new Error(`expected records, found ${step.kind}`);
  const lines: string[] = [];
  for (let portion = step.portions.take(); portion !== undefined; portion = step.portions.take()) {
    const { fromOffset, nextOffset, records } = portion.batch;
    lines.push(`${fromOffset} → ${nextOffset}: ${records.map(({ offset }) => offset).join(' ')}`);
  }
  return lines;
}

describe('what a reader does with an answer', () => {
  test('records are handed out, up to the end of their batch', () => {
    const records = encodedBatch({ records: [{ offset: 4 }, { offset: 6 }], lastOffset: 8 });
    expect(handedOut(place(5), answer({ stableEndOffset: 20, records }))).toEqual(['5 → 9: 6']);
  });

  test('markers and aborted records are passed without a record', () => {
    const records = Buffer.concat([
      encodedBatch({ records: [{ offset: 0 }, { offset: 1 }], producerId: 3, transactional: true }),
      endOfTransaction(2, 3, 'abort'),
    ]);
    const aborted = [{ producerId: 3n, firstOffset: 0 }];
    expect(handedOut(place(0), answer({ stableEndOffset: 3, records, aborted }))).toEqual(['0 → 3: ']);
  });

  test('at the end it looks again, and is in no hurry', () => {
    const waiting = { kind: 'look-again', urgent: false, emptyUpTo: undefined };
    expect(stepAfter(place(9), answer({ stableEndOffset: 9 }), true)).toEqual(waiting);
    // An open transaction: the end that other readers see is further on.
    expect(
      stepAfter(place(9), answer({ stableEndOffset: 9, records: endOfTransaction(9, 1, 'commit') }), true),
    ).toEqual(waiting);
    // A broker that answers nothing because of a quota.
    expect(stepAfter(place(9), answer({ stableEndOffset: -1 }), false)).toEqual(waiting);
  });

  test('a gap at the end is passed when a second look finds it as well', () => {
    const empty = answer({ stableEndOffset: 20 });
    const once = stepAfter(place(9), empty, true);
    expect(once).toEqual({ kind: 'look-again', urgent: true, emptyUpTo: 20 });
    // Meanwhile the log has grown: only what was looked at twice is passed.
    const grown = answer({ stableEndOffset: 25 });
    expect(handedOut(place(9, { emptyUpTo: 20 }), grown)).toEqual(['9 → 20: ']);
  });

  test('an answer that had no room for records is no gap', () => {
    const hurry = { kind: 'look-again', urgent: true, emptyUpTo: undefined };
    expect(stepAfter(place(9, { emptyUpTo: 20 }), answer({ stableEndOffset: 20 }), false)).toEqual(hurry);
    const cutOff = encodedBatch({ records: [{ offset: 9 }] }).subarray(0, 70);
    const partial = answer({ stableEndOffset: 20, records: Buffer.from(cutOff.subarray(0, -1)) });
    expect(stepAfter(place(9, { emptyUpTo: 20 }), partial, true)).toEqual(hurry);
  });

  test('from 0 it begins where the log begins, with a batch from 0', () => {
    expect(stepAfter(place(0), answer({ code: 1 }), true)).toEqual({ kind: 'find-bounds' });
    const records = encodedBatch({ records: [{ offset: 500 }] });
    expect(handedOut(place(0, { at: 500 }), answer({ stableEndOffset: 501, records }))).toEqual(['0 → 501: 500']);
    // Also where it has moved on once more before a record was read, and where nothing is left.
    expect(stepAfter(place(0, { at: 500 }), answer({ code: 1 }), true)).toEqual({ kind: 'find-bounds' });
    expect(handedOut(place(0, { at: 500 }), answer({ stableEndOffset: 500 }))).toEqual(['0 → 500: ']);
  });

  test('the bounds tell what a place out of range means', () => {
    const bounds = { startOffset: 10, endOffset: 20, stableEndOffset: 20 };
    const found = (next: number): unknown => outOfRange(place(next), bounds);
    expect([0, 1, 9].map(found)).toEqual([{ kind: 'begin', at: 10 }, { kind: 'removed' }, { kind: 'removed' }]);
    expect([10, 20, 21].map(found)).toEqual([{ kind: 'in-range' }, { kind: 'in-range' }, { kind: 'ahead' }]);
    expect(outOfRange(place(0), { ...bounds, startOffset: 0 })).toEqual({ kind: 'in-range' });
  });

  test('a leader whose history is another one is told, and none of its records is taken', () => {
    const divergence = { leaderEpoch: 2, endOffset: 5 };
    const records = encodedBatch({ records: [{ offset: 7 }] });
    const step = stepAfter(place(7), answer({ stableEndOffset: 8, divergence, records }), true);
    expect(step).toEqual({ kind: 'diverged', end: divergence });
  });

  test('after a gap without any batch the epoch before the place is not known', () => {
    const step = stepAfter(place(7, { leaderEpoch: 3, emptyUpTo: 9 }), answer({ stableEndOffset: 9 }), true);
    expect(step.kind === 'hand-out' && step.portions.take()?.batch).toMatchObject({
      nextOffset: 9,
      leaderEpoch: undefined,
    });
  });

  test('a leader that moved and a topic that is unknown are looked up; what no second try mends is rejected', () => {
    for (const code of [3, 5, 6, 9, 56, 74, 76, 78, 100, 103]) {
      expect(stepAfter(place(7), answer({ code }), true)).toEqual({ kind: 'look-up', code });
    }
    expect(stepAfter(place(7), answer({ code: 29 }), true)).toMatchObject({ kind: 'reject' });
  });
});

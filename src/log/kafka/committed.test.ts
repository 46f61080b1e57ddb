import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { committedBatches, type AbortedTransaction } from './committed.ts';
import { encodedBatch, endOfTransaction } from './record-batch.conformance.ts';
import { decodedRecords } from './decoded-records.conformance.ts';
import { splitBatches } from './record-batches.ts';

const LATE = 1000;

/** A transactional batch of one record. */
function written(offset: number, producerId: number): Buffer {
  return encodedBatch({ records: [{ offset }], producerId, transactional: true });
}

/** The offsets that are delivered, and where reading goes on. */
function read(batches: readonly Buffer[], aborted: readonly (readonly [number, number])[], stableEnd = LATE) {
  const transactions = aborted.map(([producer, firstOffset]) => ({ producerId: BigInt(producer), firstOffset }));
  const result = committedBatches(splitBatches(Buffer.concat(batches)), transactions, stableEnd);
  return {
    offsets: result.batches.flatMap((batch) => decodedRecords(batch, 0)).map(({ offset }) => offset),
    next: result.nextOffset,
  };
}

describe('committed batches', () => {
  test('records without a transaction are delivered, also of a producer that has aborted', () => {
    const plain = encodedBatch({ records: [{ offset: 1 }], producerId: 5 });
    expect(read([written(0, 5), plain, endOfTransaction(2, 5, 'abort')], [[5, 0]])).toEqual({ offsets: [1], next: 3 });
  });

  test('an aborted transaction whose marker comes in a later answer is left out as well', () => {
    expect(read([written(0, 1), written(1, 1)], [[1, 0]])).toEqual({ offsets: [], next: 2 });
    expect(read([written(2, 1), endOfTransaction(3, 1, 'abort')], [[1, 0]])).toEqual({ offsets: [], next: 4 });
  });

  test('one producer can abort, commit and abort again within one answer', () => {
    const batches = [
      [written(0, 1), endOfTransaction(1, 1, 'abort')],
      [written(2, 1), endOfTransaction(3, 1, 'commit')],
      [written(4, 1), endOfTransaction(5, 1, 'abort')],
      [written(6, 1), endOfTransaction(7, 1, 'commit')],
    ].flat();
    expect(
      read(batches, [
        [1, 0],
        [1, 4],
      ]),
    ).toEqual({ offsets: [2, 6], next: 8 });
    expect(
      read(batches, [
        [1, 4],
        [1, 0],
      ]),
    ).toEqual({ offsets: [2, 6], next: 8 });
  });

  test("the end of one producer's transaction ends no other's", () => {
    const batches = [
      written(0, 1),
      written(1, 2),
      endOfTransaction(2, 2, 'commit'),
      written(3, 1),
      endOfTransaction(4, 1, 'abort'),
    ];
    expect(read(batches, [[1, 0]])).toEqual({ offsets: [1], next: 5 });
  });

  test('what an open transaction holds back waits, whatever the broker sent', () => {
    const batches = [written(0, 1), endOfTransaction(1, 1, 'commit'), written(2, 2), written(3, 1)];
    expect(read(batches, [], 2)).toEqual({ offsets: [0], next: 2 });
    expect(read(batches, [], 0)).toEqual({ offsets: [], next: undefined });
  });

  test('markers alone move the reading on', () => {
    expect(read([endOfTransaction(8, 1, 'commit')], [])).toEqual({ offsets: [], next: 9 });
    expect(read([], [])).toEqual({ offsets: [], next: undefined });
  });

  test('any mix of producers, cut into answers anywhere, delivers exactly what was committed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(5)), { maxLength: 40 }), fc.nat(40), (steps, cut) => {
        const log = playedOut(steps);
        const cuts = [log.batches.slice(0, cut), log.batches.slice(cut)];
        const delivered = cuts.flatMap((batches) => read(batches, told(log.aborted, batches), log.stableEnd).offsets);
        expect(delivered).toEqual(log.committed);
      }),
    );
  });
});

interface Ended extends AbortedTransaction {
  readonly lastOffset: number;
}

/** Three producers, each writing into, committing or aborting one transaction after the other. */
function playedOut(steps: readonly (readonly [producer: number, action: number])[]) {
  const batches: Buffer[] = [];
  const aborted: Ended[] = [];
  const committed: number[] = [];
  const open = new Map<number, number[]>();
  for (const [offset, [producer, action]] of steps.entries()) {
    const own = open.get(producer);
    if (action < 4 || own === undefined) {
      open.set(producer, [...(own ?? []), offset]);
      batches.push(written(offset, producer));
      continue;
    }
    open.delete(producer);
    batches.push(endOfTransaction(offset, producer, action === 4 ? 'commit' : 'abort'));
    if (action === 4) committed.push(...own);
    else aborted.push({ producerId: BigInt(producer), firstOffset: own[0]!, lastOffset: offset });
  }
  const stableEnd = Math.min(steps.length, ...[...open.values()].map(([first]) => first!));
  return {
    batches,
    aborted,
    stableEnd,
    committed: committed.filter((offset) => offset < stableEnd).sort((a, b) => a - b),
  };
}

/** The aborted transactions that a broker tells with an answer: those that reach into it. */
function told(aborted: readonly Ended[], batches: readonly Buffer[]): (readonly [number, number])[] {
  const offsets = batches.map((bytes) => Number(bytes.readBigInt64BE(0)));
  const [from = 0, to = 0] = [offsets[0], offsets.at(-1)];
  return aborted
    .filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset <= to)
    .map(({ producerId, firstOffset }) => [Number(producerId), firstOffset]);
}

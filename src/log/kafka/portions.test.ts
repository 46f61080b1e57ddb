import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../log.ts';
import { MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Portions } from './portions.ts';
import { encodedBatch } from './record-batch.conformance.ts';
import { splitBatches } from './record-batches.ts';

/** Record batches of one partition: of each, the offsets and sizes of its records, and where it ends. */
type Layout = readonly { readonly records: readonly { offset: number; size: number }[]; readonly lastOffset: number }[];

function portionsOf(layout: Layout, fromOffset: number, endOffset: number): Portions {
  const batches = layout.map(({ records, lastOffset }) =>
    encodedBatch({
      lastOffset,
      records: records.map(({ offset, size }) => ({ offset, key: '', value: new Uint8Array(size) })),
    }),
  );
  return new Portions(4, fromOffset, splitBatches(Buffer.concat(batches)), endOffset, undefined);
}

function allOf(portions: Portions): { readonly batches: Batch[]; readonly lasts: boolean[] } {
  const batches: Batch[] = [];
  const lasts: boolean[] = [];
  for (let portion = portions.take(); portion !== undefined; portion = portions.take()) {
    batches.push(portion.batch);
    lasts.push(portion.last);
  }
  return { batches, lasts };
}

function run(from: number, count: number, size = 1): Layout[number] {
  const records = Array.from({ length: count }, (_, i) => ({ offset: from + i, size }));
  return { records, lastOffset: from + count - 1 };
}

describe('portions of an answer', () => {
  test('small record batches are put together, large ones cut, at 1,000 records', () => {
    const { batches } = allOf(portionsOf([run(0, 300), run(300, 700), run(1000, 2000)], 0, 3000));
    expect(batches.map(({ records }) => records.length)).toEqual([1000, 1000, 1000]);
  });

  test('they are cut into pieces of one size, so that no small rest stays', () => {
    const { batches } = allOf(portionsOf([run(0, 500), run(500, 510)], 0, 1010));
    expect(batches.map(({ records }) => records.length)).toEqual([505, 505]);
  });

  test('512 KiB end a batch, and a larger record stands alone', () => {
    const KIB = 1024;
    const layout = [...[200, 200, 200, 700, 1, 511, 1].entries()].map(([at, size]) => run(at, 1, size * KIB));
    const { batches } = allOf(portionsOf(layout, 0, 7));
    expect(batches.map(({ records }) => records.map(({ offset }) => offset))).toEqual([[0, 1], [2], [3], [4, 5], [6]]);
  });

  test('records before the place that was asked for are left out', () => {
    const { batches } = allOf(portionsOf([run(10, 10)], 15, 20));
    expect(batches[0]).toMatchObject({ partition: 4, fromOffset: 15, nextOffset: 20 });
    expect(batches[0]?.records.map(({ offset }) => offset)).toEqual([15, 16, 17, 18, 19]);
  });

  test('the last portion ends where the answer ends, whatever stands behind its last record', () => {
    const { batches, lasts } = allOf(portionsOf([run(0, 500)], 0, 510));
    expect(batches).toMatchObject([{ fromOffset: 0, nextOffset: 510 }]);
    expect(lasts).toEqual([true]);
  });

  test('an answer without records is one empty portion', () => {
    expect(allOf(portionsOf([], 3, 9)).batches).toEqual([{ partition: 4, fromOffset: 3, nextOffset: 9, records: [] }]);
    expect(portionsOf([], 9, 9).take()).toBeUndefined();
  });

  test('any answer is handed out whole, in order, within the limits', () => {
    const oneRecord = fc.record({ gap: fc.nat(2), size: fc.oneof(fc.nat(50), fc.constant(300 * 1024)) });
    const layouts = fc.array(fc.record({ gap: fc.nat(3), records: fc.array(oneRecord, { maxLength: 5 }) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(layouts, fc.nat(20), (given, fromOffset) => {
        let next = 0;
        const layout = given.map(({ gap, records }) => {
          const placed = records.map((each) => ({ offset: (next += each.gap + 1), size: each.size }));
          return { records: placed, lastOffset: (next += gap + 1) };
        });
        const { batches, lasts } = allOf(portionsOf(layout, fromOffset, next + 1));
        const wanted = layout
          .flatMap(({ records }) => records.map(({ offset }) => offset))
          .filter((o) => o >= fromOffset);
        expect(batches.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual(wanted);
        let from = fromOffset;
        for (const batch of batches) {
          expect(batch.fromOffset).toBe(from);
          expect(batch.nextOffset).toBeGreaterThan(from);
          from = batch.nextOffset;
          expect(batch.records.length).toBeLessThanOrEqual(MAX_BATCH_RECORDS);
          const bytes = batch.records.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
          if (batch.records.length > 1) expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
        }
        expect(from).toBe(Math.max(fromOffset, next + 1));
        expect(lasts).toEqual(lasts.map((_, at) => at === lasts.length - 1));
      }),
    );
  });
});

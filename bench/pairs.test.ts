import { expect, test } from 'vitest';
import type { Measurement } from './measure.ts';
import { comparisonsOf, median, type Pair } from './pairs.ts';

const replay = (recordsPerSecond: number, workerCpuUsPerRecord?: number): Measurement => ({
  bench: 'replay/plain',
  figures: { recordsPerSecond, workerCpuUsPerRecord, records: 1000, kafka: '4.1' },
});
const NO_BOUND = (): undefined => undefined;

test('the median is the middle one, or the mean of the two in the middle', () => {
  expect(median([3])).toBe(3);
  expect(median([9, 1, 4])).toBe(4);
  expect(median([9, 1, 4, 6])).toBe(5);
});

test('ratios are those within a pair: a machine that changes its speed between pairs changes nothing', () => {
  const pairs: Pair[] = [
    { here: [replay(110, 5)], there: [replay(100, 5)] },
    { here: [replay(55, 11)], there: [replay(50, 10)] },
    { here: [replay(220, 4)], there: [replay(200, 5)] },
  ];
  const [cost, rate, ...others] = comparisonsOf(pairs, (bench, figure) =>
    bench === 'replay/plain' && figure === 'workerCpuUsPerRecord' ? 1.05 : undefined,
  );
  expect(others).toEqual([]);
  expect(cost).toEqual({
    bench: 'replay/plain',
    figure: 'workerCpuUsPerRecord',
    pairs: 3,
    here: 5,
    there: 5,
    ratio: { median: 1, min: 0.8, max: 1.1 },
    atMost: 1.05,
  });
  expect(rate).toMatchObject({ figure: 'recordsPerSecond', here: 110, there: 100 });
  expect(rate!.ratio.min).toBeCloseTo(1.1);
  expect(rate!.ratio.max).toBeCloseTo(1.1);
  expect(rate).not.toHaveProperty('atMost');
});

test('a figure that one of the two does not have is not compared', () => {
  const pairs: Pair[] = [{ here: [replay(110, 5)], there: [replay(100)] }];
  expect(comparisonsOf(pairs, NO_BOUND).map(({ figure }) => figure)).toEqual(['recordsPerSecond']);
  expect(comparisonsOf([{ here: [replay(1)], there: [] }], NO_BOUND)).toEqual([]);
  expect(comparisonsOf([], NO_BOUND)).toEqual([]);
});

/** Two programs measured in turns: what their figures' ratios are. Pure. */
import { type Measurement, percentile } from './measure.ts';

/** One turn of each program. */
export interface Pair {
  readonly here: readonly Measurement[];
  readonly there: readonly Measurement[];
}

/** A figure of this tree's program in relation to the other's, over all pairs. */
export interface Comparison {
  readonly bench: string;
  readonly figure: string;
  readonly pairs: number;
  /** Medians of each side alone. */
  readonly here: number;
  readonly there: number;
  /** Of here / there within each pair: what changed from pair to pair touched both. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
  /** What the median of the ratios is to be at most, where somebody asks for it. */
  readonly atMost?: number;
}

/**
 * Figures of time, rate, latency and memory. What only says how much was measured is the same on both sides, and what other
 * programs did meanwhile (`otherCpuUsPerRecord`) is no matter of either.
 */
const COMPARED = /^(?!other).*(PerSecond|UsPer[A-Z][a-z]*|Ms|MB|Seconds|secondsFromStartToReady|redisBytesPerRecord)$/;
/** What a record costs a processor comes first: it depends least on what else the machine does. */
const COST = /cpuUsPer/i;

/** The middle one; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Every figure that both programs have in every pair. `mostRatio` gives the bound of a figure that has one. */
export function comparisonsOf(
  pairs: readonly Pair[],
  mostRatio: (bench: string, figure: string) => number | undefined,
): readonly Comparison[] {
  const found = (pairs[0]?.here ?? []).flatMap(({ bench, figures }) =>
    Object.keys(figures)
      .filter((figure) => COMPARED.test(figure))
      .flatMap((figure) => comparison(pairs, bench, figure, mostRatio(bench, figure))),
  );
  return [...found.filter(({ figure }) => COST.test(figure)), ...found.filter(({ figure }) => !COST.test(figure))];
}

function comparison(pairs: readonly Pair[], bench: string, figure: string, atMost: number | undefined): Comparison[] {
  const of = (side: keyof Pair): number[] =>
    pairs.map((pair) => Number(pair[side].find((one) => one.bench === bench)?.figures[figure]));
  const [here, there] = [of('here'), of('there')];
  const ratios = here.map((value, i) => value / there[i]!);
  // NaN where one has no such figure, Infinity where it measured nothing.
  if (!ratios.every(Number.isFinite)) return [];
  const ratio = { median: median(ratios), min: percentile(ratios, 0), max: percentile(ratios, 1) };
  return [
    {
      bench,
      figure,
      pairs: pairs.length,
      here: median(here),
      there: median(there),
      ratio,
      ...(atMost === undefined ? {} : { atMost }),
    },
  ];
}

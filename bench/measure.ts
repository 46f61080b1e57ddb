/** Measurements: figures with their units in their names, what they are to reach, and how both are printed. */
import { availableParallelism, cpus, totalmem } from 'node:os';

/** A figure is to be at least or at most so much. */
export type Bounds = Readonly<Record<string, { readonly atLeast: number } | { readonly atMost: number }>>;

export interface Measurement {
  /** Its name; `apply/short` belongs to the bench `apply`. */
  readonly bench: string;
  readonly figures: Readonly<Record<string, number | string | undefined>>;
  /** What issue 3 demands. */
  readonly target?: Bounds;
  /** What it hopes for: measured and reported. */
  readonly aim?: Bounds;
}

/** The value below which the given share of the samples lies (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** p50, p99 and max of latencies, and their count. */
export function latencies(samplesMs: readonly number[]): Record<'p50Ms' | 'p99Ms' | 'maxMs' | 'requests', number> {
  return {
    p50Ms: percentile(samplesMs, 0.5),
    p99Ms: percentile(samplesMs, 0.99),
    maxMs: percentile(samplesMs, 1),
    requests: samplesMs.length,
  };
}

/** The measurement as one line of JSON. */
export function lineOf({ bench, figures, target, aim }: Measurement): string {
  const rounded = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'number' ? round(value) : value,
  ]);
  const machine = {
    node: process.version,
    cpus: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryMB: Math.round(totalmem() / 1e6),
    date: new Date().toISOString(),
  };
  return JSON.stringify({ bench, ...Object.fromEntries(rounded), target, aim, ...machine });
}

/** A share to show: `figure` of the measurement `bench`, of the same figure of the limit `of`. */
export interface Ratio {
  readonly bench: string;
  readonly figure: string;
  readonly of: string;
}

/** The table at the end: each figure that has a bound with whether it is kept, then each ratio to a limit of the same run. */
export function tableOf(measurements: readonly Measurement[], ratios: readonly Ratio[]): string {
  const rows: string[][] = [['bench', 'figure', 'measured', 'to be', '']];
  for (const { bench, figures, target = {}, aim = {} } of measurements) {
    const bounds = [...Object.entries(target).map(asTarget), ...Object.entries(aim).map(asAim)];
    for (const { name, bound, word } of bounds) {
      const value = Number(figures[name]);
      const kept = 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
      const wanted = 'atLeast' in bound ? `≥ ${shown(bound.atLeast)}` : `≤ ${shown(bound.atMost)}`;
      rows.push([bench, name, shown(value), `${wanted} ${word}`, kept ? 'yes' : 'NO']);
    }
  }
  for (const { bench, figure, of } of ratios) {
    const [value, limit] = [bench, of].map((name) =>
      Number(measurements.find((one) => one.bench === name)?.figures[figure]),
    );
    if (!(value! / limit! > 0)) continue;
    rows.push([bench, figure, shown(value!), `${shown(limit!)} (${of})`, `${Math.round((100 * value!) / limit!)} %`]);
  }
  return tableText(rows);
}

/** Rows of cells as aligned text; the first row is as long as any. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

interface BoundRow {
  readonly name: string;
  readonly bound: Bounds[string];
  readonly word: string;
}

function asTarget([name, bound]: [string, Bounds[string]]): BoundRow {
  return { name, bound, word: '(to reach)' };
}

function asAim([name, bound]: [string, Bounds[string]]): BoundRow {
  return { name, bound, word: '(aim)' };
}

function shown(value: number): string {
  return round(value).toLocaleString('en');
}

function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** `--against <commit>`: the program of this tree and that of a commit, measured in turns, A B A B …. */
import { lineOf, type Measurement, tableText } from './measure.ts';
import { type Comparison, comparisonsOf, type Pair } from './pairs.ts';
import { HERE, type Tree, treeOf } from './tree.ts';

export interface CompareOptions {
  readonly against: string;
  readonly pairs: number;
  readonly say: (line: string) => void;
  /** What the median ratio of a figure is to be at most, where it has a bound. */
  readonly mostRatio: (bench: string, figure: string) => number | undefined;
}

/** Measures both in turns; prints a line of JSON for each measurement and each comparison, and the comparisons as a table. */
export async function compare(
  { against, pairs: count, say, mostRatio }: CompareOptions,
  measureOn: (tree: Tree) => Promise<readonly Measurement[]>,
): Promise<void> {
  const other = treeOf(against, say);
  const turn = async (tree: Tree, number: number): Promise<readonly Measurement[]> => {
    say(`pair ${number} of ${count}: ${tree.name}`);
    const measurements = await measureOn(tree);
    for (const measurement of measurements) {
      const figures = { tree: tree.name, pair: number, ...measurement.figures };
      process.stdout.write(`${lineOf({ ...measurement, figures })}\n`);
    }
    return measurements;
  };
  const pairs: Pair[] = [];
  for (let number = 1; number <= count; number += 1) {
    pairs.push({ here: await turn(HERE, number), there: await turn(other, number) });
  }
  const comparisons = comparisonsOf(pairs, mostRatio);
  for (const comparison of comparisons)
    process.stdout.write(`${JSON.stringify({ against: other.name, ...comparison })}\n`);
  say(`\n${comparisonTable(comparisons, other.name)}`);
}

function comparisonTable(comparisons: readonly Comparison[], name: string): string {
  const header = ['bench', 'figure', 'here', name, 'ratio: median', 'min', 'max', 'to be', ''];
  const rows = comparisons.map(({ bench, figure, here, there, ratio, atMost }) => [
    bench,
    figure,
    here.toPrecision(4),
    there.toPrecision(4),
    ...[ratio.median, ratio.min, ratio.max].map((value) => value.toFixed(3)),
    ...(atMost === undefined ? ['', ''] : [`≤ ${atMost}`, ratio.median <= atMost ? 'yes' : 'NO']),
  ]);
  return tableText([header, ...rows]);
}

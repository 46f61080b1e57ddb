/**
 * The bench of issue 3, §10:
 *
 *     npm run bench                                    everything: some minutes
 *     npm run bench -- --only apply --only writes      some of it: limits, apply, writes, visible, reads, lists
 *     npm run bench -- --scale 0.05                    smaller and shorter, to see that it runs
 *     npm run bench -- --dir FOLDER                    on the disk of that folder; by default the system's temporary one
 *     npm run bench -- --against COMMIT --pairs 5      this tree and that commit, in turns: the ratios of their figures
 *
 * One line of JSON on stdout for each measurement; on stderr what goes on, and at the end a table. Only loopback is used;
 * what it writes to disk (some GB) is removed at the end. Other programs should rest meanwhile.
 */
import { benchApply } from './apply.ts';
import { endOnSignals, makeRun, type Run } from './bench.ts';
import { fillBoard, untilApplied } from './board.ts';
import { compare } from './compare.ts';
import { benchLimits } from './limits.ts';
import { benchLists } from './lists.ts';
import { lineOf, type Measurement, type Ratio, tableOf } from './measure.ts';
import { readOptions } from './options.ts';
import { benchReads } from './reads.ts';
import { HERE, type Tree } from './tree.ts';
import { benchVisible } from './visible.ts';
import { benchWrites } from './writes.ts';

const NAMES = ['limits', 'apply', 'writes', 'reads', 'lists', 'visible'];

/** They measure parts in this process, and no program that another tree could have. */
const OF_NO_PROGRAM = ['limits'];

/** Figures that are shown as shares of a limit that was measured in the same run. */
const RATIOS: readonly Ratio[] = ['jobs', 'short'].flatMap((size) => [
  { bench: `apply/${size}`, figure: 'recordsPerSecond', of: `limits/view-${size}` },
  { bench: `apply/${size}`, figure: 'recordsPerSecond', of: `limits/worker-${size}` },
  { bench: `writes/${size}`, figure: 'writesPerSecond', of: `limits/http-${size}` },
]);

async function main(): Promise<void> {
  const { only, scale, directory, against, pairs } = readOptions(NAMES);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const measureOn = async (
    tree: Tree,
    part: (name: string) => boolean,
    print: (line: string) => void,
  ): Promise<readonly Measurement[]> => {
    const measurements: Measurement[] = [];
    const report = (measurement: Measurement): void => {
      measurements.push(measurement);
      print(lineOf(measurement));
    };
    const run = makeRun({ tree, scale, directory, report });
    await measure(run, part);
    run.end();
    return measurements;
  };
  endOnSignals();
  if (against !== undefined) {
    const part = (name: string): boolean => wanted(name) && !OF_NO_PROGRAM.includes(name);
    await compare({ against, pairs, say, mostRatio: () => undefined }, (tree) =>
      measureOn(tree, part, () => undefined),
    );
    return;
  }
  const measurements = await measureOn(HERE, wanted, (line) => void process.stdout.write(`${line}\n`));
  const ratios = [...RATIOS, { bench: 'reads', figure: 'readsPerSecond', of: 'limits/http-jobs' }];
  say(`\n${tableOf(measurements, ratios)}`);
}

async function measure(run: Run, wanted: (name: string) => boolean): Promise<void> {
  if (wanted('limits')) await benchLimits(run);
  if (wanted('apply')) await benchApply(run);
  if (wanted('writes')) await benchWrites(run);
  if (['reads', 'lists', 'visible'].some(wanted)) await onLargeBoard(run, wanted);
}

/** What is measured on the board of 200,000 jobs. Writes come last, so that the reads find the board as it was made. */
async function onLargeBoard(run: Run, wanted: (name: string) => boolean): Promise<void> {
  run.say(`filling a board with ${run.jobs} jobs`);
  const { dataDir, jobs } = await fillBoard(run, run.jobs, 'job');
  const running = await run.start(dataDir);
  await untilApplied(running.url, jobs, 30_000 + 2 * jobs);
  if (wanted('reads')) await benchReads(run, running.url);
  if (wanted('lists')) await benchLists(run, running.url);
  if (wanted('visible')) await benchVisible(run, running.url);
  await running.kill('SIGTERM');
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

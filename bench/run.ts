/**
 * The bench of issue 3, §10:
 *
 *     npm run bench                                    everything: some minutes
 *     npm run bench -- --only apply --only writes      some of it: limits, apply, writes, visible, reads, lists
 *     npm run bench -- --scale 0.05                    smaller and shorter, to see that it runs
 *     npm run bench -- --dir FOLDER                    on the disk of that folder; by default the system's temporary one
 *
 * One line of JSON on stdout for each measurement; on stderr what goes on, and at the end a table. Only loopback is used;
 * what it writes to disk (some GB) is removed at the end. Other programs should rest meanwhile.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { benchApply } from './apply.ts';
import { makeRun, type Run } from './bench.ts';
import { fillBoard, untilApplied } from './board.ts';
import { benchLimits } from './limits.ts';
import { benchLists } from './lists.ts';
import { lineOf, type Measurement, type Ratio, tableOf } from './measure.ts';
import { benchReads } from './reads.ts';
import { benchVisible } from './visible.ts';
import { benchWrites } from './writes.ts';

const NAMES = ['limits', 'apply', 'writes', 'reads', 'lists', 'visible'];

/** Figures that are shown as shares of a limit that was measured in the same run. */
const RATIOS: readonly Ratio[] = ['jobs', 'short'].flatMap((size) => [
  { bench: `apply/${size}`, figure: 'recordsPerSecond', of: `limits/view-${size}` },
  { bench: `apply/${size}`, figure: 'recordsPerSecond', of: `limits/worker-${size}` },
  { bench: `writes/${size}`, figure: 'writesPerSecond', of: `limits/http-${size}` },
]);

async function main(): Promise<void> {
  const { only, scale, directory } = readOptions();
  const measurements: Measurement[] = [];
  const run = makeRun({
    scale,
    directory,
    report(measurement) {
      measurements.push(measurement);
      process.stdout.write(`${lineOf(measurement)}\n`);
    },
  });
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  if (wanted('limits')) await benchLimits(run);
  if (wanted('apply')) await benchApply(run);
  if (wanted('writes')) await benchWrites(run);
  if (['reads', 'lists', 'visible'].some(wanted)) await onLargeBoard(run, wanted);
  run.say(
    `\n${tableOf(measurements, [...RATIOS, { bench: 'reads', figure: 'readsPerSecond', of: 'limits/http-jobs' }])}`,
  );
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

function readOptions(): { only: string[]; scale: number; directory: string } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      scale: { type: 'string', default: '1' },
      dir: { type: 'string', default: tmpdir() },
    },
  });
  const stranger = values.only.find((name) => !NAMES.includes(name));
  if (stranger !== undefined) throw new Error(`--only takes ${NAMES.join(', ')}, not ${stranger}`);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 10)) throw new Error(`--scale takes a number up to 10, not ${values.scale}`);
  return { only: values.only, scale, directory: values.dir };
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

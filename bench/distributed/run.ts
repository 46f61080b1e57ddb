/**
 * The bench with Kafka and Redis (issue 4, §6), on servers of its own or on those of KMODEL_TEST_KAFKA and
 * KMODEL_TEST_REDIS:
 *
 *     npm run bench:distributed                                      everything: some minutes
 *     npm run bench:distributed -- --only replay --only limits       some of it, by the names below
 *     npm run bench:distributed -- --scale 0.02                      smaller and shorter, to see that it runs
 *
 * One line of JSON on stdout for each measurement; on stderr what goes on, and at the end a table. Only loopback is used,
 * unless the given servers are elsewhere; what it makes there is removed at the end. Other programs should rest meanwhile.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { lineOf, type Measurement, type Ratio, tableOf } from '../measure.ts';
import { benchFence } from './fence.ts';
import { fillTopic } from './fill.ts';
import { benchLimits } from './limits.ts';
import { type DistributedRun, makeDistributedRun } from './measured.ts';
import { benchReplays } from './replay.ts';
import { benchBoard, benchVisibleEmpty, benchWrites } from './serving.ts';
import { openStage } from './stage.ts';

/** `board` replays with full text; lists, reads and takeover, and half of visible, are measured on what it leaves. */
const NAMES = ['limits', 'replay', 'fence', 'board', 'lists', 'reads', 'visible', 'takeover', 'writes'];

/** Figures that are shown as shares of a limit that was measured in the same run. */
const RATIOS: readonly Ratio[] = ['plain', 'asked', 'unread', 'indexed', 'board'].flatMap((shape) =>
  ['prototype', 'log-read', 'raw-fetch', 'redis-pipelined-hset', 'redis-variadic-hset'].map((limit) => ({
    bench: `replay/${shape}`,
    figure: 'recordsPerSecond',
    of: `limits/${limit}`,
  })),
);

async function main(): Promise<void> {
  const { only, scale } = readOptions();
  const measurements: Measurement[] = [];
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const stage = await openStage(say);
  try {
    const run = makeDistributedRun(stage, {
      scale,
      directory: tmpdir(),
      report({ bench, figures, ...bounds }) {
        const measurement = { bench, figures: { ...figures, ...stage.about }, ...bounds };
        measurements.push(measurement);
        process.stdout.write(`${lineOf(measurement)}\n`);
      },
    });
    await measure(run, (name) => only.length === 0 || only.includes(name));
  } finally {
    await stage.close();
  }
  say(`\n${tableOf(measurements, RATIOS)}`);
}

async function measure(run: DistributedRun, wanted: (name: string) => boolean): Promise<void> {
  const fill = (records: number) => {
    run.say(`filling a topic with ${records} records`);
    return fillTopic(run.stage, records);
  };
  if (wanted('limits') || wanted('replay')) {
    const filled = await fill(run.records);
    if (wanted('limits')) await benchLimits(run, filled);
    if (wanted('replay')) await benchReplays(run, filled);
  }
  if (wanted('fence')) await benchFence(run);
  if (wanted('visible')) await benchVisibleEmpty(run);
  if (wanted('writes')) await benchWrites(run);
  if (['board', 'lists', 'reads', 'visible', 'takeover'].some(wanted)) {
    await benchBoard(run, await fill(run.jobs), wanted);
  }
}

function readOptions(): { only: string[]; scale: number } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      scale: { type: 'string', default: '1' },
    },
  });
  const stranger = values.only.find((name) => !NAMES.includes(name));
  if (stranger !== undefined) throw new Error(`--only takes ${NAMES.join(', ')}, not ${stranger}`);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 10)) throw new Error(`--scale takes a number up to 10, not ${values.scale}`);
  return { only: values.only, scale };
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

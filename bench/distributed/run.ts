/**
 * The bench with Kafka and Redis (issue 4, §6), on servers of its own or on those of KMODEL_TEST_KAFKA and
 * KMODEL_TEST_REDIS:
 *
 *     npm run bench:distributed                                      everything: some minutes
 *     npm run bench:distributed -- --only replay --only limits       some of it, by the names below
 *     npm run bench:distributed -- --scale 0.02                      smaller and shorter, to see that it runs
 *     npm run bench:distributed -- --only replay --against d7b1cd0 --pairs 15    this tree and that commit, in turns
 *
 * One line of JSON on stdout for each measurement; on stderr what goes on, and at the end a table. Only loopback is used,
 * unless the given servers are elsewhere; what it makes there is removed at the end. Other programs should rest meanwhile.
 */
import { endOnSignals } from '../bench.ts';
import { compare } from '../compare.ts';
import { lineOf, type Measurement, type Ratio, tableOf } from '../measure.ts';
import { readOptions } from '../options.ts';
import { HERE, type Tree } from '../tree.ts';
import { benchFence } from './fence.ts';
import { type Filled, fillTopic } from './fill.ts';
import { benchLimits } from './limits.ts';
import { type DistributedRun, makeDistributedRun } from './measured.ts';
import { benchReplays } from './replay.ts';
import { benchBoard, benchVisibleEmpty, benchWrites } from './serving.ts';
import { openStage, type Stage } from './stage.ts';

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

/** They measure parts in this process, and no program that another tree could have. */
const OF_NO_PROGRAM = ['limits', 'fence'];

/** What a replay may cost a processor in relation to the commit that is compared with: the median of the ratios. */
const MOST_RATIO = 1.05;

function mostRatio(bench: string, figure: string): number | undefined {
  const isCost = figure === 'workerCpuUsPerRecord' || figure === 'redisCpuUsPerRecord';
  return isCost && bench.startsWith('replay/') && bench !== 'replay/validation' ? MOST_RATIO : undefined;
}

type Fill = (run: DistributedRun) => Promise<Filled>;

async function main(): Promise<void> {
  const { only, scale, directory, against, pairs } = readOptions(NAMES);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  endOnSignals();
  const stage = await openStage(say);
  const fill = fillOnce(stage);
  const measureOn = async (
    tree: Tree,
    part: (name: string) => boolean,
    print: (line: string) => void,
  ): Promise<readonly Measurement[]> => {
    const measurements: Measurement[] = [];
    const run = makeDistributedRun(stage.withProgram(tree), {
      tree,
      scale,
      directory,
      report({ bench, figures, ...bounds }) {
        const measurement = { bench, figures: { ...figures, ...stage.about }, ...bounds };
        measurements.push(measurement);
        print(lineOf(measurement));
      },
    });
    await measure(run, part, fill);
    run.end();
    return measurements;
  };
  try {
    if (against === undefined) {
      const measurements = await measureOn(HERE, wanted, (line) => void process.stdout.write(`${line}\n`));
      say(`\n${tableOf(measurements, RATIOS)}`);
    } else {
      const part = (name: string): boolean => wanted(name) && !OF_NO_PROGRAM.includes(name);
      await compare({ against, pairs, say, mostRatio }, (tree) => measureOn(tree, part, () => undefined));
    }
  } finally {
    await stage.close();
  }
}

/** The long topic is filled once, for the replays of both programs: nothing is added to it. */
function fillOnce(stage: Stage): Fill {
  let filling: Promise<Filled> | undefined;
  return async (run) => {
    filling ??= fillWith(run, run.records, stage);
    return await filling;
  };
}

async function fillWith(run: DistributedRun, records: number, stage: Stage): Promise<Filled> {
  run.say(`filling a topic with ${records} records`);
  return await fillTopic(stage, records);
}

async function measure(run: DistributedRun, wanted: (name: string) => boolean, longTopic: Fill): Promise<void> {
  if (wanted('limits') || wanted('replay')) {
    const filled = await longTopic(run);
    if (wanted('limits')) await benchLimits(run, filled);
    if (wanted('replay')) await benchReplays(run, filled);
  }
  if (wanted('fence')) await benchFence(run);
  if (wanted('visible')) await benchVisibleEmpty(run);
  if (wanted('writes')) await benchWrites(run);
  if (['board', 'lists', 'reads', 'visible', 'takeover'].some(wanted)) {
    // This one is written to.
    await benchBoard(run, await fillWith(run, run.jobs, run.stage), wanted);
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

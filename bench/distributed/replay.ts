/** Replay: a long topic into a fresh view, by one worker process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Readiness, readiness } from '../board.ts';
import { Connection } from '../http-client.ts';
import type { Measurement } from '../measure.ts';
import { cpuOf, cpuOfMachine, peakMemoryMB } from '../usage.ts';
import type { Filled } from './fill.ts';
import type { DistributedRun } from './measured.ts';
import type { RoleProcess } from './role.ts';
import { type Place, redisCpuUs } from './stage.ts';

/** How often the worker is asked how far it is: asking costs it and this process time, which both cores are short of. */
const POLL_EVERY_MS = 50;
/** The same between the beginning and the end, whose moments alone count. */
const POLL_SELDOM_MS = 500;
const NEAR_END = 0.9;
/** Slower than this would be no replay any more. Records a second. */
const LEAST_RATE = 1000;

export interface Replay {
  /** It keeps the view on. */
  readonly worker: RoleProcess;
  /** The worker's time on a processor for each record. Microseconds. */
  readonly workerCpuUs: number;
}

/** Replays the topic into a view at `place`, and reports it as `bench`. */
export async function replay(
  run: DistributedRun,
  { records, bytesPerRecord }: Filled,
  place: Place,
  bench: string,
  bounds: Pick<Measurement, 'target' | 'aim'>,
): Promise<Replay> {
  run.say(`${bench}: replaying ${records} records`);
  const { stage } = run;
  const memory = await stage.redisInfo('memory', 'used_memory');
  const spawned = performance.now();
  const worker = await stage.start('worker', place);
  const { first, last } = await follow(run, worker, records);
  const applied = last.applied - first.applied;
  const each = (of: 'worker' | 'redis' | 'machine'): number => (last[of] - first[of]) / applied;
  run.report({
    bench,
    figures: {
      recordsPerSecond: (applied / (last.at - first.at)) * 1000,
      records,
      bytesPerRecord,
      secondsFromStartToReady: (last.at - spawned) / 1000,
      peakMemoryMB: peakMemoryMB(worker.pid),
      workerCpuUsPerRecord: each('worker'),
      redisCpuUsPerRecord: each('redis'),
      // Kafka, the kernel's part of nobody, and whatever else runs on the machine.
      otherCpuUsPerRecord: each('machine') - each('worker') - each('redis'),
      redisBytesPerRecord: ((await stage.redisInfo('memory', 'used_memory')) - memory) / records,
    },
    ...bounds,
  });
  return { worker, workerCpuUs: each('worker') };
}

/** How far the worker was at a moment, and what was used until then. Milliseconds and microseconds. */
interface Sample extends Readiness {
  readonly at: number;
  readonly worker: number;
  readonly redis: number;
  readonly machine: number;
}

/** The last sample before anything was applied, and the first one where the worker says that all is. */
async function follow(run: DistributedRun, worker: RoleProcess, records: number) {
  const connection = await Connection.open(worker.url);
  const deadline = performance.now() + 60_000 + (records / LEAST_RATE) * 1000;
  try {
    let first = await sampleOf(run, worker, connection);
    for (;;) {
      const now = await sampleOf(run, worker, connection);
      if (now.quarantined > 0) throw new Error(`${now.quarantined} records are in quarantine`);
      if (now.ready && now.applied >= records) return { first, last: now };
      if (now.applied === 0) first = now;
      if (now.at > deadline) throw new Error(`the replay is too slow: ${now.applied} of ${records} applied`);
      const isBetween = now.applied > 0 && now.applied < NEAR_END * records;
      await sleep(isBetween ? POLL_SELDOM_MS : POLL_EVERY_MS);
    }
  } finally {
    connection.close();
  }
}

async function sampleOf({ stage }: DistributedRun, worker: RoleProcess, connection: Connection): Promise<Sample> {
  const usage = {
    worker: cpuOf(worker.pid) ?? Number.NaN,
    redis: await redisCpuUs(stage),
    machine: cpuOfMachine() ?? Number.NaN,
  };
  return { ...(await readiness(connection)), ...usage, at: performance.now() };
}

/**
 * Replays the long topic without indexes, with and without the model's stored form and with values that nobody looks at, and
 * with the job board's filters.
 */
export async function benchReplays(run: DistributedRun, filled: Filled): Promise<void> {
  const peakMemoryMB = { atMost: 300 };
  const once = async (shape: Place['shape'], bounds: Pick<Measurement, 'target'>): Promise<number> => {
    const prefix = run.stage.newName();
    const place = { model: filled.topic, shape, prefix };
    const { worker, workerCpuUs } = await replay(run, filled, place, `replay/${shape}`, bounds);
    await worker.end('SIGTERM');
    await run.stage.dropKeys(prefix);
    return workerCpuUs;
  };
  const plain = await once('plain', { target: { recordsPerSecond: { atLeast: 120_000 }, peakMemoryMB } });
  const asked = await once('asked', {});
  const unread = await once('unread', {});
  run.report({
    bench: 'replay/validation',
    figures: { workerCpuUsPerRecord: plain - unread, withoutFormUsPerRecord: asked - unread },
  });
  await once('indexed', { target: { recordsPerSecond: { atLeast: 45_000 }, peakMemoryMB } });
}

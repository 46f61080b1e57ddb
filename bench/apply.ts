/** Replay: a long log into a fresh view, in the real process, while somebody asks every 10 ms whether it is alive. */
import type { Running } from '../test/system/process.ts';
import type { Run } from './bench.ts';
import { type Board, dropView, fillBoard, readiness } from './board.ts';
import { Connection, requestBytes } from './http-client.ts';
import { latencies } from './measure.ts';
import { cpuOf, peakMemoryMB } from './usage.ts';

const PROBE_EVERY_MS = 10;
const POLL_EVERY_MS = 50;
/** Slower than this would be no replay any more. Records a second. */
const LEAST_RATE = 500;

/** Measures the replay of the jobs, and that of short ones. */
export async function benchApply(run: Run): Promise<void> {
  await replay(run, await fillBoard(run, run.jobs, 'job'), 'apply/jobs');
  await replay(run, await fillBoard(run, run.jobs, 'short'), 'apply/short');
}

async function replay(run: Run, board: Board, bench: string): Promise<void> {
  run.say(`${bench}: replaying ${board.jobs} records of ${Math.round(board.bytesPerRecord)} bytes`);
  dropView(board);
  const spawned = performance.now();
  const running = await run.start(board.dataDir);
  const probe = startProbe(running.url);
  const { recordsPerSecond, cpuUsPerRecord, last } = await follow(running, board.jobs);
  const live = latencies(await probe.stop());
  run.report({
    bench,
    figures: {
      recordsPerSecond,
      cpuUsPerRecord,
      records: board.jobs,
      bytesPerRecord: board.bytesPerRecord,
      secondsFromStartToReady: (last - spawned) / 1000,
      peakMemoryMB: peakMemoryMB(running.process.pid!),
      liveP50Ms: live.p50Ms,
      liveP99Ms: live.p99Ms,
      liveMaxMs: live.maxMs,
      liveRequests: live.requests,
    },
    target: { recordsPerSecond: { atLeast: 20_000 }, liveP99Ms: { atMost: 100 } },
    aim: { peakMemoryMB: { atMost: 250 } },
  });
  await running.kill('SIGTERM');
}

/** The rate from the first answer of /health/ready to the one that says ready: the start of Node.js is not in it. */
async function follow(
  { url, process: { pid } }: Running,
  records: number,
): Promise<{ recordsPerSecond: number; cpuUsPerRecord: number; last: number }> {
  const connection = await Connection.open(url);
  const cpu = (): number => cpuOf(pid!) ?? Number.NaN;
  const first = { at: performance.now(), cpu: cpu(), ...(await readiness(connection)) };
  const deadline = first.at + 30_000 + (records / LEAST_RATE) * 1000;
  for (;;) {
    const now = await readiness(connection);
    const last = performance.now();
    if (now.quarantined > 0) throw new Error(`${now.quarantined} records are in quarantine`);
    if (now.ready) {
      connection.close();
      const applied = now.applied - first.applied;
      const recordsPerSecond = (applied / (last - first.at)) * 1000;
      return { recordsPerSecond, cpuUsPerRecord: (cpu() - first.cpu) / applied, last };
    }
    if (last > deadline) throw new Error(`the replay is too slow: ${now.applied} of ${records} applied`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

/**
 * Asks GET /health/live every 10 ms, also while an earlier one still waits, each on a connection of its own then: who
 * waited for the answer before asking again would miss the very moments that matter.
 */
function startProbe(url: string): { stop(): Promise<readonly number[]> } {
  const request = requestBytes('GET', '/health/live');
  const samplesMs: number[] = [];
  const connections: Connection[] = [];
  const open = new Set<Promise<void>>();
  const ask = async (): Promise<void> => {
    const began = performance.now();
    let connection = connections.find(({ busy, closed }) => !busy && !closed);
    if (connection === undefined) {
      connection = await Connection.open(url);
      connections.push(connection);
    }
    const { status } = await connection.send(request);
    samplesMs.push(performance.now() - began);
    if (status !== 200) throw new Error(`GET /health/live answered ${status}`);
  };
  let failure: unknown;
  const timer = setInterval(() => {
    const asked: Promise<void> = ask()
      .catch((error: unknown) => (failure ??= error))
      .then(() => void open.delete(asked));
    open.add(asked);
  }, PROBE_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      for (const connection of connections) connection.close();
      if (failure !== undefined) throw failure;
      return samplesMs;
    },
  };
}

/** A worker is killed: how long until another one has its partitions, and all are live again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readiness } from '../board.ts';
import { Connection } from '../http-client.ts';
import { PARTITIONS } from '../jobs.ts';
import type { DistributedRun } from './measured.ts';
import type { RoleProcess } from './role.ts';
import type { Place } from './stage.ts';

const KILLS = 3;
const POLL_EVERY_MS = 20;
const WITHIN_MS = 60_000;

/** Two workers share the partitions; one is killed, again and again. Ends all of them, `first` too. */
export async function benchTakeover(run: DistributedRun, place: Place, first: RoleProcess): Promise<void> {
  const seconds: number[] = [];
  let staying = first;
  for (let kill = 0; kill < KILLS; kill += 1) {
    run.say(`takeover: ${kill + 1} of ${KILLS}`);
    const leaving = staying;
    staying = await run.stage.start('worker', place);
    await Promise.all([leaving, staying].map((worker) => untilLive(worker, PARTITIONS / 2)));
    const began = performance.now();
    await leaving.end('SIGKILL');
    await untilLive(staying, PARTITIONS);
    seconds.push((performance.now() - began) / 1000);
  }
  await staying.end('SIGTERM');
  const figures = { meanSeconds: seconds.reduce((sum, one) => sum + one, 0) / KILLS, maxSeconds: Math.max(...seconds) };
  run.report({ bench: 'takeover', figures: { ...figures, kills: KILLS }, target: { maxSeconds: { atMost: 15 } } });
}

/** Waits until the worker keeps so many partitions and all of them are live. */
async function untilLive({ url }: RoleProcess, partitions: number): Promise<void> {
  const connection = await Connection.open(url);
  const deadline = performance.now() + WITHIN_MS;
  try {
    for (;;) {
      const now = await readiness(connection);
      if (now.ready && now.partitions === partitions) return;
      if (performance.now() > deadline) throw new Error(`after a minute a worker keeps ${now.partitions} partitions`);
      await sleep(POLL_EVERY_MS);
    }
  } finally {
    connection.close();
  }
}

/** Boards: data directories whose log is filled directly, and the real process on them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import type { Run } from './bench.ts';
import { Connection } from './http-client.ts';
import { PARTITIONS, recordOf, type Size } from './jobs.ts';

export interface Board {
  readonly dataDir: string;
  readonly jobs: number;
  /** Mean length of key and value. */
  readonly bytesPerRecord: number;
}

const APPEND_AT_ONCE = 1000;

/**
 * A data directory with a log of so many jobs and no view. The log has been compacted, as that of a board that has been
 * running is: otherwise its first compaction would fall into the measurement.
 */
export async function fillBoard(run: Run, jobs: number, size: Size): Promise<Board> {
  const dataDir = run.folder();
  const log = await openEmbeddedLog({
    directory: join(dataDir, 'job'),
    partitions: PARTITIONS,
    compactionIntervalMs: 0,
  });
  let bytes = 0;
  for (let from = 0; from < jobs; from += APPEND_AT_ONCE) {
    const count = Math.min(APPEND_AT_ONCE, jobs - from);
    const records = Array.from({ length: count }, (_, index) => recordOf(from + index, size));
    const outcome = await log.append(records);
    if (outcome.kind !== 'appended') throw new Error(outcome.reason);
    bytes += records.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
  }
  await log.compact();
  await log.close();
  return { dataDir, jobs, bytesPerRecord: bytes / jobs };
}

/** Removes the board's view; the next start builds it anew. */
export function dropView({ dataDir }: Board): void {
  for (const name of ['view.db', 'view.db-wal', 'view.db-shm']) rmSync(join(dataDir, 'job', name), { force: true });
}

export interface Readiness {
  readonly ready: boolean;
  /** How many partitions the process keeps. */
  readonly partitions: number;
  /** How many offsets the view has passed, over all of them. */
  readonly applied: number;
  readonly quarantined: number;
}

/** Asks /health/ready of a process with one model. */
export async function readiness(connection: Connection): Promise<Readiness> {
  const { status, body } = await connection.get('/health/ready');
  const { models } = JSON.parse(body.toString()) as {
    models: Record<string, { quarantined: number; partitions: { checkpoint: number }[] }>;
  };
  const { partitions, quarantined } = Object.values(models)[0]!;
  return {
    ready: status === 200,
    partitions: partitions.length,
    applied: partitions.reduce((sum, { checkpoint }) => sum + checkpoint, 0),
    quarantined,
  };
}

/** Asks every `everyMs` until the view has applied so many records and is ready; throws where that takes too long. */
export async function untilApplied(url: string, records: number, withinMs: number, everyMs = 50): Promise<void> {
  const connection = await Connection.open(url);
  const deadline = performance.now() + withinMs;
  try {
    for (;;) {
      const { ready, applied, quarantined } = await readiness(connection);
      if (quarantined > 0) throw new Error(`${quarantined} records are in quarantine`);
      if (ready && applied >= records) return;
      if (performance.now() > deadline) throw new Error(`${applied} of ${records} applied after ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  } finally {
    connection.close();
  }
}

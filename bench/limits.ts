/** What the parts alone can do on this machine and disk, so that the other figures can be seen as shares of it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { job } from '../app/job.ts';
import { effectOf } from '../src/worker/apply.ts';
import { openForWriting, viewFile } from '../src/view/embedded/format.ts';
import { type PackedUpdate, packUpdate } from '../src/view/embedded/protocol.ts';
import { ViewWriter } from '../src/view/embedded/view-writer.ts';
import type { LogRecord } from '../src/log/log.ts';
import type { Run } from './bench.ts';
import { load, requestBytes } from './http-client.ts';
import { fieldsOf, PARTITIONS, recordOf, type Size } from './jobs.ts';
import { latencies } from './measure.ts';

const GROUP = 1000;
const CONNECTIONS = 64;
/** Records of a batch, and batches of a transaction, as the worker and the view's thread make them. */
const BATCH = 250;
const BATCHES = 32;
/** How many records the parts of a replay are measured with, at most. */
const MOST_RECORDS = 50_000;

/** Measures the limits. */
export async function benchLimits(run: Run): Promise<void> {
  for (const size of ['job', 'short'] as const) {
    run.say(`limits: SQLite, HTTP and the parts of a replay, with ${size} records`);
    const value = JSON.stringify(fieldsOf(1, size));
    const single = commits(run, value, 1);
    const grouped = commits(run, value, GROUP);
    const suffix = size === 'job' ? 'jobs' : 'short';
    run.report({
      bench: `limits/sqlite-${suffix}`,
      figures: {
        singleCommitsPerSecond: single,
        groupedRowsPerSecond: grouped,
        rowsOfGroup: GROUP,
        bytesPerRow: Buffer.byteLength(value),
      },
    });
    partsOfReplay(run, size, suffix);
    await http(run, value, suffix);
  }
}

/** Rows a second, committed durably in transactions of `rows`. */
function commits(run: Run, value: string, rows: number): number {
  const connection = new DatabaseSync(join(run.folder(), 'limit.db'));
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;');
  connection.exec('CREATE TABLE record (place INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT');
  const insert = connection.prepare('INSERT INTO record (value) VALUES (?)');
  const start = performance.now();
  const until = start + (run.seconds / 3) * 1000;
  let written = 0;
  while (performance.now() < until) {
    connection.exec('BEGIN IMMEDIATE');
    for (let row = 0; row < rows; row += 1) insert.run(value);
    connection.exec('COMMIT');
    written += rows;
  }
  const seconds = (performance.now() - start) / 1000;
  connection.close();
  return written / seconds;
}

/**
 * What the two threads of a replay do, each alone: from records to packed updates (the worker's part, on the thread that
 * answers HTTP), and from packed updates to the view's file (the view's thread). Reading the log is not in it.
 */
function partsOfReplay(run: Run, size: Size, suffix: string): void {
  const writer = new ViewWriter(openForWriting(viewFile(run.folder())));
  const identity = { logId: 'bench', fingerprint: job.fingerprint, modelVersion: 1, partitions: PARTITIONS };
  const generation = writer.begin(identity, undefined, '[]');
  const claims = Array.from({ length: PARTITIONS }, (_, partition) => ({ next: 0, epoch: claimed(writer, partition) }));
  const count = Math.min(run.jobs, MOST_RECORDS);
  const perTransaction = BATCH * BATCHES;
  let workerMs = 0;
  let viewMs = 0;
  for (let from = 0; from < count; from += perTransaction) {
    const batches = batchesOf(from, Math.min(perTransaction, count - from), size);
    const began = performance.now();
    const updates = batches.map(({ partition, records }): PackedUpdate => {
      const claim = claims[partition]!;
      const fromOffset = claim.next;
      claim.next = fromOffset + records.length;
      const fence = { ...identity, generation, partition, epoch: claim.epoch, fromOffset, nextOffset: claim.next };
      const effect = effectOf(job, { partition, fromOffset, nextOffset: claim.next, records });
      return packUpdate({ ...fence, ...effect, live: false, caughtUpAt: undefined }, []);
    });
    const packed = performance.now();
    const applied = writer.applyAll(updates);
    viewMs += performance.now() - packed;
    workerMs += packed - began;
    if (!applied.every((one) => one.kind === 'outcome' && one.outcome.kind === 'applied'))
      throw new Error('not applied');
  }
  writer.close();
  const report = (bench: string, ms: number): void =>
    run.report({ bench, figures: { recordsPerSecond: (count / ms) * 1000, records: count } });
  report(`limits/worker-${suffix}`, workerMs);
  report(`limits/view-${suffix}`, viewMs);
}

function claimed(writer: ViewWriter, partition: number): number {
  const claim = writer.claim(partition, undefined);
  if (claim.kind !== 'claimed') throw new Error('the generation is gone');
  return claim.epoch;
}

/** The records by partition, in batches; their offsets don't matter here. */
function batchesOf(from: number, count: number, size: Size): { partition: number; records: LogRecord[] }[] {
  const open = new Map<number, LogRecord[]>();
  const batches: { partition: number; records: LogRecord[] }[] = [];
  for (let number = from; number < from + count; number += 1) {
    const record = { ...recordOf(number, size), offset: number };
    const { partition } = record;
    let records = open.get(partition);
    if (records === undefined || records.length === BATCH) {
      records = [];
      open.set(partition, records);
      batches.push({ partition, records });
    }
    records.push(record);
  }
  return batches;
}

/** Node's own HTTP server with nothing behind it, in a process of its own, asked as kmodel is: with and without a body. */
async function http(run: Run, value: string, suffix: string): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare-server.ts', import.meta.url)), value], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
      child.once('exit', (code) => reject(new Error(`the bare server exited with ${code}`)));
    });
    const common = { url, connections: CONNECTIONS, seconds: run.seconds / 3, status: 200 };
    const post = requestBytes('POST', '/', { json: value });
    const get = requestBytes('GET', '/');
    const posts = await load({ ...common, request: () => post });
    const gets = await load({ ...common, request: () => get });
    run.report({
      bench: `limits/http-${suffix}`,
      figures: {
        writesPerSecond: posts.latenciesMs.length / posts.seconds,
        writeP99Ms: latencies(posts.latenciesMs).p99Ms,
        readsPerSecond: gets.latenciesMs.length / gets.seconds,
        readP99Ms: latencies(gets.latenciesMs).p99Ms,
        connections: CONNECTIONS,
      },
    });
  } finally {
    child.kill('SIGKILL');
  }
}

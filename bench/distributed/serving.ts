/** What a client process answers: lists, reads and writes over HTTP, and how soon a write is visible through a worker. */
import { untilApplied } from '../board.ts';
import { load, requestBytes } from '../http-client.ts';
import { fieldsOf } from '../jobs.ts';
import { benchLists } from '../lists.ts';
import { latencies } from '../measure.ts';
import { benchReads } from '../reads.ts';
import { cpuOf } from '../usage.ts';
import { benchVisible } from '../visible.ts';
import type { Filled } from './fill.ts';
import { type DistributedRun, reportingAs } from './measured.ts';
import { replay } from './replay.ts';
import type { RoleProcess } from './role.ts';
import type { Place } from './stage.ts';
import { benchTakeover } from './takeover.ts';

const CONNECTIONS = 256;
/** So many different bodies are sent in turn. */
const BODIES = 500;
const VISIBLE = { target: { p50Ms: { atMost: 5 }, p99Ms: { atMost: 30 } } };

/** Replays the topic with full text, then measures what is asked of that board. Writes come last. */
export async function benchBoard(
  run: DistributedRun,
  filled: Filled,
  wanted: (name: string) => boolean,
): Promise<void> {
  const { stage } = run;
  const place: Place = { model: filled.topic, shape: 'board', prefix: stage.newName() };
  const aim = {
    recordsPerSecond: { atLeast: 16_000 },
    peakMemoryMB: { atMost: 300 },
    redisBytesPerRecord: { atMost: 2700 },
  };
  const { worker } = await replay(run, filled, place, 'replay/board', { aim });
  const client = await stage.start('client', place);
  const path = `/api/${place.model}`;
  if (wanted('lists')) {
    const bounds = { aim: { p99Ms: { atMost: 30 } } };
    await benchLists(
      reportingAs(run, (bench) => bench, bounds),
      client.url,
      path,
      'short',
    );
  }
  if (wanted('reads')) await benchReads(run, client.url, path);
  if (wanted('visible'))
    await benchVisible(
      reportingAs(run, (bench) => `${bench}-large`, VISIBLE),
      client.url,
      path,
      'short',
    );
  await client.end('SIGTERM');
  if (wanted('takeover')) await benchTakeover(run, place, worker);
  else await worker.end('SIGTERM');
  await stage.dropKeys(place.prefix);
}

/** From a write to its visibility on a board that is empty at first. */
export async function benchVisibleEmpty(run: DistributedRun): Promise<void> {
  await onEmptyBoard(run, ['client', 'worker'], async ({ client, path }) => {
    await benchVisible(
      reportingAs(run, (bench) => `${bench}-empty`, VISIBLE),
      client.url,
      path,
      'short',
    );
  });
}

/** Writes to one client process, while a worker follows, and while none does. */
export async function benchWrites(run: DistributedRun): Promise<void> {
  await onEmptyBoard(run, ['client', 'worker'], (board) => writes(run, board, 'writes'));
  await onEmptyBoard(run, ['client'], (board) => writes(run, board, 'writes/without-worker'));
}

interface EmptyBoard {
  readonly client: RoleProcess;
  readonly worker: RoleProcess | undefined;
  readonly path: string;
}

async function onEmptyBoard(
  run: DistributedRun,
  roles: readonly ('client' | 'worker')[],
  measure: (board: EmptyBoard) => Promise<void>,
): Promise<void> {
  const { stage } = run;
  const model = stage.newName();
  const place: Place = { model, shape: 'board', prefix: stage.newName() };
  const client = await stage.start('client', place);
  const worker = roles.includes('worker') ? await stage.start('worker', place) : undefined;
  if (worker !== undefined) await untilApplied(worker.url, 0, 30_000);
  await measure({ client, worker, path: `/api/${model}` });
  await client.end('SIGTERM');
  await worker?.end('SIGTERM');
  await stage.dropKeys(place.prefix);
}

async function writes(run: DistributedRun, { client, worker, path }: EmptyBoard, bench: string): Promise<void> {
  run.say(`${bench}: ${run.seconds} s at ${CONNECTIONS} connections`);
  const bodies = Array.from({ length: BODIES }, (_, number) => JSON.stringify(fieldsOf(number, 'short')));
  const requests = bodies.map((json) => requestBytes('POST', path, { json }));
  const request = (number: number): Buffer => requests[number % BODIES]!;
  const common = { url: client.url, connections: CONNECTIONS, status: 201, request };
  // The first seconds of a process are its compiler's: they are not counted.
  const first = await load({ ...common, seconds: run.seconds / 3 });
  const before = cpuOf(client.pid) ?? Number.NaN;
  const { latenciesMs, seconds } = await load({ ...common, seconds: run.seconds });
  const cpuUs = (cpuOf(client.pid) ?? Number.NaN) - before;
  const ended = performance.now();
  const written = first.latenciesMs.length + latenciesMs.length;
  if (worker !== undefined) await untilApplied(worker.url, written, 120_000, 5);
  run.report({
    bench,
    figures: {
      writesPerSecond: latenciesMs.length / seconds,
      ...latencies(latenciesMs),
      connections: CONNECTIONS,
      clientCpuUsPerWrite: cpuUs / latenciesMs.length,
      bytesPerBody: bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) / BODIES,
      ...(worker === undefined ? {} : { viewBehindAtEndMs: performance.now() - ended }),
    },
    aim: { writesPerSecond: { atLeast: 8000 } },
  });
}

/** Stores the entities of a stream of lines through the API. */
import type { Readable } from 'node:stream';
import { type Position, formatPosition, mergePositions, parsePosition } from '../position.ts';
import { type Api, type Reply, describeReply, isBusy, noServer, send, sendPatiently } from './api.ts';
import { type LineRequest, requestOfLine } from './entity-line.ts';
import { readLines } from './lines.ts';

export interface ImportOptions {
  readonly input: Readable;
  readonly api: Api;
  readonly model: string;
  /** Receives one line for each line of the input that was not stored. */
  readonly report: (line: string) => void;
  readonly progress: (imported: number, failed: number) => void;
}

export interface ImportOutcome {
  readonly imported: number;
  readonly failed: number;
  /** Why the import ended before its input; the lines after it were not sent. */
  readonly stopped: string | undefined;
  /** The position that all answers together stand for; undefined where none carried one. */
  readonly position: string | undefined;
}

/** How many requests are under way at once, and so how many lines are held and at most reported when the server goes. */
export const PARALLEL = 64;

/** The greatest number of partitions that a position's text can name. */
const ANY_PARTITIONS = 1_000_000;
const VIEW_WAIT_SECONDS = 30;

interface Run extends ImportOptions {
  imported: number;
  failed: number;
  stopped: string | undefined;
  underWay: number;
  /** Wakes the reading, when it waits for a request to end. */
  wake: () => void;
  /** The last request for each id that is under way: the next for the same id waits for it, so that the later line wins. */
  readonly lastOfId: Map<string, Promise<void>>;
  reached: { readonly position: Position; readonly logId: string } | undefined;
}

/**
 * Reads lines and stores them, PARALLEL at a time, those of one id in their order. A line that is bad or refused is
 * reported and does not stop the rest; a server that is gone, or busy for longer than the patience, does.
 */
export async function importEntities(options: ImportOptions): Promise<ImportOutcome> {
  const run: Run = {
    ...options,
    imported: 0,
    failed: 0,
    stopped: undefined,
    underWay: 0,
    wake: () => undefined,
    lastOfId: new Map(),
    reached: undefined,
  };
  try {
    await readAll(run);
  } catch (error) {
    // A stop destroys the input, so that waiting for more of it ends; that is no failure of the input.
    if (run.stopped === undefined)
      stop(run, `the input can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  while (run.underWay > 0) await oneEnds(run);
  const { imported, failed, stopped, reached } = run;
  return { imported, failed, stopped, position: reached && formatPosition(reached.position, reached.logId) };
}

async function readAll(run: Run): Promise<void> {
  for await (const line of readLines(run.input)) {
    if (run.stopped !== undefined) return;
    const wanted: LineRequest =
      line.kind === 'line' ? requestOfLine(line.text, run.model) : { kind: 'bad', reason: line.problem };
    if (wanted.kind === 'bad') fail(run, line.number, wanted.reason);
    else {
      if (run.underWay >= PARALLEL) await oneEnds(run);
      if (run.stopped === undefined) begin(run, line.number, wanted);
    }
  }
}

function oneEnds(run: Run): Promise<void> {
  return new Promise((resolve) => {
    run.wake = resolve;
  });
}

function begin(run: Run, number: number, wanted: LineRequest & { readonly kind: 'request' }): void {
  const { id } = wanted;
  const before = id === undefined ? undefined : run.lastOfId.get(id);
  run.underWay += 1;
  const ended = store(run, number, wanted, before).finally(() => {
    if (id !== undefined && run.lastOfId.get(id) === ended) run.lastOfId.delete(id);
    run.underWay -= 1;
    run.progress(run.imported, run.failed);
    run.wake();
  });
  if (id !== undefined) run.lastOfId.set(id, ended);
}

async function store(
  run: Run,
  number: number,
  wanted: LineRequest & { readonly kind: 'request' },
  before: Promise<void> | undefined,
) {
  await before;
  if (run.stopped !== undefined) {
    fail(run, number, 'not stored: the import stopped before it was sent');
    return;
  }
  const reply = await sendPatiently(run.api, wanted.request, () => run.stopped !== undefined);
  if (reply.kind === 'unreachable') {
    // Where the connection was cut the request may have been carried out: only its answer is sure to be missing.
    fail(run, number, `not known to be stored: ${reply.reason}`);
    stop(run, noServer(run.api, reply.reason));
  } else if (isBusy(reply)) {
    fail(run, number, `not stored: ${describeReply(reply)}`);
    stop(run, `the server takes no writes (${describeReply(reply)})`);
  } else if (reply.status === 200 || reply.status === 201) {
    run.imported += 1;
    notePosition(run, reply);
  } else fail(run, number, describeReply(reply));
}

function fail(run: Run, number: number, reason: string): void {
  run.failed += 1;
  run.report(`line ${number}: ${reason}`);
}

function stop(run: Run, reason: string): void {
  run.stopped ??= `${reason}; the import stopped before its end`;
  run.input.destroy();
}

function notePosition(run: Run, reply: Reply & { readonly kind: 'answered' }): void {
  const parsed = parsePosition(String(reply.headers['kmodel-position'] ?? ''), ANY_PARTITIONS);
  if (parsed.kind !== 'parsed' || parsed.demanded.logId === undefined) return;
  const { position, logId } = parsed.demanded;
  run.reached = {
    position: run.reached === undefined ? position : mergePositions(run.reached.position, position),
    logId,
  };
}

/** Waits, with a limit, until the view shows what was imported, so that an export after it has everything. */
export async function awaitView(
  api: Api,
  model: string,
  position: string,
  report: (line: string) => void,
): Promise<void> {
  const headers = { 'kmodel-position': position, prefer: `wait=${VIEW_WAIT_SECONDS}` };
  const reply = await send(api, { method: 'GET', path: `/api/${model}?limit=1`, headers });
  if (reply.kind === 'answered' && reply.status === 200) return;
  report(`kmodel: everything is stored, but the view does not show it yet (${describeReply(reply)})`);
}

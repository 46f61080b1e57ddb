/** The thread of the embedded view: takes requests in order, and gathers applies into shared transactions. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { KmodelError } from '../../errors.ts';
import { openForWriting, unusable } from './format.ts';
import type { Answer, FromThread, PackedUpdate, Request } from './protocol.ts';
import { ViewWriter } from './view-writer.ts';

/** A transaction takes no further update once it has this many operations: it bounds memory and the wait for an answer. */
const MAX_OPERATIONS = 8000;
/** Nor once it has this many updates. */
const MAX_UPDATES = 256;

/** How long nothing must have arrived before the thread takes to merging. Milliseconds. */
const IDLE_AFTER_MS = 25;

type ApplyRequest = Extract<Request, { kind: 'apply' }>;

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker thread only');
const file = String((workerData as { file: unknown }).file);
let closed = false;
let idle: NodeJS.Timeout | undefined;
const post = (message: FromThread): void => port.postMessage(message);

try {
  const writer = new ViewWriter(openForWriting(file));
  port.on('message', (first: Request) => {
    work(writer, first);
    mergeWhenIdle(writer);
  });
  post({ kind: 'open' });
} catch (error) {
  post({ kind: 'unusable', detail: error instanceof KmodelError ? error.message : unusable(file, error).message });
}

/**
 * Once nothing has arrived for a while, merges step by step until there is nothing left to merge. What arrives comes
 * between two steps, and begins the while anew.
 */
function mergeWhenIdle(writer: ViewWriter, afterMs = IDLE_AFTER_MS): void {
  clearTimeout(idle);
  if (closed || !writer.merging.left) return;
  idle = setTimeout(() => {
    writer.merging.whileIdle();
    mergeWhenIdle(writer, 0);
  }, afterMs);
}

/** Works off all that has arrived. */
function work(writer: ViewWriter, first: Request): void {
  let request: Request | undefined = first;
  while (request !== undefined) {
    if (request.kind !== 'apply') {
      post({ kind: 'answers', answers: [answer(writer, request)] });
      request = nextRequest();
      continue;
    }
    const batch: ApplyRequest[] = [request];
    let operations = request.update.operations.ids.length;
    request = nextRequest();
    while (request?.kind === 'apply' && operations < MAX_OPERATIONS && batch.length < MAX_UPDATES) {
      batch.push(request);
      operations += request.update.operations.ids.length;
      request = nextRequest();
    }
    post({ kind: 'answers', answers: applied(writer, batch) });
    writer.merging.afterTransaction(operations);
  }
}

function applied(writer: ViewWriter, batch: readonly ApplyRequest[]): Answer[] {
  try {
    const updates: PackedUpdate[] = batch.map(({ update }) => update);
    return writer.applyAll(updates).map((one, at) => {
      const no = batch[at]?.no ?? -1;
      return one.kind === 'outcome' ? { no, result: one.outcome } : { no, failure: one.why };
    });
  } catch (error) {
    return batch.map(({ no }) => ({ no, failure: lineOf(error) }));
  }
}

function answer(writer: ViewWriter, request: Exclude<Request, ApplyRequest>): Answer {
  const { no } = request;
  try {
    if (request.kind !== 'close') return answerTo(writer, request);
    closed = true;
    writer.close();
    // Not closed: that would drop the answers that are still on their way. Nothing else keeps the thread.
    port?.unref();
    return { no };
  } catch (error) {
    return { no, failure: lineOf(error) };
  }
}

function answerTo(writer: ViewWriter, request: Exclude<Request, ApplyRequest | { kind: 'close' }>): Answer {
  const { no } = request;
  switch (request.kind) {
    case 'begin':
      return { no, result: writer.begin(request.identity, request.replaced, request.indexes) };
    case 'claim':
      return { no, result: writer.claim(request.partition, request.owner) };
    case 'seen':
      writer.keepSeen(request.generation, request.claims, request.owner);
      return { no };
    case 'latch': {
      const doubt = writer.latch(request.generation, request.reason, request.evidence);
      return doubt === undefined ? { no } : { no, result: doubt };
    }
    case 'release':
      writer.release(request.generation, request.reason);
      return { no };
  }
}

function nextRequest(): Request | undefined {
  if (port === null) return undefined;
  return receiveMessageOnPort(port)?.message;
}

function lineOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

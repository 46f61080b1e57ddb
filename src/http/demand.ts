/** What a request demands of the view, and what becomes of a read that could not be answered. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';
import { type Doubt, doubtEntry, isHeld } from '../doubts.ts';
import { foreignView } from '../status/problems.ts';
import { formatPosition, type Position } from '../position.ts';
import type { Demand, ReadOutcome } from '../reader/reader.ts';
import { DEFAULT_WAIT_SECONDS, demandedPosition, preferredWait } from './headers.ts';

/** Waits of one server: they end when their client goes away, and all of them when the server stops. */
export interface Waits {
  /** A signal that aborts when the answer can't reach anybody any more. */
  signalFor(reply: FastifyReply): AbortSignal;
  readonly stopping: boolean;
  stop(): void;
}

export function makeWaits(): Waits {
  const open = new Set<AbortController>();
  let stopping = false;
  return {
    signalFor(reply) {
      const controller = new AbortController();
      open.add(controller);
      if (stopping) controller.abort();
      reply.raw.once('close', () => {
        open.delete(controller);
        // After an answer nobody waits, and to abort makes an exception with its stack.
        if (!reply.raw.writableFinished) controller.abort();
      });
      return controller.signal;
    },
    get stopping() {
      return stopping;
    },
    stop() {
      stopping = true;
      for (const controller of open) controller.abort();
    },
  };
}

const NOTHING: Demand = {
  position: new Map(),
  logId: undefined,
  waitMs: DEFAULT_WAIT_SECONDS * 1000,
  signal: undefined,
};

/**
 * The demand of the request's headers; a wait that was asked for is named in Preference-Applied. Only a demanded position
 * costs a signal: plain reads stay cheap.
 */
export function demandOf(request: FastifyRequest, reply: FastifyReply, partitions: number, waits: Waits): Demand {
  const { headers } = request;
  const demanded = demandedPosition(headers, partitions);
  const wait = preferredWait(headers);
  if (wait !== undefined) reply.header('preference-applied', `wait=${wait}`);
  if (demanded === undefined && wait === undefined) return NOTHING;
  return {
    position: demanded?.position ?? NOTHING.position,
    logId: demanded?.logId,
    waitMs: (wait ?? DEFAULT_WAIT_SECONDS) * 1000,
    signal: demanded === undefined ? undefined : waits.signalFor(reply),
  };
}

/** A read that was answered. */
export type Answered<T> = Extract<ReadOutcome<T>, { kind: 'read' }>;

/** The outcome where it is an answer; else throws the error it stands for. Either way the view's position is told. */
export function answered<T>(outcome: ReadOutcome<T>, reply: FastifyReply, waits: Waits): Answered<T> {
  switch (outcome.kind) {
    case 'read':
      tellPosition(reply, outcome.position, outcome.logId);
      return outcome;
    case 'behind':
      tellPosition(reply, outcome.position, outcome.logId);
      if (waits.stopping) throw stopping();
      throw new KmodelError('VIEW_BEHIND', `The view has reached ${formatPosition(outcome.position, outcome.logId)}.`);
    case 'other-log':
      throw positionOfOtherLog(outcome.logId);
    case 'not-ready':
      throw notReady();
    case 'doubtful':
      throw doubtful(outcome.doubt);
    case 'foreign':
      throw new KmodelError('VIEW_NOT_READY', `No read is answered: ${foreignView(outcome.logId)}.`);
    case 'unavailable':
      throw new KmodelError('VIEW_UNAVAILABLE', 'The view does not answer.', { cause: outcome.reason });
  }
}

/** The error of a position that isn't of the log `incarnation`. */
export function positionOfOtherLog(incarnation: string): KmodelError {
  return new KmodelError(
    'POSITION_OF_OTHER_LOG',
    `Header Kmodel-Position: expected a position of the log ${incarnation}.`,
  );
}

/** The error of a view that isn't trusted: it is built anew by itself, or held until a person decides. */
export function doubtful(doubt: Doubt): KmodelError {
  const { title } = doubtEntry(doubt.reason);
  return isHeld(doubt)
    ? new KmodelError('VIEW_HELD', `The view is held: ${title}. Nothing was read or written.`)
    : new KmodelError('VIEW_DOUBTFUL', `The view is not trusted: ${title}.`);
}

/** The error of a view that has no complete content to answer from. */
export function notReady(): KmodelError {
  return new KmodelError(
    'VIEW_NOT_READY',
    'The view is still being built from the log; /health/ready shows how far it is.',
  );
}

/** The error of a request that came while the server stops. */
export function stopping(): KmodelError {
  return new KmodelError('SHUTTING_DOWN', 'The server is stopping.', { headers: { connection: 'close' } });
}

/** Sets Kmodel-Position and answers its text. */
export function tellPosition(reply: FastifyReply, position: Position, logId: string): string {
  const text = formatPosition(position, logId);
  reply.header('kmodel-position', text);
  return text;
}

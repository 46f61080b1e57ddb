/**
 * The current entity before a write: read at the request's position and at what this process has acknowledged, one write
 * at a time for each id. So in one process PUT, DELETE and POST with an idempotency key are exact; across processes they
 * are best effort.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';
import { mergePositions, type Position } from '../position.ts';
import type { Demand } from '../reader/reader.ts';
import type { QuarantineNote, StoredEntity } from '../view/view.ts';
import { type Answered, answered, notReady, positionOfOtherLog, type Waits } from './demand.ts';
import type { OneByOne } from './one-by-one.ts';
import type { ServedModel } from './served.ts';

/** One request that writes. `demand` was taken when it arrived: all its waits together end within the demand's wait. */
export interface WriteContext {
  readonly served: ServedModel;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly waits: Waits;
  readonly turns: OneByOne;
  readonly demand: Demand;
  /** When the demand's wait is over, on the clock of `performance.now()`. */
  readonly deadline: number;
}

/**
 * Runs `write` with the current entity of the id, the incarnation of the log that it is from, and what is in quarantine where
 * there is no entity, when it's the request's turn. Throws the 503s of a view that can't tell,
 * VIEW_BEHIND also where the turn doesn't come in time.
 */
export async function withCurrent<T>(
  context: WriteContext,
  id: string,
  write: (current: StoredEntity | undefined, log: string, quarantined: QuarantineNote | undefined) => Promise<T>,
): Promise<T> {
  const { served, reply, waits, turns, demand, deadline } = context;
  const { reader, log } = served;
  const signal = demand.signal ?? waits.signalFor(reply);
  const left = (): number => Math.max(0, deadline - performance.now());
  const demanded = (): Position => mergePositions(demand.position, acknowledgedOf(served, id));

  const read = async (position: Position): Promise<Answered<StoredEntity | undefined>> => {
    const outcome = await reader.get(id, { position, logId: log.incarnation, waitMs: left(), signal });
    // The client named this log or none: a view of another one is a view that has yet to be built, or this log is gone.
    if (outcome.kind === 'other-log') {
      await refresh(served);
      throw notReady();
    }
    return answered(outcome, reply, waits);
  };

  // A long wait for the client's own position must not hold up the others who write to this id.
  if (demand.position.size > 0) await read(demand.position);
  const turn = await turns.run(id, left(), async () => {
    const { value, logId, quarantined } = await read(demanded());
    return write(value, logId, quarantined);
  });
  if (turn.kind === 'ran') return turn.answer;
  // What holds up the one before is most likely the view, and then this read tells where it stands.
  await read(demanded());
  throw new KmodelError('VIEW_BEHIND', 'Earlier writes to this id were still under way.');
}

/** Throws where the client's position was made for another log, which this process then may have yet to hear of. */
export async function refuseOtherLog(demanded: string, served: ServedModel): Promise<void> {
  await refresh(served);
  const { incarnation } = served.log;
  if (demanded === incarnation) return;
  throw positionOfOtherLog(incarnation);
}

/** The error of a log that takes no write now. */
export function logUnavailable(reason: string): KmodelError {
  return new KmodelError('LOG_UNAVAILABLE', 'The log does not answer; nothing was written.', { cause: reason });
}

async function refresh({ log }: ServedModel): Promise<void> {
  try {
    await log.refresh();
  } catch (error) {
    throw logUnavailable(error instanceof Error ? error.message : String(error));
  }
}

function acknowledgedOf({ writer }: ServedModel, id: string): Position {
  const partition = writer.partitionOf(id);
  const next = writer.acknowledged().get(partition);
  return next === undefined ? new Map() : new Map([[partition, next]]);
}

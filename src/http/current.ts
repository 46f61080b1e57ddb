/**
 * The current entity before a write: read at the end of its partition, which the log is asked for, and at the request's
 * position; one write at a time for each id in this process, and none while an earlier one of this process is uncertain. So PUT,
 * DELETE and POST with an idempotency key see every write that was answered before they came, by whatever process.
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
    await settled(served, id, left());
    const end = await endOf(served, id, left());
    const { value, logId, quarantined } = await read(mergePositions(demand.position, end));
    return write(value, logId, quarantined);
  });
  if (turn.kind === 'ran') return turn.answer;
  // What holds up the one before is most likely the view, and then this read tells where it stands.
  await read(mergePositions(demand.position, await endOf(served, id, 0)));
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
export function logUnavailable(reason: string, message = 'The log does not answer; nothing was written.'): KmodelError {
  return new KmodelError('LOG_UNAVAILABLE', message, { cause: reason });
}

async function refresh({ log }: ServedModel): Promise<void> {
  try {
    await log.refresh();
  } catch (error) {
    throw logUnavailable(reasonOf(error));
  }
}

/** The log is given so long to tell where a partition ends, however short the request's wait is. Milliseconds. */
const LEAST_FOR_END_MS = 1_000;

/** Waits until no earlier write of this process to the id can land any more without being seen. */
async function settled({ writer }: ServedModel, id: string, withinMs: number): Promise<void> {
  const isSettled = await withinTime(writer.settled(id), withinMs);
  if (isSettled.kind === 'late')
    throw logUnavailable(
      'an earlier write to the partition is uncertain',
      'An earlier write may still land; nothing was written.',
    );
}

async function endOf({ writer }: ServedModel, id: string, withinMs: number): Promise<Position> {
  const end = await withinTime(writer.endOf(id), Math.max(withinMs, LEAST_FOR_END_MS));
  if (end.kind === 'late') throw logUnavailable('it did not tell in time where the partition ends');
  return end.value;
}

/** What the log answers, if it does in time; throws LOG_UNAVAILABLE where it can't. */
async function withinTime<T>(
  answering: Promise<T>,
  withinMs: number,
): Promise<{ readonly kind: 'answered'; readonly value: T } | { readonly kind: 'late' }> {
  const { promise: late, resolve } = Promise.withResolvers<{ kind: 'late' }>();
  const timer = setTimeout(resolve, withinMs, { kind: 'late' });
  const answered = answering.then(
    (value) => ({ kind: 'answered' as const, value }),
    (error: unknown) => {
      throw logUnavailable(reasonOf(error));
    },
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The current entity before a write: read at the request's position and at what this process has acknowledged, one write
 * at a time for each id. So in one process PUT, DELETE and POST with an idempotency key are exact; across processes they
 * are best effort.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';
import { mergePositions, type Position } from '../position.ts';
import type { StoredEntity } from '../view/view.ts';
import { answered, demandOf, notReady, type Waits } from './demand.ts';
import type { OneByOne } from './one-by-one.ts';
import type { ServedModel } from './served.ts';

/** One request that writes. */
export interface WriteContext {
  readonly served: ServedModel;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly waits: Waits;
  readonly turns: OneByOne;
}

/** Runs `write` with the current entity of the id, when it's the request's turn. Throws the 503s of a view that can't tell. */
export async function withCurrent<T>(
  context: WriteContext,
  id: string,
  write: (current: StoredEntity | undefined) => Promise<T>,
): Promise<T> {
  const { served, request, reply, waits, turns } = context;
  const { model, reader, writer } = served;
  const demand = demandOf(request, reply, model.partitions, waits);
  refuseOtherLog(demand.logId, writer.logId);
  const signal = demand.signal ?? waits.signalFor(reply);

  const read = async (position: Position): Promise<StoredEntity | undefined> => {
    const outcome = await reader.get(id, { position, logId: writer.logId, waitMs: demand.waitMs, signal });
    // The client named this log or none: a view of another one is a view that has yet to be built.
    if (outcome.kind === 'other-log') throw notReady();
    return answered(outcome, reply, waits).value;
  };

  // A long wait for the client's own position must not hold up the others who write to this id.
  if (demand.position.size > 0) await read(demand.position);
  return turns.run(id, async () => write(await read(mergePositions(demand.position, acknowledgedOf(served, id)))));
}

/** Throws where the client's position was made for another log. */
export function refuseOtherLog(demanded: string | undefined, logId: string): void {
  if (demanded === undefined || demanded === logId) return;
  throw new KmodelError('POSITION_OF_OTHER_LOG', `Header Kmodel-Position: expected a position of the log ${logId}.`);
}

function acknowledgedOf({ writer }: ServedModel, id: string): Position {
  const partition = writer.partitionOf(id);
  const next = writer.acknowledged().get(partition);
  return next === undefined ? new Map() : new Map([[partition, next]]);
}

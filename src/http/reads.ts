/** GET /api/<model> and GET /api/<model>/:id: answers from the view, at or past the position that the request demands. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';
import type { Demand } from '../reader/reader.ts';
import type { Page, QuarantineNote } from '../view/view.ts';
import { checkCursorLog, decodeCursor, encodeCursor } from './cursor.ts';
import { answered, demandOf, notReady, positionOfOtherLog, tellPosition, type Waits } from './demand.ts';
import { noneMatchNames } from './headers.ts';
import { noSuchRoute } from './not-found.ts';
import { idOfPath, queryText } from './paths.ts';
import { listQueryParser, type ListRequest, refuseParameters } from './query.ts';
import type { ServedModel } from './served.ts';
import { etagOf, renderEntity, renderList } from './render.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Adds the reading routes of one model. */
export function addReads(app: FastifyInstance, served: ServedModel, waits: Waits): void {
  const { model, reader } = served;
  const parse = listQueryParser(model);

  app.get(`/api/${model.name}/:id`, async (request, reply) => {
    if ((request.params as { id: string }).id === '') throw noSuchRoute();
    const id = idOfPath(request);
    refuseParameters(queryText(request));
    const demand = demandOf(request, reply, model.partitions, waits);
    const outcome = await reader.get(id, demand);
    if (outcome.kind === 'other-log' || outcome.kind === 'foreign') await refuseOthers(outcome.kind, demand, served);
    const { value: entity, logId, quarantined } = answered(outcome, reply, waits);
    if (entity === undefined) throw noEntity(id, quarantined);
    const etag = etagOf(entity, logId);
    reply.header('etag', etag);
    if (noneMatchNames(request.headers, etag)) return reply.code(304).send();
    return reply.type(JSON_TYPE).send(renderEntity(entity, logId));
  });

  app.get(`/api/${model.name}`, async (request, reply) => {
    const asked = parse(queryText(request));
    const page = await readPage(served, asked, request, reply, waits);
    return reply.type(JSON_TYPE).send(page);
  });
}

/** The error of an id that nothing is stored under. `quarantined`: its newest record, where that is in quarantine. */
export function noEntity(id: string, quarantined: QuarantineNote | undefined): KmodelError {
  const shown = JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);
  if (quarantined === undefined) {
    return new KmodelError('ENTITY_NOT_FOUND', `There is no entity with the id ${shown}.`);
  }
  const { partition, offset, reason, detail } = quarantined;
  const place = `partition ${partition}, offset ${offset}`;
  return new KmodelError(
    'ENTITY_QUARANTINED',
    `The newest record of the id ${shown} could not be applied (${place}, ${reason}: ${detail}), and no older value of it is known.`,
  );
}

/**
 * Where the position that was demanded is not of the view's log: throws VIEW_NOT_READY where it is of the log that is there now,
 * which replaced the view's, and POSITION_OF_OTHER_LOG where it is of neither.
 */
async function refuseOthers(kind: 'other-log' | 'foreign', { logId }: Demand, { log }: ServedModel): Promise<void> {
  if (logId === undefined) return;
  // Where the log doesn't answer, what was known of it last will do.
  await log.refresh().catch(() => undefined);
  if (logId === log.incarnation) throw notReady();
  if (kind === 'foreign') throw positionOfOtherLog(log.incarnation);
}

async function readPage(
  served: ServedModel,
  asked: ListRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  waits: Waits,
): Promise<string> {
  const { model, reader } = served;
  const { terms, filters, sort, order, limit } = asked;
  const scope = { model: model.name, terms, filters, sort, order };
  const after = asked.after === undefined ? undefined : decodeCursor(scope, asked.after);
  // A search without any term finds nothing, but its answer has a position like any other: the shortest read gives it.
  const nothing = terms?.length === 0;
  const query = { terms: terms ?? [], filters, sort, order, after: after?.place, limit: nothing ? 1 : limit };
  const demand = demandOf(request, reply, model.partitions, waits);
  const outcome = await reader.list(query, demand);
  if (outcome.kind === 'other-log' || outcome.kind === 'foreign') await refuseOthers(outcome.kind, demand, served);
  const { value, position, logId } = answered(outcome, reply, waits);
  if (after !== undefined) checkCursorLog(after, logId);
  const page: Page = nothing ? { entities: [], next: undefined } : value;
  const next = page.next === undefined ? null : encodeCursor(scope, page.next, logId);
  return renderList(page.entities, logId, next, tellPosition(reply, position, logId));
}

/** POST /api/<model>, PUT and DELETE /api/<model>/:id: the writer appends, the answer is what was written and where. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';
import type { StoredEntity } from '../view/view.ts';
import { idOfKey, newId, type NotAppended, type PutRequest } from '../writer/writer.ts';
import { checkMediaType, fieldsOf, MAX_BODY_BYTES, parseBody, requestHash } from './body.ts';
import { logUnavailable, refuseOtherLog, withCurrent, type WriteContext } from './current.ts';
import { demandOf, doubtful, tellPosition, type Waits } from './demand.ts';
import { idempotencyKey, refuseConditions } from './headers.ts';
import { noSuchRoute } from './not-found.ts';
import { makeOneByOne } from './one-by-one.ts';
import { idOfPath, queryText } from './paths.ts';
import { refuseParameters } from './query.ts';
import { JSON_TYPE, noEntity } from './reads.ts';
import type { ServedModel } from './served.ts';
import { addressOf, etagOf, type EntityText, renderEntity } from './render.ts';

/** Adds the writing routes of one model, with the parser of their bodies: the bytes, whole. */
export function addWrites(app: FastifyInstance, served: ServedModel, waits: Waits): void {
  const turns = makeOneByOne();
  const path = `/api/${served.model.name}`;
  const context = async (request: FastifyRequest, reply: FastifyReply): Promise<WriteContext> => {
    // A plain POST asks the view for nothing, but what the log has lost may have to be put into it again first.
    if (served.log.held !== undefined) throw doubtful(served.log.held);
    const demand = demandOf(request, reply, served.model.partitions, waits);
    if (demand.logId !== undefined && demand.logId !== served.log.incarnation)
      await refuseOtherLog(demand.logId, served);
    return { served, request, reply, waits, turns, demand, deadline: performance.now() + demand.waitMs };
  };

  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, bytes, done) =>
    done(null, bytes),
  );
  app.post(path, { onRequest: checkWrite }, async (request, reply) => post(await context(request, reply)));
  app.put(`${path}/:id`, { onRequest: [checkAddress, checkWrite] }, async (request, reply) =>
    put(await context(request, reply)),
  );
  app.delete(`${path}/:id`, { onRequest: [checkAddress, checkDelete] }, async (request, reply) =>
    remove(await context(request, reply)),
  );
}

/** `/api/<model>/` names neither the list nor an entity. */
function checkAddress(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if ((request.params as { readonly id: string }).id === '') throw noSuchRoute();
  done();
}

/** What can be refused before the body is read. */
function checkWrite(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  refuseParameters(queryText(request));
  refuseConditions(request.headers);
  checkMediaType(request.headers);
  done();
}

/** The same for DELETE, whose body means nothing. */
function checkDelete(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  refuseParameters(queryText(request));
  refuseConditions(request.headers);
  done();
}

async function post(context: WriteContext): Promise<FastifyReply> {
  const { served, request } = context;
  const key = idempotencyKey(request.headers);
  const fields = fieldsOf(served.model, parseBody(request.body as Uint8Array));
  if (key === undefined) return write(context, { id: newId(), fields, createdAt: undefined, request: undefined }, 201);

  const id = idOfKey(served.model.name, key);
  const hash = requestHash(fields);
  return withCurrent(context, id, async (current, log) => {
    if (current === undefined) return write(context, { id, fields, createdAt: undefined, request: hash }, 201);
    if (current.request === hash) return answerWritten(context, current, log, 201);
    throw new KmodelError('IDEMPOTENCY_KEY_REUSED', 'Header Idempotency-Key: it was first used with another body.');
  });
}

async function put(context: WriteContext): Promise<FastifyReply> {
  const { served, request } = context;
  const id = idOfPath(request);
  const fields = fieldsOf(served.model, parseBody(request.body as Uint8Array), id);
  return withCurrent(context, id, async (current: StoredEntity | undefined) =>
    write(
      context,
      { id, fields, createdAt: current?.createdAt, request: current?.request },
      current === undefined ? 201 : 200,
    ),
  );
}

async function remove(context: WriteContext): Promise<FastifyReply> {
  const { served, request, reply } = context;
  const id = idOfPath(request);
  return withCurrent(context, id, async (current, _log, quarantined) => {
    // A record in quarantine is the id's too, and a tombstone ends it.
    if (current === undefined && quarantined === undefined) throw noEntity(id, undefined);
    const outcome = await served.writer.delete(id);
    if (outcome.kind !== 'deleted') throw notAppended(outcome, served, id);
    tellPosition(reply, outcome.position, served.log.incarnation);
    return reply.code(204).send();
  });
}

async function write(context: WriteContext, wanted: PutRequest, status: 200 | 201): Promise<FastifyReply> {
  const { writer, log } = context.served;
  const outcome = await writer.put(wanted);
  if (outcome.kind === 'invalid') {
    throw new KmodelError('ENTITY_INVALID', 'The entity can not be written.', { rules: outcome.rules });
  }
  if (outcome.kind !== 'written') throw notAppended(outcome, context.served, wanted.id);
  const { incarnation } = log;
  tellPosition(context.reply, outcome.position, incarnation);
  return answerWritten(context, outcome.entity, incarnation, status);
}

function answerWritten(
  { served, reply }: WriteContext,
  entity: EntityText,
  log: string,
  status: 200 | 201,
): FastifyReply {
  if (status === 201) reply.header('location', addressOf(served.model.name, entity.id));
  return reply.code(status).header('etag', etagOf(entity, log)).type(JSON_TYPE).send(renderEntity(entity, log));
}

/** The error of a write that the log didn't take, or of which nobody knows: then with the id and partition to look at. */
function notAppended(outcome: NotAppended, { model, writer }: ServedModel, id: string): KmodelError {
  const { kind, reason } = outcome;
  if (kind === 'unavailable') return logUnavailable(reason);
  if (kind === 'refused') return refused(outcome);
  const headers = { location: addressOf(model.name, id) };
  const until = outcome.until === undefined ? undefined : new Date(outcome.until).toISOString();
  const write = { id, partition: writer.partitionOf(id), ...(until === undefined ? {} : { until }) };
  const bound =
    until === undefined
      ? 'it may still land, and until when is not known before this server reaches the log again.'
      : `it may still land until ${until}.`;
  const message = `The log did not say in time whether it took the write; ${bound}`;
  return new KmodelError('WRITE_UNCERTAIN', message, { headers, cause: reason, write });
}

/** The error of a write that the log will refuse again. */
function refused({ why, reason }: NotAppended & { readonly kind: 'refused' }): KmodelError {
  if (why === 'too-large') return new KmodelError('RECORD_TOO_LARGE', `Nothing was written: ${reason}.`);
  return new KmodelError('LOG_REFUSES', `Nothing was written; it needs an operator: ${reason}.`, { cause: reason });
}

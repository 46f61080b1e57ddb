/** The id and the query of a request's target, checked. */
import type { FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';
import { idProblem } from '../model/id.ts';

/** What the router keeps of a query: the text as sent. Parameters are parsed by query.ts alone. */
export interface RawQuery {
  readonly text: string;
}

/** The query as sent, without its question mark; '' where there is none. */
export function queryText(request: FastifyRequest): string {
  return (request.query as RawQuery).text;
}

/** The id that the path names. Throws PATH_INVALID. */
export function idOfPath(request: FastifyRequest): string {
  const { id } = request.params as { readonly id: string };
  const problem = idProblem(id);
  if (problem !== undefined) throw new KmodelError('PATH_INVALID', `The id ${problem}.`);
  return id;
}

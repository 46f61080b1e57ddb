/** One line of an import as the request that stores it. Pure. */
import { randomUUID } from 'node:crypto';
import { idProblem } from '../model/id.ts';
import { isReserved, withoutReserved } from '../model/record.ts';
import type { ApiRequest } from './api.ts';

export type LineRequest =
  | { readonly kind: 'request'; readonly id: string | undefined; readonly request: ApiRequest }
  | { readonly kind: 'bad'; readonly reason: string };

/**
 * A line with an id is put under it; one without is posted with an idempotency key, so that sending it again stores it
 * once. What the API adds to an entity (createdAt …) may stand there and is left to the API anew.
 */
export function requestOfLine(text: string, model: string): LineRequest {
  const parsed = parseObject(text);
  if (typeof parsed === 'string') return { kind: 'bad', reason: parsed };
  const { id } = parsed;
  if (id === undefined) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    return {
      kind: 'request',
      id,
      request: { method: 'POST', path: `/api/${model}`, headers, body: ownFields(parsed, text) },
    };
  }
  if (typeof id !== 'string') return { kind: 'bad', reason: 'expected the id to be a string' };
  const problem = idProblem(id);
  if (problem !== undefined) return { kind: 'bad', reason: `the id ${problem}` };
  const path = `/api/${model}/${encodeURIComponent(id)}`;
  return {
    kind: 'request',
    id,
    request: { method: 'PUT', path, headers: { 'content-type': 'application/json' }, body: text },
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return 'expected a JSON object';
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A POST takes the entity's own fields only. */
function ownFields(entity: Readonly<Record<string, unknown>>, text: string): string {
  return Object.keys(entity).some(isReserved) ? JSON.stringify(withoutReserved(entity)) : text;
}

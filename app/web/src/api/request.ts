/** One HTTP request to the API: the position goes along, problems become an ApiError. */
import type { Problem } from '../../../../src/http/wire.ts';
import { forgetWrites, rememberWrite, writtenPosition } from './position.ts';

/** One broken rule of a sent body: `pointer` is a JSON pointer into it, '' is the whole body. */
export type BrokenRule = NonNullable<Problem['errors']>[number];

/** No answer (`code` NETWORK), or an answer that is a problem. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly rules: readonly BrokenRule[];
  /** Milliseconds, from Retry-After. */
  readonly retryAfter: number | undefined;

  constructor(code: string, message: string, status = 0, rules: readonly BrokenRule[] = [], retryAfter?: number) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.rules = rules;
    this.retryAfter = retryAfter;
  }
}

export interface Sent {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** A read may wait for the view; this is longer than the server ever waits by itself. */
const TIMEOUT_MS = 30_000;

/** Sends the request and answers the JSON body (undefined where there is none). Rejects with an ApiError only. */
export async function request(path: string, sent: Sent = {}): Promise<unknown> {
  const answer = await exchange(path, sent);
  if (answer.ok) return answer.status === 204 ? undefined : await readJson(answer);
  const error = await problemOf(answer);
  if (error.code !== 'POSITION_OF_OTHER_LOG' || writtenPosition() === undefined) throw error;
  // The log was replaced since our last write; nothing was done yet, and without the position the request is right.
  forgetWrites();
  return await request(path, sent);
}

async function exchange(path: string, sent: Sent): Promise<Response> {
  const { method = 'GET', body, idempotencyKey, signal } = sent;
  const headers = new Headers({ Accept: 'application/json, application/problem+json' });
  const position = writtenPosition();
  if (position !== undefined) headers.set('Kmodel-Position', position);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const answer = await fetch(path, {
      method,
      headers,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const reached = answer.headers.get('Kmodel-Position');
    if (method !== 'GET' && answer.ok && reached !== null) rememberWrite(reached);
    return answer;
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiError('NETWORK', cause instanceof Error ? cause.message : String(cause));
  }
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    throw new ApiError('NETWORK', 'the answer broke off', answer.status);
  }
}

async function problemOf(answer: Response): Promise<ApiError> {
  const seconds = Number(answer.headers.get('Retry-After') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? Math.max(seconds, 0.25) * 1000 : undefined;
  const body: unknown = await answer.json().catch(() => undefined);
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const rules = Array.isArray(problem['errors']) ? problem['errors'].filter(isRule) : [];
  return new ApiError(
    typeof problem['code'] === 'string' ? problem['code'] : 'UNKNOWN',
    typeof problem['detail'] === 'string' ? problem['detail'] : `${answer.status} ${answer.statusText}`.trim(),
    answer.status,
    rules,
    retryAfter,
  );
}

function isRule(value: unknown): value is BrokenRule {
  if (typeof value !== 'object' || value === null) return false;
  const rule = value as Partial<Record<keyof BrokenRule, unknown>>;
  return typeof rule.pointer === 'string' && typeof rule.message === 'string';
}

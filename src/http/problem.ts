/** problem+json (RFC 9457): every answer of the API that isn't a success has this shape, made from the table of errors. */
import { ERRORS, type ErrorCode } from '../error-table.ts';
import { KmodelError } from '../errors.ts';
import type { Problem } from './wire.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Seconds after which a client may try again where the table says that this can succeed (503 only). */
export const RETRY_AFTER_SECONDS = 1;

/** An answer, ready to be sent over whatever is left of the connection. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The URN that names a code in `type`. */
export function problemType(code: ErrorCode): string {
  return `urn:kmodel:error:${code}`;
}

/** The answer for an error of the table. An error that never reaches HTTP (status 0) is answered as INTERNAL. */
export function problemAnswer(error: KmodelError, requestId?: string): ProblemAnswer {
  const code = ERRORS[error.code].status === 0 ? 'INTERNAL' : error.code;
  const { status, title, action, retryable } = ERRORS[code];
  const problem: Problem = {
    type: problemType(code),
    title,
    status,
    detail: code === 'INTERNAL' ? `The request id is ${requestId ?? 'unknown'}.` : error.message,
    code,
    action,
    ...(error.rules.length > 0 ? { errors: error.rules } : {}),
    ...error.write,
  };
  return {
    status,
    headers: {
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-cache',
      ...(status === 503 && retryable ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
      ...error.headers,
    },
    body: JSON.stringify(problem),
  };
}

/** Any error as one of the table: the framework's own by their codes, what nobody expected as INTERNAL. */
export function toKmodelError(error: unknown): KmodelError {
  if (error instanceof KmodelError) return error;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? FRAMEWORK_ERRORS[code] : undefined;
  if (known !== undefined) return new KmodelError(known[0], known[1], { cause: error });
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new KmodelError('REQUEST_MALFORMED', 'The request can not be read.', { cause: error });
  }
  return new KmodelError('INTERNAL', 'unexpected', { cause: error });
}

/** What Fastify, its plugins and Node say about a request, in the words of the table. */
const FRAMEWORK_ERRORS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ['PATH_INVALID', 'The path is not percent-encoded UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['PATH_INVALID', 'A part of the path is too long.'],
  FST_ERR_NOT_FOUND: ['NOT_FOUND', 'There is nothing at this address.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', 'Expected a body of at most 1,048,576 bytes, found a larger one.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'MEDIA_TYPE_UNSUPPORTED',
    'Expected Content-Type: application/json, found an ill-formed one.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BODY_MALFORMED', 'The body is shorter or longer than its Content-Length.'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: [
    'MEDIA_TYPE_UNSUPPORTED',
    'Expected Content-Type: application/json, found none.',
  ],
  ECONNRESET: ['BODY_MALFORMED', 'The body was cut short.'],
  HPE_INVALID_EOF_STATE: ['BODY_MALFORMED', 'The body was cut short.'],
};

/** Parts of the OpenAPI document: answers and their headers. */
import { ERRORS, type ErrorCode } from '../error-table.ts';

export interface OpenApiHeader {
  readonly description: string;
  readonly required: boolean;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers: Readonly<Record<string, OpenApiHeader>>;
  readonly content?: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>;
}

/** A position with its log, as answers carry it. */
export const POSITION_PATTERN = '^([0-9]+=[0-9]+(,[0-9]+=[0-9]+)*)?;log=[A-Za-z0-9_-]{1,100}([.][1-9][0-9]{0,8})?$';
export const VERSION_PATTERN = '^[0-9]+-[0-9]+-[A-Za-z0-9_-]{8}$';

type HeaderName =
  | 'Allow'
  | 'Cache-Control'
  | 'ETag'
  | 'Kmodel-Position'
  | 'Location'
  | 'Preference-Applied'
  | 'Retry-After'
  | 'Vary';

const ANSWER_HEADERS: Readonly<Record<HeaderName, OpenApiHeader>> = {
  Allow: { description: 'The methods of this address', required: true, schema: { type: 'string' } },
  'Cache-Control': {
    description: 'How long the answer may be kept: not without asking again',
    required: true,
    schema: { enum: ['no-cache', 'no-store'] },
  },
  ETag: {
    description: 'The entity’s version in quotes',
    required: true,
    schema: { type: 'string', pattern: `^"${VERSION_PATTERN.slice(1, -1)}"$` },
  },
  'Kmodel-Position': {
    description:
      'Of a read: the position that the answer is at least true for. Of a write: where it stands in the log; a read that sends it sees the write.',
    required: true,
    schema: { type: 'string', pattern: POSITION_PATTERN },
  },
  Location: {
    description: 'The entity’s address',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Preference-Applied': {
    description: 'The wait that was used, if Prefer asked for one',
    required: false,
    schema: { type: 'string', pattern: '^wait=([12]?[0-9]|30)$' },
  },
  'Retry-After': {
    description: 'Seconds after which to send the request again',
    required: true,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  Vary: {
    description: 'The request headers that the answer depends on',
    required: true,
    schema: { type: 'string', pattern: 'Kmodel-Position' },
  },
};

/** The header as answers describe it. */
export function header(name: HeaderName): OpenApiHeader {
  return ANSWER_HEADERS[name];
}

const optional = (name: HeaderName): OpenApiHeader => ({ ...ANSWER_HEADERS[name], required: false });

const common = { 'Cache-Control': header('Cache-Control'), Vary: header('Vary') };
const read = {
  ...common,
  'Kmodel-Position': header('Kmodel-Position'),
  'Preference-Applied': header('Preference-Applied'),
};

/** The headers of successful answers. */
export const HEADERS = { common, read, entity: { ...read, ETag: header('ETag') } };

/** An answer with a JSON body. */
export function answer(description: string, schema: string, headers: OpenApiResponse['headers']): OpenApiResponse {
  return {
    description,
    headers,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

/** An answer with a body of plain text. */
export function textAnswer(description: string, headers: OpenApiResponse['headers']): OpenApiResponse {
  return { description, headers, content: { 'text/plain': { schema: { type: 'string', minLength: 1 } } } };
}

/** An answer without a body. */
export function noContent(description: string, headers: OpenApiResponse['headers']): OpenApiResponse {
  return { description, headers };
}

/** The problem+json answer of a status, with the codes it can carry. */
export function problem(
  status: number,
  codes: readonly ErrorCode[],
  beside: OpenApiResponse | undefined,
): OpenApiResponse {
  const schema = {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { properties: { code: { enum: codes }, status: { const: status } } },
    ],
  };
  const headers = {
    ...common,
    ...(codes.some(knowsPosition)
      ? { 'Kmodel-Position': optional('Kmodel-Position'), 'Preference-Applied': header('Preference-Applied') }
      : {}),
    ...(status === 503 ? { 'Retry-After': retryAfter(codes) } : {}),
  };
  return {
    description: [
      ...(beside === undefined ? [] : [beside.description]),
      ...codes.map((code) => `${code}: ${ERRORS[code].title}`),
    ].join('. '),
    headers: { ...headers, ...beside?.headers },
    content: { ...beside?.content, 'application/problem+json': { schema } },
  };
}

/** What a later try can't mend says nothing of a later try. */
function retryAfter(codes: readonly ErrorCode[]): OpenApiHeader {
  return codes.every((code) => ERRORS[code].retryable) ? header('Retry-After') : optional('Retry-After');
}

const KNOW_POSITION: ReadonlySet<ErrorCode> = new Set([
  'ENTITY_NOT_FOUND',
  'ENTITY_QUARANTINED',
  'VIEW_BEHIND',
  'IDEMPOTENCY_KEY_REUSED',
]);

function knowsPosition(code: ErrorCode): boolean {
  return KNOW_POSITION.has(code);
}

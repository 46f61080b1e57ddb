/** Parts of the OpenAPI document: what requests can carry in path, query and headers. */
import { MAX_ID_LENGTH } from '../model/id.ts';
import type { Model } from '../model/model.ts';
import { DEFAULT_WAIT_SECONDS, MAX_KEY_LENGTH, MAX_WAIT_SECONDS } from './headers.ts';
import { READY_FOR } from './health.ts';
import type { OpenApiParameter } from './openapi.ts';
import { MAX_RECORDS, PLACE_PATTERN } from './quarantine.ts';
import { DEFAULT_LIMIT, listParameters, MAX_LIMIT, sortNames } from './query.ts';

type RequestHeader = 'Idempotency-Key' | 'If-None-Match' | 'Kmodel-Position' | 'Prefer';

const REQUEST_HEADERS: Readonly<Record<RequestHeader, OpenApiParameter>> = {
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a repeated request create one entity: the same key stands for the same id. 1 to 255 visible ASCII characters.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]+$', maxLength: MAX_KEY_LENGTH },
  },
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'ETags, or *: answers 304 where the entity’s is among them.',
    schema: { type: 'string' },
  },
  'Kmodel-Position': {
    name: 'Kmodel-Position',
    in: 'header',
    description: 'The answer is to be at least as new as this position, as an earlier answer carried it.',
    schema: { type: 'string' },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: `wait=N: how many seconds to wait for the position, at most ${MAX_WAIT_SECONDS}; ${DEFAULT_WAIT_SECONDS} where it is absent.`,
    schema: { type: 'string' },
  },
};

/** A header that a request can carry. */
export function requestHeader(name: RequestHeader): OpenApiParameter {
  return REQUEST_HEADERS[name];
}

/** What every request that reads the view can carry. */
export const POSITION_AND_WAIT: readonly OpenApiParameter[] = [
  requestHeader('Kmodel-Position'),
  requestHeader('Prefer'),
];

/** The id in the path. */
export function entityParameters(): readonly OpenApiParameter[] {
  const description = `The id: 1 to ${MAX_ID_LENGTH} code points without control characters, percent-encoded as UTF-8.`;
  return [
    {
      name: 'id',
      in: 'path',
      required: true,
      description,
      schema: { type: 'string', minLength: 1, maxLength: MAX_ID_LENGTH },
    },
  ];
}

/** The parameters of the readiness. */
export const READY_PARAMETERS: readonly OpenApiParameter[] = [
  {
    name: 'for',
    in: 'query',
    description: 'What is asked: whether reads are answered, or writes.',
    schema: { enum: READY_FOR, default: READY_FOR[0] },
  },
];

/** The parameters of a model's quarantine. */
export const QUARANTINE_PARAMETERS: readonly OpenApiParameter[] = [
  {
    name: 'limit',
    in: 'query',
    description: 'Records on a page; fewer where they are large.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_RECORDS, default: MAX_RECORDS },
  },
  {
    name: 'after',
    in: 'query',
    description: 'The next of the page before.',
    schema: { type: 'string', pattern: PLACE_PATTERN },
  },
];

/** The parameters of a model's list. */
export function listParametersOf(model: Model): readonly OpenApiParameter[] {
  return listParameters(model).map((name) => ({ name, in: 'query', ...describe(model, name) }));
}

function describe(model: Model, name: string): Pick<OpenApiParameter, 'description' | 'schema'> {
  switch (name) {
    case 'limit':
      return {
        description: 'Entities on a page.',
        schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
      };
    case 'after':
      return {
        description: 'The next of the page before, with the same other parameters.',
        schema: { type: 'string' },
      };
    case 'q':
      return {
        description: `Search over ${model.search.join(', ')}: every term must match; case and accents do not matter, beginnings of words match. At most 16 terms.`,
        schema: { type: 'string' },
      };
    case 'sort':
      return { description: 'What to order by.', schema: { enum: sortNames(model), default: 'createdAt' } };
    case 'order':
      return {
        description: 'Entities without a value come last with desc, first with asc.',
        schema: { enum: ['asc', 'desc'], default: 'desc' },
      };
    default: {
      const field = model.indexes.find((index) => index.name === name)?.field ?? name;
      return { description: `Only entities whose ${field} is, or holds, exactly this.`, schema: { type: 'string' } };
    }
  }
}

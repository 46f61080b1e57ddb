/** Parts of the OpenAPI document: the schemas of entities, lists, problems and health. */
import { ERRORS } from '../error-table.ts';
import type { Model } from '../model/model.ts';
import { POSITION_PATTERN, VERSION_PATTERN } from './openapi-answers.ts';
import { COUNT, READINESS, type Schema, strict, TIME } from './openapi-parts.ts';
import { quarantineSchema } from './openapi-quarantine.ts';
import { statusSchema } from './openapi-status.ts';

/** Names of a model's schemas under components. */
export const inputName = (model: Model): string => `${model.name}.input`;
export const outputName = (model: Model): string => model.name;
export const listName = (model: Model): string => `${model.name}.list`;

/** The schemas of one model. */
export function modelSchemas(model: Model): Record<string, Schema> {
  const output = outputName(model);
  return {
    [inputName(model)]: placed(model.inputSchema, inputName(model)),
    [output]: withEnvelope(placed(model.outputSchema, output)),
    [listName(model)]: strict({
      items: { type: 'array', items: { $ref: `#/components/schemas/${output}` } },
      next: { type: ['string', 'null'] },
      position: { type: 'string', pattern: POSITION_PATTERN },
    }),
  };
}

/** The schemas that all models share. */
export function commonSchemas(): Record<string, Schema> {
  const codes = Object.entries(ERRORS).flatMap(([code, { status }]) => (status === 0 ? [] : [code]));
  const rule = strict({ pointer: { type: 'string' }, message: { type: 'string' } });
  return {
    Problem: strict(
      {
        type: { type: 'string', pattern: '^urn:kmodel:error:[A-Z_]+$' },
        title: { type: 'string' },
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: { type: 'string', minLength: 1 },
        code: { enum: codes },
        action: { type: 'string', minLength: 1 },
        errors: { type: 'array', minItems: 1, items: rule },
        id: { type: 'string' },
        partition: COUNT,
        until: TIME,
      },
      ['errors', 'id', 'partition', 'until'],
    ),
    Liveness: strict({ status: { const: 'live' } }),
    Readiness: strict({
      status: READINESS,
      reads: READINESS,
      writes: READINESS,
      models: { type: 'object', additionalProperties: modelHealth() },
    }),
    Status: statusSchema(),
    Quarantine: quarantineSchema(),
    Document: { type: 'object', required: ['openapi', 'info', 'paths', 'components'] },
  };
}

function modelHealth(): Schema {
  const partition = strict(
    {
      partition: COUNT,
      phase: { enum: ['claiming', 'replaying', 'live', 'failing'] },
      checkpoint: COUNT,
      target: COUNT,
      problem: { type: 'string' },
    },
    ['problem'],
  );
  return strict({
    ready: { type: 'boolean' },
    reads: READINESS,
    writes: READINESS,
    quarantined: COUNT,
    partitions: { type: 'array', items: partition },
    problems: { type: 'array', items: { type: 'string', minLength: 1 } },
  });
}

/** An entity's schema: its own fields and what the API adds. */
function withEnvelope(schema: Schema): Schema {
  const own = schema['properties'] as Readonly<Record<string, Schema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  return {
    ...schema,
    properties: {
      id: { type: 'string', minLength: 1 },
      ...own,
      createdAt: TIME,
      updatedAt: TIME,
      version: { type: 'string', pattern: VERSION_PATTERN },
    },
    required: ['id', ...required, 'createdAt', 'updatedAt', 'version'],
  };
}

/** Values of these keywords are no schemas: what stands in them is left alone. */
const LITERAL = new Set(['const', 'enum', 'default', 'examples', 'example', 'required']);
/** Values of these keywords are maps whose keys are names, not keywords. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);

/** The schema as part of the document: references into itself lead to where it stands there. */
function placed(schema: Schema, name: string): Schema {
  const each = (map: object): Schema => Object.fromEntries(Object.entries(map).map(([key, part]) => [key, move(part)]));
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, part]) => keyword(key, part)));
  };
  const keyword = (key: string, part: unknown): [string, unknown][] => {
    // `$schema` may only stand at the root of a schema resource.
    if (key === '$schema') return [];
    if (key === '$ref' && typeof part === 'string' && part.startsWith('#'))
      return [[key, `#/components/schemas/${name}${part.slice(1)}`]];
    if (LITERAL.has(key)) return [[key, part]];
    return [[key, MAPS.has(key) && typeof part === 'object' && part !== null ? each(part) : move(part)]];
  };
  return move(schema) as Schema;
}

/** The OpenAPI 3.1 document of the models served: a pure function, so that it can be compared with what is answered. */
import { ERRORS, type ErrorCode } from '../error-table.ts';
import type { Model } from '../model/model.ts';
import { answer, header, HEADERS, noContent, type OpenApiResponse, problem, textAnswer } from './openapi-answers.ts';
import {
  entityParameters,
  listParametersOf,
  POSITION_AND_WAIT,
  QUARANTINE_PARAMETERS,
  READY_PARAMETERS,
  requestHeader,
} from './openapi-parameters.ts';
import { commonSchemas, inputName, listName, modelSchemas, outputName } from './openapi-schemas.ts';
import { quarantinePath } from './quarantine.ts';

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: Readonly<Record<string, unknown>>;
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export type OpenApiPath = Readonly<Partial<Record<'get' | 'post' | 'put' | 'delete', OpenApiOperation>>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, OpenApiPath>>;
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** Codes that any route can answer. */
const ALWAYS: readonly ErrorCode[] = [
  'QUERY_INVALID',
  'REQUEST_MALFORMED',
  'HEADER_INVALID',
  'INTERNAL',
  'SHUTTING_DOWN',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
];
const READING: readonly ErrorCode[] = [
  'POSITION_OF_OTHER_LOG',
  'VIEW_NOT_READY',
  'VIEW_BEHIND',
  'VIEW_UNAVAILABLE',
  'VIEW_DOUBTFUL',
  'VIEW_HELD',
];
const SENDING: readonly ErrorCode[] = ['BODY_MALFORMED', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'ENTITY_INVALID'];
/** What a write can come to when the log is asked. */
const APPENDING: readonly ErrorCode[] = ['RECORD_TOO_LARGE', 'LOG_UNAVAILABLE', 'LOG_REFUSES', 'WRITE_UNCERTAIN'];

/** The routes for operators that a server may have or not. */
export interface OperatorRoutes {
  readonly status: boolean;
  readonly metrics: boolean;
  readonly quarantine: boolean;
}

/** The document. Methods that are absent here answer 405 with Allow; GET answers HEAD too. */
export function openApi(models: readonly Model[], version: string, operators: OperatorRoutes): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'kmodel',
      version,
      description:
        'Every GET route answers HEAD too. Other methods are answered 405 METHOD_NOT_ALLOWED with Allow, other paths 404 NOT_FOUND. There is no authentication.',
    },
    tags: [
      ...models.map(({ name }) => ({ name, description: `The model ${name}` })),
      { name: 'operations', description: 'Health, status, metrics and documentation' },
    ],
    paths: Object.assign({}, ...models.map(modelPaths), operationsPaths(models, operators)) as Record<
      string,
      OpenApiPath
    >,
    components: {
      schemas: Object.assign({}, commonSchemas(), ...models.map(modelSchemas)) as Record<
        string,
        Record<string, unknown>
      >,
    },
  };
}

function modelPaths(model: Model): Record<string, OpenApiPath> {
  return {
    [`/api/${model.name}`]: { get: listOperation(model), post: postOperation(model) },
    [`/api/${model.name}/{id}`]: { get: getOperation(model), put: putOperation(model), delete: deleteOperation(model) },
  };
}

function listOperation(model: Model): OpenApiOperation {
  return {
    operationId: `list_${model.name}`,
    summary: `List entities of ${model.name}: one page, newest first unless sort or order says otherwise`,
    tags: [model.name],
    parameters: [...listParametersOf(model), ...POSITION_AND_WAIT],
    responses: {
      '200': answer('A page', listName(model), HEADERS.read),
      ...problems([...ALWAYS, ...READING, 'CURSOR_INVALID']),
    },
  };
}

function postOperation(model: Model): OpenApiOperation {
  return {
    operationId: `create_${model.name}`,
    summary: `Create an entity of ${model.name}`,
    tags: [model.name],
    parameters: [requestHeader('Idempotency-Key'), ...POSITION_AND_WAIT],
    requestBody: bodyOf(inputName(model), 'The entity’s own fields'),
    responses: {
      '201': answer('The entity as stored', outputName(model), { ...HEADERS.entity, Location: header('Location') }),
      ...problems([...ALWAYS, ...READING, ...SENDING, 'IDEMPOTENCY_KEY_REUSED', ...APPENDING]),
    },
  };
}

function getOperation(model: Model): OpenApiOperation {
  return {
    operationId: `get_${model.name}`,
    summary: `Read one entity of ${model.name}`,
    tags: [model.name],
    parameters: [...entityParameters(), requestHeader('If-None-Match'), ...POSITION_AND_WAIT],
    responses: {
      '200': answer('The entity', outputName(model), HEADERS.entity),
      '304': noContent('The entity is the one that If-None-Match names', HEADERS.entity),
      ...problems([...ALWAYS, ...READING, 'PATH_INVALID', 'ENTITY_NOT_FOUND', 'ENTITY_QUARANTINED']),
    },
  };
}

function putOperation(model: Model): OpenApiOperation {
  return {
    operationId: `put_${model.name}`,
    summary: `Replace an entity of ${model.name}, or create it under this id`,
    tags: [model.name],
    parameters: [...entityParameters(), ...POSITION_AND_WAIT],
    requestBody: bodyOf(
      inputName(model),
      'The entity’s own fields. id, createdAt, updatedAt and version may be there and are ignored; id must equal the path’s.',
    ),
    responses: {
      '200': answer('The entity as stored', outputName(model), HEADERS.entity),
      '201': answer('The entity as stored; there was none', outputName(model), {
        ...HEADERS.entity,
        Location: header('Location'),
      }),
      ...problems([...ALWAYS, ...READING, ...SENDING, 'PATH_INVALID', ...APPENDING]),
    },
  };
}

function deleteOperation(model: Model): OpenApiOperation {
  return {
    operationId: `delete_${model.name}`,
    summary: `Delete an entity of ${model.name}`,
    tags: [model.name],
    parameters: [...entityParameters(), ...POSITION_AND_WAIT],
    responses: {
      '204': noContent('It is deleted', HEADERS.read),
      ...problems([...ALWAYS, ...READING, 'PATH_INVALID', 'ENTITY_NOT_FOUND', ...APPENDING]),
    },
  };
}

function operation(operationId: string, summary: string, responses: OpenApiOperation['responses']): OpenApiPath {
  return {
    get: { operationId, summary, tags: ['operations'], responses: { ...responses, ...problems(ALWAYS, responses) } },
  };
}

function operationsPaths(models: readonly Model[], operators: OperatorRoutes): Record<string, OpenApiPath> {
  return {
    '/health/live': operation('live', 'The process answers', { '200': answer('It does', 'Liveness', HEADERS.common) }),
    '/health/ready': readyOperation(),
    ...(operators.status ? { '/status': statusOperation() } : {}),
    ...(operators.metrics ? { '/metrics': metricsOperation() } : {}),
    ...(operators.quarantine ? Object.assign({}, ...models.map(quarantinePaths)) : {}),
    '/openapi.json': operation('openapi', 'This document', {
      '200': answer('This document', 'Document', HEADERS.common),
    }),
  };
}

function readyOperation(): OpenApiPath {
  const responses = {
    '200': answer('They are, though maybe not as they should be', 'Readiness', HEADERS.common),
    '503': answer('They are not', 'Readiness', { ...HEADERS.common, 'Retry-After': header('Retry-After') }),
  };
  const { get } = operation('ready', 'Whether reads, or writes, are answered', responses);
  return { get: { ...get!, parameters: READY_PARAMETERS } };
}

function statusOperation(): OpenApiPath {
  return operation('status', 'What log and view of every model look like, and what needs a person', {
    '200': answer('The reports, also where something needs a person', 'Status', HEADERS.common),
  });
}

function quarantinePaths({ name }: Model): Record<string, OpenApiPath> {
  const get: OpenApiOperation = {
    operationId: `quarantine_${name}`,
    summary: `List the records of ${name} that could not be applied, by partition and offset`,
    tags: ['operations'],
    parameters: QUARANTINE_PARAMETERS,
    responses: {
      '200': answer('A page', 'Quarantine', HEADERS.common),
      ...problems([...ALWAYS, 'CURSOR_INVALID', 'VIEW_UNAVAILABLE']),
    },
  };
  return { [quarantinePath(name)]: { get } };
}

function metricsOperation(): OpenApiPath {
  return operation('metrics', 'What the process counts, in the text format of Prometheus', {
    '200': textAnswer('The metrics', HEADERS.common),
  });
}

function bodyOf(schema: string, description: string): Record<string, unknown> {
  return {
    required: true,
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

/** One answer per status, naming the codes it can carry. Where the status has an answer of its own, the problem is another media type of it. */
function problems(
  codes: readonly ErrorCode[],
  beside: OpenApiOperation['responses'] = {},
): Record<string, OpenApiResponse> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [String(status), problem(status, some, beside[String(status)])]),
  );
}

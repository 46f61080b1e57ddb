/** Checks answers against an OpenAPI 3.1 document: status, headers, media type and body must be as it says. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApiDocument, OpenApiOperation } from '../../src/http/openapi.ts';

export interface AnswerToCheck {
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Throws an error that says what is not as documented. */
export type CheckAnswer = (answer: AnswerToCheck) => void;

const ROOT = 'urn:kmodel:document';

/** Makes the check for one document. */
export function checkAgainst(document: OpenApiDocument): CheckAnswer {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema({ $id: ROOT, ...document });
  const compiled = new Map<string, ValidateFunction>();
  const validate = (pointer: string, value: unknown, where: string): void => {
    const check = compiled.get(pointer) ?? ajv.compile({ $ref: `${ROOT}#${pointer}` });
    compiled.set(pointer, check);
    if (!check(value))
      throw new Error(`${where} is not as documented: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value)}`);
  };

  return ({ method, path, status, headers, text }) => {
    const where = `${method} ${path} → ${status}`;
    const known = findOperation(document, method, path);
    if (known === undefined) {
      if (status !== 404 && status !== 405 && status !== 400 && status !== 503) return;
      validate('/components/schemas/Problem', JSON.parse(text), where);
      return;
    }
    const response = known.operation.responses[String(status)];
    if (response === undefined) throw new Error(`${where}: the status is not documented; ${text}`);
    const at = `${known.pointer}/responses/${status}`;
    for (const [name, { required }] of Object.entries(response.headers)) {
      const value = headers.get(name);
      if (value === null && required) throw new Error(`${where}: the header ${name} is missing`);
      if (value !== null) validate(`${at}/headers/${name}/schema`, value, `${where} ${name}`);
    }
    const media = headers.get('content-type')?.split(';')[0];
    if (response.content === undefined) {
      if (text !== '') throw new Error(`${where}: there should be no body`);
      return;
    }
    if (media === undefined || response.content[media] === undefined)
      throw new Error(`${where}: ${media} is not documented`);
    if (method === 'HEAD') return;
    const body: unknown = media.endsWith('json') ? JSON.parse(text) : text;
    validate(`${at}/content/${escaped(media)}/schema`, body, where);
  };
}

function findOperation(
  document: OpenApiDocument,
  method: string,
  path: string,
): { operation: OpenApiOperation; pointer: string } | undefined {
  const verb = (method === 'HEAD' ? 'GET' : method).toLowerCase() as 'get' | 'post' | 'put' | 'delete';
  const segments = path.split('/');
  for (const [template, operations] of Object.entries(document.paths)) {
    const parts = template.split('/');
    const fits =
      parts.length === segments.length &&
      parts.every((part, at) => (part.startsWith('{') ? segments[at] !== '' : part === segments[at]));
    const operation = operations[verb];
    if (fits && operation !== undefined) return { operation, pointer: `/paths/${escaped(template)}/${verb}` };
  }
  return undefined;
}

/** A JSON pointer's segment, as it stands in a URI's fragment. */
function escaped(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}

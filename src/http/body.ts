/** A request's body: its media type, its bytes as JSON, and the rules of the model. Pure. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { KmodelError } from '../errors.ts';
import { halfSurrogates, mayHoldHalves } from '../model/half-surrogates.ts';
import type { EntityFields, Model } from '../model/model.ts';
import { checkBody } from '../writer/body.ts';

/** The largest body. Bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true });
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*("?)utf-?8\1\s*)?(?:;\s*)?$/i;

/** Refuses a body of another media type. Throws MEDIA_TYPE_UNSUPPORTED, or BODY_MALFORMED where there is no body at all. */
export function checkMediaType(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'];
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) {
    throw new KmodelError('BODY_MALFORMED', 'Expected a JSON object, found no body.');
  }
  if (type === undefined || !JSON_TYPE.test(type)) {
    const found = type === undefined ? 'none' : JSON.stringify(type.slice(0, 80));
    throw new KmodelError(
      'MEDIA_TYPE_UNSUPPORTED',
      `Expected Content-Type: application/json in UTF-8, found ${found}.`,
    );
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new KmodelError(
      'MEDIA_TYPE_UNSUPPORTED',
      `Expected no Content-Encoding, found ${JSON.stringify(encoding.slice(0, 80))}.`,
    );
  }
}

/** The bytes as a JSON value. Throws BODY_MALFORMED. */
export function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new KmodelError('BODY_MALFORMED', 'Expected a JSON object, found no body.');
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new KmodelError('BODY_MALFORMED', 'Expected UTF-8, found bytes that are not.');
  }
  try {
    const body: unknown = JSON.parse(text);
    if (mayHoldHalves(text)) refuseHalves(body);
    return body;
  } catch (error) {
    if (error instanceof KmodelError) throw error;
    // The parser's message quotes the body and names the place: it is the sender's own text.
    throw new KmodelError(
      'BODY_MALFORMED',
      `Expected JSON, found an error in it: ${(error as Error).message.slice(0, 200)}.`,
    );
  }
}

function refuseHalves(body: unknown): void {
  const rules = withinStack(() => halfSurrogates(body));
  if (rules === undefined) throw tooDeep();
  if (rules.length > 0)
    throw new KmodelError('ENTITY_INVALID', 'The body holds text that is not well-formed Unicode.', { rules });
}

/** The valid fields of a body. `id`: the URL's (PUT). Throws ENTITY_INVALID with each broken rule. */
export function fieldsOf(model: Model, body: unknown, id?: string): EntityFields {
  const checked = withinStack(() => checkBody(model, body, id));
  if (checked === undefined) throw tooDeep();
  if (checked.kind === 'valid') return checked.fields;
  throw new KmodelError(
    'ENTITY_INVALID',
    `The body breaks ${checked.rules.length} ${checked.rules.length === 1 ? 'rule' : 'rules'} of the model ${model.name}.`,
    {
      rules: checked.rules,
    },
  );
}

/** What is kept with an idempotency key, so that another body with the same key is seen: SHA-256 of the fields' JSON. */
export function requestHash(fields: EntityFields): string {
  const text = withinStack(() => JSON.stringify(fields));
  if (text === undefined) throw tooDeep();
  return createHash('sha256').update(text).digest('base64url');
}

function withinStack<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function tooDeep(): KmodelError {
  return new KmodelError('ENTITY_INVALID', 'The body nests too deeply.', {
    rules: [{ pointer: '', message: 'expected JSON, found nesting too deep to write' }],
  });
}

/** What a request's body says about an entity. Pure. */
import type { BrokenRule } from '../errors.ts';
import type { Model, Validation } from '../model/model.ts';
import { withoutReserved } from '../model/record.ts';

/**
 * Checks a body against the model. `id` is the URL's: then the fields that the API itself adds are taken as read and left
 * out, so that what was read can be sent back; an `id` in the body must equal the URL's. Without one (POST) they are
 * unknown fields like any other.
 */
export function checkBody(model: Model, body: unknown, id: string | undefined): Validation {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return invalid('', `expected a JSON object, found ${kindOf(body)}`);
  }
  if (id === undefined) return model.validate(body);
  const given = (body as { id?: unknown }).id;
  const mismatch: BrokenRule[] =
    given === undefined || given === id
      ? []
      : [{ pointer: '/id', message: `expected the id of the URL, ${JSON.stringify(id)}, or none; found another` }];
  const checked = model.validate(withoutReserved(body));
  if (mismatch.length === 0) return checked;
  return { kind: 'invalid', rules: checked.kind === 'invalid' ? [...mismatch, ...checked.rules] : mismatch };
}

function invalid(pointer: string, message: string): Validation {
  return { kind: 'invalid', rules: [{ pointer, message }] };
}

function kindOf(body: unknown): string {
  if (body === null) return 'null';
  return Array.isArray(body) ? 'an array' : `a ${typeof body}`;
}

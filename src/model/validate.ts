/** Checks a value against a model's schema and words what it breaks. */
import type { BrokenRule } from '../errors.ts';
import type { ModelSchema } from './json-schema.ts';
import type { EntityFields, Validation } from './model.ts';
import { isReserved } from './record.ts';

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

/** A check of the schema threw: it is the schema's fault, but the value can't be taken for valid. */
const UNCHECKED: Validation = {
  kind: 'invalid',
  rules: [{ pointer: '', message: 'the schema could not check this value' }],
};

/**
 * The model's `validate`. A top-level field that the schema would drop, or that the API itself adds, is refused, and so is
 * a value that a check throws for, or that nests deeper than the schema can follow.
 */
export function validator(schema: ModelSchema): (value: unknown) => Validation {
  return (value) => {
    try {
      return validateNow(schema, value);
    } catch {
      return UNCHECKED;
    }
  };
}

function validateNow(schema: ModelSchema, value: unknown): Validation {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    // zod asks again asynchronously where a check has thrown. Nobody waits for that answer, so it may fail unheard.
    result.catch(() => undefined);
    return UNCHECKED;
  }
  if (result.issues !== undefined) return { kind: 'invalid', rules: result.issues.map(ruleOf) };
  const fields = result.value as EntityFields;
  const unknown = unknownNames(value as object, fields);
  return unknown.length > 0 ? { kind: 'invalid', rules: unknown.map(unknownField) } : { kind: 'valid', fields };
}

/** A schema may drop unknown fields, or keep them: neither is to lose anything, nor to hide what the API adds. */
function unknownNames(given: object, fields: EntityFields): readonly string[] {
  const unknown = given === fields ? [] : droppedNames(given, fields);
  for (const name in fields) if (isReserved(name)) unknown.push(name);
  return unknown;
}

function droppedNames(given: object, fields: EntityFields): string[] {
  const dropped: string[] = [];
  const kept = Object.keys(fields);
  const names = Object.keys(given);
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at]!;
    // Most schemas keep the order, and comparing names costs less than looking for them.
    if (name !== kept[at] && !Object.hasOwn(fields, name)) dropped.push(name);
  }
  return dropped;
}

/** An RFC 6901 pointer to the place. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function ruleOf({ message, path = [] }: Issue): BrokenRule {
  return { pointer: pointerTo(path.map((step) => (typeof step === 'object' ? step.key : step))), message };
}

function unknownField(name: string): BrokenRule {
  return { pointer: '', message: `unknown field ${JSON.stringify(name)}` };
}

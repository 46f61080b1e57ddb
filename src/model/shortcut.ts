/** A schema with a shortcut for what is stored already. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ModelSchema } from './json-schema.ts';

/**
 * The schema, asked only about values that `isStored` does not take. A replay checks every record of the log, and nearly all
 * of them are as the schema has once given them back; a test of a few lines tells that in a fraction of the time.
 *
 * `isStored` must be synchronous, and may say true only of what the schema gives back as it is: no field more, no field to be
 * changed. It says false wherever it isn't sure. A property test that compares the two belongs beside it.
 */
export function withShortcut<S extends ModelSchema>(schema: S, isStored: (value: unknown) => boolean): S {
  const standard = schema['~standard'];
  const validate = (value: unknown): ReturnType<typeof standard.validate> =>
    isStored(value) ? { value: value as StandardSchemaV1.InferOutput<S> } : standard.validate(value);
  return { '~standard': { ...standard, validate } } as unknown as S;
}

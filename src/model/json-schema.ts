/** What defineModel reads out of a schema's JSON Schema. Pure. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { RESERVED_FIELDS } from './record.ts';

/** A schema that kmodel can use: Standard Schema with Standard JSON Schema, such as zod 4.2 or newer. */
export type ModelSchema = StandardSchemaV1 & StandardJSONSchemaV1;

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Ends the check of a definition: what it should have instead. */
export type Fail = (message: string) => never;

const TARGET = { target: 'draft-2020-12' } as const;

/** The schema's JSON Schemas, after checking that kmodel can keep entities of it. */
export function checkSchemas(schema: ModelSchema, fail: Fail): { input: JsonSchema; output: JsonSchema } {
  const standard = (schema as Partial<ModelSchema> | undefined)?.['~standard'];
  if (typeof standard?.validate !== 'function') {
    fail('its schema must be a Standard Schema, such as z.strictObject({ … }) of zod');
  }
  if (typeof standard?.jsonSchema?.input !== 'function') {
    fail(
      'its schema must also give its JSON Schema (Standard JSON Schema): use zod 4.2 or newer, or another library that does',
    );
  }
  const { input, output } = convert(schema, fail);
  if (output['type'] !== 'object' || typeof output['properties'] !== 'object') {
    fail('its schema must be an object with named fields: write z.strictObject({ … })');
  }
  if (input['additionalProperties'] === undefined && output['additionalProperties'] === false) {
    fail('its schema drops unknown fields silently: write z.strictObject({ … }) instead of z.object({ … })');
  }
  for (const field of RESERVED_FIELDS) {
    if (propertyOf(output, field) !== undefined)
      fail(`the API itself adds the field "${field}": give yours another name`);
  }
  checkUnchanged(input, output, fail);
  checkSynchronous(schema, fail);
  return { input, output };
}

/** The schema of one top-level field; undefined where there is no such field. */
export function propertyOf(schema: JsonSchema, field: string): JsonSchema | undefined {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  return properties !== undefined && Object.hasOwn(properties, field) ? properties[field] : undefined;
}

/** A JSON type a field's values can have, and their format; null is left out. */
export interface FieldType {
  readonly type: string;
  readonly format: string | undefined;
}

/** The types a field can have, through anyOf, oneOf, const and enum. */
export function typesOf(schema: JsonSchema): readonly FieldType[] {
  const alternatives = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  if (alternatives !== undefined) return alternatives.flatMap(typesOf);
  const format = typeof schema['format'] === 'string' ? schema['format'] : undefined;
  const named = [schema['type'] ?? literalTypes(schema)].flat().map(String);
  return named.filter((type) => type !== 'null').map((type) => ({ type, format }));
}

/** The types of a field's items where it is an array, else its own. */
export function valueTypesOf(schema: JsonSchema): readonly FieldType[] {
  return typesOf(schema).flatMap((found) => {
    const items = schema['items'] as JsonSchema | undefined;
    return found.type === 'array' && items !== undefined ? typesOf(items) : [found];
  });
}

function literalTypes(schema: JsonSchema): string[] {
  const values = (schema['enum'] ?? ('const' in schema ? [schema['const']] : [])) as readonly unknown[];
  return [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
}

function convert(schema: ModelSchema, fail: Fail): { input: JsonSchema; output: JsonSchema } {
  try {
    const { jsonSchema } = schema['~standard'];
    return { input: jsonSchema.input(TARGET), output: jsonSchema.output(TARGET) };
  } catch (error) {
    return fail(
      `its schema can't be written as JSON Schema (${String(error instanceof Error ? error.message : error)}): use types that JSON has, and no transforms`,
    );
  }
}

function checkUnchanged(input: JsonSchema, output: JsonSchema, fail: Fail): void {
  for (const field of Object.keys(output['properties'] as object)) {
    const sent = JSON.stringify(typesOf(propertyOf(input, field) ?? {}));
    const kept = JSON.stringify(typesOf(propertyOf(output, field) ?? {}));
    if (sent !== kept) {
      fail(
        `its schema changes the type of "${field}": what it gives back must pass it again, so declare the stored type`,
      );
    }
  }
}

function checkSynchronous(schema: ModelSchema, fail: Fail): void {
  const result = resultForNothing(schema, fail);
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  fail('its schema is asynchronous: use synchronous checks only');
}

function resultForNothing(schema: ModelSchema, fail: Fail): unknown {
  try {
    return schema['~standard'].validate({});
  } catch (error) {
    return fail(`its schema threw for {}, where it should say what is missing: ${String(error)}`);
  }
}

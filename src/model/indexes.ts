/** What defineModel makes of a definition's indexes and searched fields. Pure. */
import { propertyOf, typesOf, valueTypesOf, type Fail, type JsonSchema } from './json-schema.ts';
import type { Model, ModelIndex } from './model.ts';

/** `filter`: equality with the field, or with one of its items. `sort`: by a number, or a time (date or date-time text). */
export type IndexDefinition<Field extends string = string> = { readonly filter: Field } | { readonly sort: Field };

/** Names that list requests use for themselves. */
const TAKEN = new Set(['limit', 'after', 'q', 'sort', 'order']);
const INDEX_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const FILTER_TYPES = new Set(['string', 'number', 'integer', 'boolean']);

/** The names of a model's indexes of one kind. */
export function indexNames({ indexes }: Model, kind: ModelIndex['kind']): string[] {
  return indexes.filter((index) => index.kind === kind).map(({ name }) => name);
}

/** The checked indexes, by name. */
export function checkIndexes(
  definitions: Readonly<Record<string, IndexDefinition>>,
  schema: JsonSchema,
  fail: Fail,
): ModelIndex[] {
  return Object.entries(definitions)
    .map(([name, definition]) => checkIndex(name, definition, schema, fail))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function checkIndex(name: string, definition: IndexDefinition, schema: JsonSchema, fail: Fail): ModelIndex {
  if (!INDEX_NAME.test(name)) fail(`the index name "${name}" must be letters, digits, - and _, starting with a letter`);
  const given: { filter?: string; sort?: string } = definition;
  if ((given.filter === undefined) === (given.sort === undefined)) {
    fail(`the index "${name}" must be { filter: 'field' } or { sort: 'field' }`);
  }
  if (given.sort === undefined) return checkFilter(name, given.filter ?? '', schema, fail);
  return checkSort(name, given.sort, schema, fail);
}

function checkFilter(name: string, field: string, schema: JsonSchema, fail: Fail): ModelIndex {
  if (TAKEN.has(name)) {
    fail(
      `a filter can't be named "${name}", since list requests use ?${name}= themselves: write e.g. by_${name}: { filter: '${field}' }`,
    );
  }
  const types = valueTypesOf(fieldOf(`the filter "${name}"`, field, schema, fail));
  if (types.length === 0 || !types.every(({ type }) => FILTER_TYPES.has(type))) {
    fail(
      `the filter "${name}" needs a field of strings, numbers or booleans, or an array of them; "${field}" is ${shown(types)}`,
    );
  }
  return { name, kind: 'filter', field };
}

function checkSort(name: string, field: string, schema: JsonSchema, fail: Fail): ModelIndex {
  if (name === 'createdAt')
    fail('every list can be sorted by createdAt already: leave that sort index out, or give it another name');
  const types = typesOf(fieldOf(`the sort index "${name}"`, field, schema, fail));
  if (types.length > 0 && types.every(({ type }) => type === 'number' || type === 'integer')) {
    return { name, kind: 'sort', field, type: 'number' };
  }
  if (types.length > 0 && types.every(({ format }) => format === 'date-time' || format === 'date')) {
    return { name, kind: 'sort', field, type: 'time' };
  }
  return fail(
    `the sort index "${name}" needs a number or a time (z.iso.datetime(), z.iso.date()); "${field}" is ${shown(types)}`,
  );
}

/** The checked fields that are searched. */
export function checkSearch(fields: readonly string[], schema: JsonSchema, fail: Fail): string[] {
  for (const field of fields) {
    const types = valueTypesOf(fieldOf('search', field, schema, fail));
    if (types.length === 0 || !types.every(({ type }) => type === 'string')) {
      fail(`search needs fields of text, or arrays of text; "${field}" is ${shown(types)}`);
    }
  }
  return [...new Set(fields)];
}

function fieldOf(user: string, field: string, schema: JsonSchema, fail: Fail): JsonSchema {
  const found = propertyOf(schema, field);
  if (found !== undefined) return found;
  const known = Object.keys(schema['properties'] as object).join(', ');
  return fail(`${user} names the field "${field}", which the schema doesn't have; it has ${known}`);
}

function shown(types: readonly { readonly type: string; readonly format: string | undefined }[]): string {
  if (types.length === 0) return 'of any type';
  return types.map(({ type, format }) => (format === undefined ? type : `${type} (${format})`)).join(' or ');
}

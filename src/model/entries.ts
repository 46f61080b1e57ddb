/** The index entries of an entity's fields. Pure: the same fields give the same entries on every machine (I11). */
import type { EntityFields, IndexEntries, ModelIndex } from './model.ts';
import { terms } from './terms.ts';

/** The function that gives the entries for a model's indexes and searched fields. It runs for every record of a replay. */
export function entriesOf(
  indexes: readonly ModelIndex[],
  search: readonly string[],
): (fields: EntityFields) => IndexEntries {
  const filters = indexes.filter((index) => index.kind === 'filter');
  const sorts = indexes.filter((index) => index.kind === 'sort');
  return (fields) => ({
    terms: search.length === 0 ? NONE : searchTermsOf(search, fields),
    filters: filters.length === 0 ? NO_FILTERS : filtersOf(filters, fields),
    sorts: sorts.length === 0 ? NO_SORTS : sortsOf(sorts, fields),
  });
}

const NONE: readonly string[] = [];
const NO_FILTERS: IndexEntries['filters'] = {};
const NO_SORTS: IndexEntries['sorts'] = {};

/** Terms of all searched fields. A line break parts them, so that no run goes from one field to the next. */
function searchTermsOf(search: readonly string[], fields: EntityFields): readonly string[] {
  const texts = search.flatMap((field) => valueIn(fields, field)).filter((text) => typeof text === 'string');
  return terms(texts.join('\n'));
}

function filtersOf(filters: readonly ModelIndex[], fields: EntityFields): IndexEntries['filters'] {
  const entries: Record<string, readonly string[]> = {};
  for (const { name, field } of filters) {
    const values = valuesOf(valueIn(fields, field));
    if (values.length > 0) entries[name] = values;
  }
  return entries;
}

/** A field may have a name that every object has a value for, such as `constructor`. */
function valueIn(fields: EntityFields, field: string): unknown {
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** Each once, as text. */
function valuesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === undefined || value === null) return NONE;
  if (!Array.isArray(value)) return [value].map(String);
  if (value.length > FEW) return [...new Set(value.filter(isThere).map(String))];
  const texts: string[] = [];
  for (const one of value) {
    if (!isThere(one)) continue;
    const text = typeof one === 'string' ? one : String(one);
    if (!texts.includes(text)) texts.push(text);
  }
  return texts;
}

/** Among so few values it costs less to look for one than to make a set of them. */
const FEW = 16;

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

type SortIndex = Extract<ModelIndex, { kind: 'sort' }>;

function sortsOf(sorts: readonly SortIndex[], fields: EntityFields): IndexEntries['sorts'] {
  const entries: Record<string, number> = {};
  for (const { name, field, type } of sorts) {
    const value = valueIn(fields, field);
    const number = type === 'time' ? Date.parse(String(value)) : value;
    // `+ 0` makes -0 and 0 one value: adapters must not order them differently.
    if (typeof number === 'number' && Number.isFinite(number)) entries[name] = number + 0;
  }
  return entries;
}

/** The index entries of an entity's fields. Pure: the same fields give the same entries on every machine (I11). */
import type { EntityFields, IndexEntries, ModelIndex } from './model.ts';
import { terms } from './terms.ts';

/** The function that gives the entries for a model's indexes and searched fields. */
export function entriesOf(
  indexes: readonly ModelIndex[],
  search: readonly string[],
): (fields: EntityFields) => IndexEntries {
  return (fields) => ({
    terms: searchTermsOf(search, fields),
    filters: Object.fromEntries(filtersOf(indexes, fields)),
    sorts: Object.fromEntries(sortsOf(indexes, fields)),
  });
}

/** Terms of all searched fields. A line break parts them, so that no run goes from one field to the next. */
function searchTermsOf(search: readonly string[], fields: EntityFields): readonly string[] {
  if (search.length === 0) return [];
  const texts = search.flatMap((field) => fields[field]).filter((text) => typeof text === 'string');
  return terms(texts.join('\n'));
}

function filtersOf(indexes: readonly ModelIndex[], fields: EntityFields): [string, string[]][] {
  return indexes
    .filter(({ kind }) => kind === 'filter')
    .map(({ name, field }) => [name, valuesOf(fields[field])] as [string, string[]])
    .filter(([, values]) => values.length > 0);
}

function valuesOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [value].map(String);
  return [...new Set(value.filter((one) => one !== undefined && one !== null).map(String))];
}

function sortsOf(indexes: readonly ModelIndex[], fields: EntityFields): [string, number][] {
  const sorts: [string, number][] = [];
  for (const index of indexes) {
    if (index.kind !== 'sort') continue;
    const value = fields[index.field];
    const number = index.type === 'time' ? Date.parse(String(value)) : value;
    // `+ 0` makes -0 and 0 one value: adapters must not order them differently.
    if (typeof number === 'number' && Number.isFinite(number)) sorts.push([index.name, number + 0]);
  }
  return sorts;
}

/** What lists must answer, computed from the fold in the plainest way: no index, no terms of kmodel's, no order of Redis'. */
import type { FoldedEntity } from './fold.ts';

/** Filters by equality with the text of the field, or with one of its items. */
export function withValue(entities: readonly FoldedEntity[], field: string, value: string): FoldedEntity[] {
  return entities.filter(({ fields }) => [fields[field]].flat().some((one) => one === value));
}

/** All values that the field has. */
export function valuesOf(entities: readonly FoldedEntity[], field: string): string[] {
  return [...new Set(entities.flatMap(({ fields }) => fields[field] ?? []).map(String))];
}

/** Descending: greatest first, those without a value last, equal ones by id; ascending is the reverse. */
export function sorted(
  entities: readonly FoldedEntity[],
  valueOf: (entity: FoldedEntity) => number | undefined,
  order: 'asc' | 'desc',
): FoldedEntity[] {
  const descending = [...entities].sort((a, b) => {
    const left = valueOf(a) ?? -Infinity;
    const right = valueOf(b) ?? -Infinity;
    return left === right ? Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)) : right - left;
  });
  return order === 'desc' ? descending : descending.reverse();
}

/** The words of a text: case and accents don't matter. A letter with a stroke is another letter to Unicode, not to people. */
function wordsOf(text: string): string[] {
  const bare = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ø', 'o');
  return bare.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

const HAN = /^\p{Script=Han}+$/u;

/** All words of the question are found in one of the fields: as beginnings of words, single letters whole, Han anywhere. */
export function searched(
  entities: readonly FoldedEntity[],
  fields: readonly string[],
  question: string,
): FoldedEntity[] {
  const asked = wordsOf(question);
  if (asked.length === 0) return [];
  return entities.filter((entity) => {
    const words = fields.flatMap((field) => wordsOf([entity.fields[field]].flat().join('\n')));
    return asked.every((ask) =>
      words.some((word) =>
        HAN.test(ask) ? word.includes(ask) : [...ask].length === 1 ? word === ask : word.startsWith(ask),
      ),
    );
  });
}

/** The view as a few lines over a Map: what every adapter's lists are compared with. */
import type { ListPlace, ListQuery, Operation, Page, PutOperation } from './view.ts';

export class ModelView {
  readonly #entities = new Map<string, PutOperation>();

  apply(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.kind === 'put') this.#entities.set(operation.id, operation);
      else this.#entities.delete(operation.id);
    }
  }

  list(query: ListQuery): { readonly ids: string[]; readonly next: Page['next'] } {
    const places = [...this.#entities.values()]
      .filter((entity) => matches(entity, query))
      .map((entity): ListPlace => ({ value: sortValue(entity, query.sort), id: entity.id }))
      .sort((a, b) => comparePlaces(a, b, query.order))
      .filter((place) => query.after === undefined || comparePlaces(place, query.after, query.order) > 0);
    const shown = places.slice(0, query.limit);
    return { ids: shown.map(({ id }) => id), next: places.length > query.limit ? shown.at(-1) : undefined };
  }
}

function sortValue(entity: PutOperation, sort: string): number | null {
  return sort === 'createdAt' ? entity.createdAt : (entity.sorts[sort] ?? null);
}

function matches(entity: PutOperation, query: ListQuery): boolean {
  const searched = query.terms.every(({ text, prefix }) =>
    entity.terms.some((term) => (prefix ? term.startsWith(text) : term === text)),
  );
  return searched && Object.entries(query.filters).every(([name, value]) => entity.filters[name]?.includes(value));
}

/** The order of a list, as the port says it. */
export function comparePlaces(a: ListPlace, b: ListPlace, order: 'asc' | 'desc'): number {
  const sign = order === 'desc' ? 1 : -1;
  if (a.value === b.value) return sign * compareCodePoints(a.id, b.id);
  return sign * ((a.value ?? -Infinity) > (b.value ?? -Infinity) ? -1 : 1);
}

/** The order of code points is that of UTF-8 bytes. */
export function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  const differs = left.findIndex((codePoint, at) => codePoint !== right[at]);
  if (differs < 0) return left.length - right.length;
  return (left[differs] ?? 0) - (right[differs] ?? -1);
}

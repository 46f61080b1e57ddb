/** How the API's shapes are written: entities are spliced from the text that the view holds; nothing is parsed on the way out. */
import { digestOf } from '../incarnation-digest.ts';
import { versionOf } from '../model/record.ts';

/** What an entity is written from: the view's and the writer's shape. */
export interface EntityText {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly partition: number;
  readonly offset: number;
}

/** The entity as JSON text. `value` is the text of one JSON object that has none of the envelope's fields; `log` is the incarnation of the log it is from. */
export function renderEntity(entity: EntityText, log: string): string {
  const text = entity.value.trim();
  const own = text.slice(1, -1).trim();
  const created = new Date(entity.createdAt).toISOString();
  const updated = new Date(entity.updatedAt).toISOString();
  const fields = own === '' ? '' : `,${own}`;
  return `{"id":${JSON.stringify(entity.id)}${fields},"createdAt":"${created}","updatedAt":"${updated}","version":"${versionOf(entity, digestOf(log))}"}`;
}

/** The list as JSON text. */
export function renderList(
  entities: readonly EntityText[],
  log: string,
  next: string | null,
  position: string,
): string {
  return `{"items":[${entities.map((entity) => renderEntity(entity, log)).join(',')}],"next":${JSON.stringify(next)},"position":${JSON.stringify(position)}}`;
}

/** The entity's ETag. */
export function etagOf(entity: { readonly partition: number; readonly offset: number }, log: string): string {
  return `"${versionOf(entity, digestOf(log))}"`;
}

/** The entity's address. */
export function addressOf(model: string, id: string): string {
  return `/api/${model}/${encodeURIComponent(id)}`;
}

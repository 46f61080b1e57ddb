/** An entity as a row of the embedded view. */
import type { StoredEntity } from '../view.ts';
import type { Row } from './statements.ts';

/** What every query selects of an entity `e`. The place stays in SQL: it doesn't fit a JS number. */
export const COLUMNS = 'e.id, e.value, e.created, e.updated, e.partition, e."offset", e.request';

export function entityOf(row: Row): StoredEntity {
  return {
    id: String(row['id']),
    value: String(row['value']),
    createdAt: Number(row['created']),
    updatedAt: Number(row['updated']),
    partition: Number(row['partition']),
    offset: Number(row['offset']),
    request: row['request'] === null ? undefined : String(row['request']),
  };
}

/** Orders ids by their UTF-8 bytes, which is the order of their code points; JS compares UTF-16 units. */
export function compareIds(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

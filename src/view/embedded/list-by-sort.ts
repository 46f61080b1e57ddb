/** Pages in the order of a sort index. */
import type { ListPlace, StoredEntity } from '../view.ts';
import { COLUMNS, compareIds, entityOf } from './entity-row.ts';
import type { Parameter, Row, Statements } from './statements.ts';

export interface SortQuery {
  /** The sort index's number. */
  readonly sort: number;
  readonly match: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly after: ListPlace | undefined;
  /** The most entities to answer. */
  readonly wanted: number;
}

/** An entity and its value in the index; null: it has none. */
export interface Sorted {
  readonly entity: StoredEntity;
  readonly value: number | null;
}

/** A search with no more matches than this has them all read and sorted; else the index is read until enough match. */
const FEW_MATCHES = 1000;

export function listBySort(statements: Statements, query: SortQuery): Sorted[] {
  if (query.match !== undefined) {
    const sql = 'SELECT count(*) AS matches FROM (SELECT 1 FROM entry WHERE entry MATCH ? LIMIT ?)';
    const matches = statements.get(sql, query.match, FEW_MATCHES + 1)?.['matches'];
    if (Number(matches) <= FEW_MATCHES) return sortedMatches(statements, query, query.match);
  }
  if (query.after === undefined) return alongIndex(statements, query, '', [], query.wanted);
  const { value, id } = query.after;
  const [sameValue, behindValue] = query.order === 'desc' ? ['s.id > ?', 's.value < ?'] : ['s.id < ?', 's.value > ?'];
  const rest = alongIndex(
    statements,
    query,
    `AND s.value = ? AND ${sameValue}`,
    [value ?? -Infinity, id],
    query.wanted,
  );
  const more = query.wanted - rest.length;
  return more === 0
    ? rest
    : [...rest, ...alongIndex(statements, query, `AND ${behindValue}`, [value ?? -Infinity], more)];
}

function alongIndex(
  statements: Statements,
  query: SortQuery,
  behind: string,
  places: Parameter[],
  wanted: number,
): Sorted[] {
  const order = query.order === 'desc' ? 's.value DESC, s.id ASC' : 's.value ASC, s.id DESC';
  const match = query.match === undefined ? '' : 'AND s.place IN (SELECT rowid FROM entry WHERE entry MATCH ?)';
  const sql = `SELECT ${COLUMNS}, s.value AS sort_value FROM sort_entry s CROSS JOIN entity e ON e.place = s.place
    WHERE s.sort = ? ${behind} ${match} ORDER BY ${order} LIMIT ?`;
  const matches = query.match === undefined ? [] : [query.match];
  return statements.all(sql, query.sort, ...places, ...matches, wanted).map((row) => ({
    entity: entityOf(row),
    value: row['sort_value'] === -Infinity ? null : Number(row['sort_value']),
  }));
}

function sortedMatches(statements: Statements, query: SortQuery, match: string): Sorted[] {
  const sql = `SELECT ${COLUMNS}, e.sorts FROM entry CROSS JOIN entity e ON e.place = entry.rowid WHERE entry MATCH ?`;
  const sign = query.order === 'desc' ? 1 : -1;
  const compare = (a: ListPlace, b: ListPlace): number =>
    sign * (descending(a.value, b.value) || compareIds(a.id, b.id));
  const { after } = query;
  return statements
    .all(sql, match)
    .map((row) => ({ row, id: String(row['id']), value: sortValue(row, query.sort) }))
    .filter((place) => after === undefined || compare(place, after) > 0)
    .sort(compare)
    .slice(0, query.wanted)
    .map(({ row, value }) => ({ entity: entityOf(row), value }));
}

function descending(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? -Infinity) > (b ?? -Infinity) ? -1 : 1;
}

function sortValue(row: Row, sort: number): number | null {
  const values: unknown = JSON.parse(String(row['sorts'] ?? '[]'));
  const value: unknown = Array.isArray(values) ? values[sort] : null;
  return typeof value === 'number' ? value : null;
}

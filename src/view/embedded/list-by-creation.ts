/**
 * Pages in the order of creation. Places give the order of milliseconds, and streaming them is cheap; within a
 * millisecond the order is by id, so it is read as a whole, or through an index where it holds many entities.
 */
import type { ListPlace, StoredEntity } from '../view.ts';
import { COLUMNS, compareIds, entityOf } from './entity-row.ts';
import { LAST_SLOT, SLOT_BITS, SMALL_GROUP } from './format.ts';
import type { Parameter, Statements } from './statements.ts';

/** What a list by creation asks for: `match` is the full-text match, undefined for all entities. */
export interface CreationQuery {
  readonly match: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly after: ListPlace | undefined;
  /** The most entities to answer. */
  readonly wanted: number;
}

const TIE = `e.place & ${LAST_SLOT} >= ${SMALL_GROUP}`;

export function listByCreation(statements: Statements, query: CreationQuery): StoredEntity[] {
  const found: StoredEntity[] = [];
  let behind = query.after === undefined ? undefined : (query.after.value ?? -1);
  if (query.after !== undefined && behind !== undefined) {
    found.push(...restOfGroup(statements, query, behind, query.after.id, query.wanted));
  }
  while (found.length < query.wanted) {
    const read = smallGroups(statements, query, behind, query.wanted - found.length);
    found.push(...read.entities);
    if (read.largeGroup === undefined) break;
    behind = read.largeGroup;
    found.push(...restOfGroup(statements, query, behind, undefined, query.wanted - found.length));
  }
  return found.slice(0, query.wanted);
}

/** Whole groups behind a millisecond, until there are enough entities or a group turns out to be large. */
function smallGroups(
  statements: Statements,
  query: CreationQuery,
  behind: number | undefined,
  wanted: number,
): { readonly entities: StoredEntity[]; readonly largeGroup: number | undefined } {
  const entities: StoredEntity[] = [];
  let group: StoredEntity[] = [];
  for (const row of statements.iterate(...streamSql(query, behind))) {
    const entity = entityOf(row);
    if (group[0] !== undefined && group[0].createdAt !== entity.createdAt) {
      entities.push(...sorted(group, query.order));
      group = [];
      if (entities.length >= wanted) return { entities, largeGroup: undefined };
    }
    if (group.length === SMALL_GROUP) return { entities, largeGroup: entity.createdAt };
    group.push(entity);
  }
  entities.push(...sorted(group, query.order));
  return { entities, largeGroup: undefined };
}

function sorted(group: StoredEntity[], order: 'asc' | 'desc'): StoredEntity[] {
  if (group.length < 2) return group;
  const sign = order === 'desc' ? 1 : -1;
  return group.sort((a, b) => sign * compareIds(a.id, b.id));
}

function streamSql({ match, order }: CreationQuery, behind: number | undefined): [string, ...Parameter[]] {
  const place = match === undefined ? 'e.place' : 'entry.rowid';
  const bound = order === 'desc' ? `${place} < (? << ${SLOT_BITS})` : `${place} > ((? << ${SLOT_BITS}) | ${LAST_SLOT})`;
  const conditions = [...(match === undefined ? [] : ['entry MATCH ?']), ...(behind === undefined ? [] : [bound])];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const from = match === undefined ? 'entity e' : 'entry CROSS JOIN entity e ON e.place = entry.rowid';
  return [
    `SELECT ${COLUMNS} FROM ${from} ${where} ORDER BY ${place} ${order}`,
    ...(match === undefined ? [] : [match]),
    ...(behind === undefined ? [] : [behind]),
  ];
}

/** The first entities of a millisecond behind an id, in the list's order. */
function restOfGroup(
  statements: Statements,
  query: CreationQuery,
  created: number,
  afterId: string | undefined,
  wanted: number,
): StoredEntity[] {
  const ids = afterId === undefined ? [] : [afterId];
  const [behind, order] = query.order === 'desc' ? ['e.id > ?', 'ASC'] : ['e.id < ?', 'DESC'];
  const after = afterId === undefined ? '' : `AND ${behind}`;
  const group = `BETWEEN (? << ${SLOT_BITS}) AND ((? << ${SLOT_BITS}) | ?)`;
  if (query.match !== undefined) {
    const sql = `SELECT ${COLUMNS} FROM entry CROSS JOIN entity e ON e.place = entry.rowid
      WHERE entry MATCH ? AND entry.rowid ${group} ${after} ORDER BY e.id ${order} LIMIT ?`;
    return statements.all(sql, query.match, created, created, LAST_SLOT, ...ids, wanted).map(entityOf);
  }
  const sql = `SELECT ${COLUMNS} FROM entity e WHERE e.place IN (
      SELECT place FROM (
        SELECT place, id FROM entity e WHERE e.place ${group} ${after}
        UNION ALL SELECT place, id FROM (
          SELECT e.place, e.id FROM entity e INDEXED BY entity_tie
          WHERE e.place >> ${SLOT_BITS} = ? AND ${TIE} ${after} ORDER BY e.id ${order} LIMIT ?)
        ORDER BY id ${order} LIMIT ?))
    ORDER BY e.id ${order}`;
  const few = [created, created, SMALL_GROUP - 1, ...ids];
  return statements.all(sql, ...few, created, ...ids, wanted, wanted).map(entityOf);
}

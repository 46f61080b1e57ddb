/**
 * Pages in the order of creation. Places give the order of milliseconds, and streaming them is cheap; within a
 * millisecond the order is by id, so its entities are gathered and sorted. Both regions of places are streams in the
 * order of the list, and a page is the beginning of their merger.
 */
import type { ListPlace, StoredEntity } from '../view.ts';
import { COLUMNS, compareIds, entityOf } from './entity-row.ts';
import { FIRST_PLACE, FIRST_PLACE_IN_SECOND, LAST_PLACE, LAST_PLACE_IN_SECOND, SECOND_REGION } from './places.ts';
import type { Parameter, Row, Statements } from './statements.ts';

/** What a list by creation asks for: `match` is the full-text match, undefined for all entities. */
export interface CreationQuery {
  readonly match: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly after: ListPlace | undefined;
  /** The most entities to answer. */
  readonly wanted: number;
}

interface Region {
  /** The condition on a place of this region. */
  readonly within: string;
  readonly first: string;
  readonly last: string;
}

const FIRST: Region = { within: `< ${SECOND_REGION}`, first: FIRST_PLACE, last: LAST_PLACE };
const SECOND: Region = { within: `>= ${SECOND_REGION}`, first: FIRST_PLACE_IN_SECOND, last: LAST_PLACE_IN_SECOND };

export function listByCreation(statements: Statements, query: CreationQuery): StoredEntity[] {
  const compare = comparison(query.order);
  const found: StoredEntity[] = [];
  for (const entity of merged(streams(statements, query, compare), compare)) {
    found.push(entity);
    if (found.length === query.wanted) break;
  }
  return found;
}

type Comparison = (a: Pick<StoredEntity, 'id' | 'createdAt'>, b: Pick<StoredEntity, 'id' | 'createdAt'>) => number;

function comparison(order: 'asc' | 'desc'): Comparison {
  const sign = order === 'desc' ? 1 : -1;
  return (a, b) => sign * (b.createdAt - a.createdAt || compareIds(a.id, b.id));
}

function streams(statements: Statements, query: CreationQuery, compare: Comparison): Iterator<StoredEntity>[] {
  const first = inListOrder(alongPlaces(statements, query, FIRST), query, compare);
  const many = statements.get(`SELECT 1 FROM entity WHERE place >= ${SECOND_REGION} LIMIT 1`) !== undefined;
  if (!many) return [first];
  if (query.match === undefined) return [first, alongTies(statements, query)];
  return [first, inListOrder(alongPlaces(statements, query, SECOND), query, compare)];
}

/** A region's rows by place, beginning with the millisecond of `after`. */
function alongPlaces(statements: Statements, { match, order, after }: CreationQuery, region: Region): Iterable<Row> {
  const place = match === undefined ? 'e.place' : 'entry.rowid';
  const start = order === 'desc' ? `AND ${place} <= ${region.last}` : `AND ${place} >= ${region.first}`;
  const from = match === undefined ? 'entity e' : 'entry CROSS JOIN entity e ON e.place = entry.rowid';
  const sql = `SELECT ${COLUMNS} FROM ${from}
    WHERE ${place} ${region.within} ${match === undefined ? '' : 'AND entry MATCH ?'} ${after === undefined ? '' : start}
    ORDER BY ${place} ${order}`;
  const parameters = [...(match === undefined ? [] : [match]), ...(after === undefined ? [] : [after.value ?? -1])];
  return statements.iterate(sql, ...parameters);
}

/** Rows by place to entities in the order of the list, strictly behind `after`. */
function* inListOrder(rows: Iterable<Row>, { after }: CreationQuery, compare: Comparison): Generator<StoredEntity> {
  const behind = after === undefined ? undefined : { id: after.id, createdAt: after.value ?? -1 };
  let group: StoredEntity[] = [];
  for (const row of rows) {
    const entity = entityOf(row);
    if (behind !== undefined && compare(entity, behind) <= 0) continue;
    if (group[0] !== undefined && group[0].createdAt !== entity.createdAt) {
      yield* group.sort(compare);
      group = [];
    }
    group.push(entity);
  }
  yield* group.sort(compare);
}

/** The entities of the second region in the order of the list, as their index has it: a group can be large. */
function* alongTies(statements: Statements, { order, after }: CreationQuery): Generator<StoredEntity> {
  const [id, created] = order === 'desc' ? ['e.id > ?', 'e.created < ?'] : ['e.id < ?', 'e.created > ?'];
  const ordered = order === 'desc' ? 'e.created DESC, e.id ASC' : 'e.created ASC, e.id DESC';
  const read = function* (condition: string, ...parameters: Parameter[]): Generator<StoredEntity> {
    const sql = `SELECT ${COLUMNS} FROM entity e INDEXED BY entity_tie
      WHERE e.place >= ${SECOND_REGION} ${condition} ORDER BY ${ordered}`;
    for (const row of statements.iterate(sql, ...parameters)) yield entityOf(row);
  };
  if (after === undefined) return yield* read('');
  yield* read(`AND e.created = ? AND ${id}`, after.value ?? -1, after.id);
  return yield* read(`AND ${created}`, after.value ?? -1);
}

/** Streams that are in order, as one that is. */
function* merged(streams: readonly Iterator<StoredEntity>[], compare: Comparison): Generator<StoredEntity> {
  const heads = streams.map((stream) => ({ stream, entity: next(stream) }));
  try {
    const first = () =>
      heads.reduce((a, b) => (a.entity === undefined || (b.entity && compare(b.entity, a.entity) < 0) ? b : a));
    for (let best = first(); best.entity !== undefined; best = first()) {
      yield best.entity;
      best.entity = next(best.stream);
    }
  } finally {
    // A statement that is left in mid-way would hold its snapshot.
    for (const { stream } of heads) stream.return?.();
  }
}

function next(stream: Iterator<StoredEntity>): StoredEntity | undefined {
  const result = stream.next();
  return result.done === true ? undefined : result.value;
}

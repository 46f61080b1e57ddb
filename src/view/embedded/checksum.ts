/**
 * The checksum of the embedded view: over entities, full-text entries and sort entries as they lie there, but blind to
 * slots, to the order of insertion and to the layout of the full-text index.
 */
import { ContentSum, tokenHash, type TokenHash, TokenSum } from '../checksum.ts';
import type { StoredEntity } from '../view.ts';
import { COLUMNS } from './entity-row.ts';
import type { Place } from './places.ts';
import type { Statements } from './statements.ts';

export function checksumOf(statements: Statements, sorts: readonly string[]): string {
  const sum = new ContentSum();
  const tokens = tokenSums(statements);
  for (const [place, ...fields] of statements.iterateArrays(`SELECT e.place, ${COLUMNS} FROM entity e`)) {
    sum.addEntity(entityOf(fields), tokens.get(place as Place));
    tokens.delete(place as Place);
  }
  // Full-text entries of entities that aren't there: none, unless the file is damaged.
  for (const [place, left] of tokens) sum.addFlaw(`tokens ${place} ${left.text()}`);
  for (const [sort, name] of sorts.entries()) {
    const entries = `SELECT s.value, s.id, e.id AS entity FROM sort_entry s LEFT JOIN entity e ON e.place = s.place
      WHERE s.sort = ?`;
    for (const { value, id, entity } of statements.iterate(entries, sort)) {
      sum.addSortEntry(name, value === -Infinity ? null : Number(value), String(id));
      if (entity !== id) sum.addFlaw(`sort ${name} ${String(id)} ${String(entity)}`);
    }
  }
  return sum.text();
}

/** Of the columns in the order of COLUMNS. */
function entityOf([id, value, created, updated, partition, offset, request]: readonly unknown[]): StoredEntity {
  return {
    id: String(id),
    value: String(value),
    createdAt: Number(created),
    updatedAt: Number(updated),
    partition: Number(partition),
    offset: Number(offset),
    request: typeof request === 'string' ? request : undefined,
  };
}

function tokenSums(statements: Statements): Map<Place, TokenSum> {
  statements.all('CREATE VIRTUAL TABLE IF NOT EXISTS temp.entry_token USING fts5vocab (main, entry, instance)');
  const sums = new Map<Place, TokenSum>();
  let term: unknown;
  let part: TokenHash = { low: 0, high: 0 };
  for (const [token, doc] of statements.iterateArrays('SELECT term, doc FROM temp.entry_token')) {
    if (token !== term) {
      term = token;
      part = tokenHash(String(token));
    }
    let sum = sums.get(doc as Place);
    if (sum === undefined) sums.set(doc as Place, (sum = new TokenSum()));
    sum.add(part);
  }
  return sums;
}

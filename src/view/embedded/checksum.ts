/**
 * The checksum of the embedded view: over entities, full-text entries and sort entries as they lie there, but blind to
 * slots, to the order of insertion and to the layout of the full-text index.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { COLUMNS, entityOf } from './entity-row.ts';
import { LAST_SLOT, SLOT_BITS } from './format.ts';
import type { Statements } from './statements.ts';

/** The sum of an entity's token hashes, in two halves of 32 bits: a sum doesn't depend on the order. */
interface TokenSum {
  low: number;
  high: number;
  count: number;
}

export function checksumOf(statements: Statements, sorts: readonly string[]): string {
  const digest = createHash('sha256');
  const sums = tokenSums(statements);
  const entities = `SELECT ${COLUMNS}, e.place & ${LAST_SLOT} AS slot FROM entity e ORDER BY e.id`;
  for (const row of statements.iterate(entities)) {
    const place = `${Number(row['created'])}:${Number(row['slot'])}`;
    const { id, partition, offset, createdAt, updatedAt, request, value } = entityOf(row);
    add(digest, [id, partition, offset, createdAt, updatedAt, request ?? null, value, sumText(sums.get(place))]);
    sums.delete(place);
  }
  // Full-text entries of entities that aren't there: none, unless the file is damaged.
  add(digest, [...sums].map(([place, sum]) => `${place} ${sumText(sum)}`).sort());
  for (const [sort, name] of sorts.entries()) {
    const entries = `SELECT s.value, s.id, e.id AS entity FROM sort_entry s LEFT JOIN entity e ON e.place = s.place
      WHERE s.sort = ? ORDER BY s.value DESC, s.id`;
    for (const row of statements.iterate(entries, sort)) {
      add(digest, [name, String(row['value']), String(row['id']), row['entity'] === row['id']]);
    }
  }
  return digest.digest('hex');
}

function tokenSums(statements: Statements): Map<string, TokenSum> {
  statements.all('CREATE VIRTUAL TABLE IF NOT EXISTS temp.entry_token USING fts5vocab (main, entry, instance)');
  const sums = new Map<string, TokenSum>();
  let term: unknown;
  let low = 0;
  let high = 0;
  const tokens = `SELECT term, doc >> ${SLOT_BITS} AS created, doc & ${LAST_SLOT} AS slot FROM temp.entry_token`;
  for (const row of statements.iterate(tokens)) {
    if (row['term'] !== term) {
      term = row['term'];
      const bytes = hash('sha256', String(term), 'buffer');
      low = bytes.readUInt32LE(0);
      high = bytes.readUInt32LE(4);
    }
    const place = `${Number(row['created'])}:${Number(row['slot'])}`;
    const sum = sums.get(place);
    if (sum === undefined) sums.set(place, { low, high, count: 1 });
    else {
      sum.low = (sum.low + low) >>> 0;
      sum.high = (sum.high + high) >>> 0;
      sum.count += 1;
    }
  }
  return sums;
}

function sumText(sum: TokenSum | undefined): string {
  return sum === undefined ? 'none' : `${sum.count}:${sum.high}:${sum.low}`;
}

function add(digest: Hash, fields: readonly unknown[]): void {
  digest.update(`${JSON.stringify(fields)}\n`);
}

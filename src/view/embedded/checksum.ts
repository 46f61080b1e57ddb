/**
 * The checksum of the embedded view: over entities, full-text entries and sort entries as they lie there, but blind to
 * slots, to the order of insertion and to the layout of the full-text index.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { COLUMNS } from './entity-row.ts';
import type { Place } from './places.ts';
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
  const entities = `SELECT e.place, ${COLUMNS} FROM entity e ORDER BY e.id`;
  for (const [place, ...fields] of statements.iterateArrays(entities)) {
    add(digest, [...fields.map((field) => (field === null ? null : String(field))), sumText(sums.get(place as Place))]);
    sums.delete(place as Place);
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

function tokenSums(statements: Statements): Map<Place, TokenSum> {
  statements.all('CREATE VIRTUAL TABLE IF NOT EXISTS temp.entry_token USING fts5vocab (main, entry, instance)');
  const sums = new Map<Place, TokenSum>();
  let term: unknown;
  let low = 0;
  let high = 0;
  for (const [token, doc] of statements.iterateArrays('SELECT term, doc FROM temp.entry_token')) {
    if (token !== term) {
      term = token;
      const bytes = hash('sha256', String(token), 'buffer');
      low = bytes.readUInt32LE(0);
      high = bytes.readUInt32LE(4);
    }
    const sum = sums.get(doc as Place);
    if (sum === undefined) sums.set(doc as Place, { low, high, count: 1 });
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

/** Writes entities and their sort entries, and tells how the full-text index has to follow. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { prepareChange } from './format.ts';
import type { EntryChange } from './pending-entries.ts';
import { FreePlaces, likelyPlace, type Place } from './places.ts';
import type { PackedOperations } from './protocol.ts';

interface Stored {
  readonly place: Place;
  readonly created: number;
  readonly sorts: readonly (number | null)[];
}

interface EntityRow {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
  readonly partition: number;
  readonly offset: number;
  readonly sorts: Stored['sorts'];
  readonly sortsText: string | null;
  readonly request: string | null;
  readonly value: string | null;
  /** For the full-text index. */
  readonly text: string;
}

export class EntityWriter {
  readonly #places: FreePlaces;
  readonly #find: StatementSync;
  readonly #tryInsert: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #insertSort: StatementSync;
  readonly #deleteSort: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#places = new FreePlaces(connection);
    this.#find = connection.prepare('SELECT place, created, sorts FROM entity WHERE id = ?');
    this.#find.setReadBigInts(true);
    const insert = `INTO entity (place, id, created, partition, "offset", updated, sorts, request, value)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    this.#tryInsert = prepareChange(connection, `INSERT OR IGNORE ${insert}`);
    this.#insert = prepareChange(connection, `INSERT ${insert}`);
    this.#update = prepareChange(
      connection,
      'UPDATE entity SET partition = ?, "offset" = ?, updated = ?, sorts = ?, request = ?, value = ? WHERE place = ?',
    );
    this.#delete = prepareChange(connection, 'DELETE FROM entity WHERE place = ?');
    this.#insertSort = prepareChange(connection, 'INSERT INTO sort_entry (sort, value, id, place) VALUES (?, ?, ?, ?)');
    this.#deleteSort = prepareChange(connection, 'DELETE FROM sort_entry WHERE sort = ? AND value = ? AND id = ?');
  }

  /** Writes them all; what it answers is to be written to the full-text index in the same transaction. */
  write(operations: PackedOperations): EntryChange[] {
    const changes: EntryChange[] = [];
    for (const [at, id] of operations.ids.entries()) {
      if (operations.values[at] !== null) {
        changes.push(this.#put(rowOf(operations, at, id)));
        continue;
      }
      const stored = this.#stored(id);
      if (stored === undefined) continue;
      this.#remove(id, stored);
      changes.push({ from: stored.place, to: undefined, text: '' });
    }
    return changes;
  }

  #put(row: EntityRow): EntryChange {
    const { id, created, partition, offset, updated, sortsText, request, value } = row;
    if (!Number.isInteger(created) || created < 0 || created >= 2 ** 42) {
      throw new RangeError(`createdAt ${created} is not an integer within 0 … 2^42 - 1`);
    }
    const fields = [id, created, partition, offset, updated, sortsText, request, value] as const;
    // Most entities of a replay are new: one statement finds out and inserts.
    const likely = likelyPlace(created, partition, offset);
    if (this.#tryInsert.run(likely, ...fields).changes !== 0n) return this.#inserted(row, undefined, likely);
    const stored = this.#stored(id);
    if (stored?.created === created) {
      this.#update.run(partition, offset, updated, sortsText, request, value, stored.place);
      this.#replaceSorts(id, stored.sorts, row.sorts, stored.place);
      return { from: stored.place, to: stored.place, text: row.text };
    }
    if (stored !== undefined) this.#remove(id, stored);
    const place = this.#places.find(created);
    this.#insert.run(place, ...fields);
    return this.#inserted(row, stored?.place, place);
  }

  #inserted(row: EntityRow, from: Place | undefined, to: Place): EntryChange {
    this.#replaceSorts(row.id, [], row.sorts, to);
    return { from, to, text: row.text };
  }

  #remove(id: string, stored: Stored): void {
    this.#delete.run(stored.place);
    stored.sorts.forEach((value, sort) => this.#deleteSort.run(sort, value ?? -Infinity, id));
  }

  #replaceSorts(id: string, former: Stored['sorts'], sorts: Stored['sorts'], place: Place): void {
    for (const [sort, value] of sorts.entries()) {
      const old = former[sort];
      if (old === value) continue;
      if (old !== undefined) this.#deleteSort.run(sort, old ?? -Infinity, id);
      this.#insertSort.run(sort, value ?? -Infinity, id, place);
    }
  }

  #stored(id: string): Stored | undefined {
    const row = this.#find.get(id);
    if (row === undefined) return undefined;
    const sorts: unknown = row['sorts'] === null ? [] : JSON.parse(String(row['sorts']));
    return { place: row['place'] as bigint, created: Number(row['created']), sorts: sorts as (number | null)[] };
  }
}

function rowOf(operations: PackedOperations, at: number, id: string): EntityRow {
  const { numbers } = operations;
  const sorts = sortsOf(operations, at);
  return {
    id,
    created: numbers[4 * at] ?? NaN,
    updated: numbers[4 * at + 1] ?? NaN,
    partition: numbers[4 * at + 2] ?? NaN,
    offset: numbers[4 * at + 3] ?? NaN,
    sorts,
    sortsText: sorts.length === 0 ? null : JSON.stringify(sorts),
    request: operations.requests[at] ?? null,
    value: operations.values[at] ?? null,
    text: operations.texts[at] ?? '',
  };
}

/** The values of all sort indexes; null where the entity has none. */
function sortsOf(operations: PackedOperations, at: number): (number | null)[] {
  const count = operations.sorts.length / operations.ids.length;
  const values: (number | null)[] = [];
  for (let index = at * count; index < (at + 1) * count; index += 1) {
    const value = operations.sorts[index] ?? -Infinity;
    values.push(value === -Infinity ? null : value);
  }
  return values;
}

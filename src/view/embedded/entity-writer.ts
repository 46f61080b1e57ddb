/** Writes entities and their sort entries, and tells how the full-text index has to follow. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LAST_SLOT, prepareChange, SLOT_BITS } from './format.ts';
import type { EntryChange, Place } from './pending-entries.ts';
import type { PackedOperations } from './protocol.ts';

const PLACE = `((? << ${SLOT_BITS}) | ?)`;

interface Stored {
  readonly place: Place;
  readonly sorts: readonly (number | null)[];
}

export class EntityWriter {
  readonly #find: StatementSync;
  readonly #lastSlot: StatementSync;
  readonly #freeSlot: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #insertSort: StatementSync;
  readonly #deleteSort: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#find = connection.prepare(
      `SELECT place >> ${SLOT_BITS} AS created, place & ${LAST_SLOT} AS slot, sorts FROM entity WHERE id = ?`,
    );
    this.#lastSlot = connection.prepare(
      `SELECT max(place) & ${LAST_SLOT} AS slot FROM entity WHERE place BETWEEN ${PLACE} AND ${PLACE}`,
    );
    this.#freeSlot = connection.prepare(`
      SELECT min(place) & ${LAST_SLOT} AS slot FROM (
        SELECT ${PLACE} AS place
        UNION ALL SELECT place + 1 FROM entity WHERE place BETWEEN ${PLACE} AND ${PLACE}
      ) AS candidate WHERE NOT EXISTS (SELECT 1 FROM entity WHERE entity.place = candidate.place)`);
    this.#insert = prepareChange(
      connection,
      `INSERT INTO entity (place, id, partition, "offset", updated, sorts, request, value) VALUES (${PLACE}, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = prepareChange(
      connection,
      `UPDATE entity SET partition = ?, "offset" = ?, updated = ?, sorts = ?, request = ?, value = ? WHERE place = ${PLACE}`,
    );
    this.#delete = prepareChange(connection, `DELETE FROM entity WHERE place = ${PLACE}`);
    this.#insertSort = prepareChange(
      connection,
      `INSERT INTO sort_entry (sort, value, id, place) VALUES (?, ?, ?, ${PLACE})`,
    );
    this.#deleteSort = prepareChange(connection, 'DELETE FROM sort_entry WHERE sort = ? AND value = ? AND id = ?');
  }

  /** Writes them all; what it answers is to be written to the full-text index in the same transaction. */
  write(operations: PackedOperations): EntryChange[] {
    const changes: EntryChange[] = [];
    for (const [at, id] of operations.ids.entries()) {
      const stored = this.#stored(id);
      if (operations.values[at] !== null) {
        changes.push(this.#put(operations, at, id, stored));
      } else if (stored !== undefined) {
        this.#remove(id, stored);
        changes.push({ from: stored.place, to: undefined, text: '' });
      }
    }
    return changes;
  }

  #put(operations: PackedOperations, at: number, id: string, stored: Stored | undefined): EntryChange {
    const { numbers, values, requests, texts } = operations;
    const [created = NaN, updated = NaN, partition = NaN, offset = NaN] = numbers.subarray(4 * at, 4 * at + 4);
    if (!(created >= 0 && created < 2 ** 42)) throw new RangeError(`createdAt ${created} is not within 0 … 2^42 - 1`);
    const sorts = sortsOf(operations, at);
    const sortsText = sorts.length === 0 ? null : JSON.stringify(sorts);
    const request = requests[at] ?? null;
    const value = values[at] ?? null;
    if (stored?.place.created === created) {
      const { slot } = stored.place;
      this.#update.run(partition, offset, updated, sortsText, request, value, created, slot);
      this.#replaceSorts(id, stored.sorts, sorts, stored.place);
      return { from: stored.place, to: stored.place, text: texts[at] ?? '' };
    }
    if (stored !== undefined) this.#remove(id, stored);
    const place = { created, slot: this.#slot(created) };
    this.#insert.run(created, place.slot, id, partition, offset, updated, sortsText, request, value);
    this.#replaceSorts(id, [], sorts, place);
    return { from: stored?.place, to: place, text: texts[at] ?? '' };
  }

  #remove(id: string, stored: Stored): void {
    this.#delete.run(stored.place.created, stored.place.slot);
    stored.sorts.forEach((value, sort) => this.#deleteSort.run(sort, value ?? -Infinity, id));
  }

  #replaceSorts(id: string, former: Stored['sorts'], sorts: Stored['sorts'], place: Place): void {
    for (const [sort, value] of sorts.entries()) {
      const old = former[sort];
      if (old === value) continue;
      if (old !== undefined) this.#deleteSort.run(sort, old ?? -Infinity, id);
      this.#insertSort.run(sort, value ?? -Infinity, id, place.created, place.slot);
    }
  }

  #stored(id: string): Stored | undefined {
    const row = this.#find.get(id);
    if (row === undefined) return undefined;
    const sorts: unknown = row['sorts'] === null ? [] : JSON.parse(String(row['sorts']));
    return {
      place: { created: Number(row['created']), slot: Number(row['slot']) },
      sorts: sorts as (number | null)[],
    };
  }

  /** The slot behind the millisecond's last; where that is the very last one, any that has become free. */
  #slot(created: number): number {
    const last = this.#lastSlot.get(created, 0, created, LAST_SLOT)?.['slot'] ?? -1;
    if (Number(last) < LAST_SLOT) return Number(last) + 1;
    const free = this.#freeSlot.get(created, 0, created, 0, created, LAST_SLOT - 1)?.['slot'];
    if (typeof free !== 'number')
      throw new RangeError(`more than ${LAST_SLOT + 1} entities have the createdAt ${created}`);
    return free;
  }
}

/** The values of all sort indexes; null where the entity has none. */
function sortsOf(operations: PackedOperations, at: number): (number | null)[] {
  const count = operations.ids.length === 0 ? 0 : operations.sorts.length / operations.ids.length;
  return Array.from(operations.sorts.subarray(at * count, (at + 1) * count), (value) =>
    value === -Infinity ? null : value,
  );
}

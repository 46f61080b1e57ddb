/**
 * The changes to the full-text index that a transaction has gathered. FTS5 writes out what it holds in memory whenever a
 * row comes before the last one, or a savepoint begins: gathered and sorted, a transaction becomes one segment of the
 * index, and not thousands.
 */
import type { DatabaseSync } from 'node:sqlite';
import { prepareChange } from './format.ts';
import type { Place } from './places.ts';

/** One entity's change: its entries leave `from`, and `text` goes in at `to`. */
export interface EntryChange {
  readonly from: Place | undefined;
  readonly to: Place | undefined;
  readonly text: string;
}

export class PendingEntries {
  readonly #removed = new Set<Place>();
  readonly #added = new Map<Place, string>();

  /** Takes the changes of an update whose rows are all written. */
  take(changes: readonly EntryChange[]): void {
    for (const { from, to, text } of changes) {
      if (from !== undefined && !this.#added.delete(from)) this.#removed.add(from);
      if (to !== undefined) this.#added.set(to, text);
    }
  }

  /** Writes them all to the index, and is empty then. */
  write(writer: EntryWriter): void {
    for (const place of inOrder(this.#removed)) writer.remove(place);
    for (const place of inOrder(this.#added.keys())) writer.add(place, this.#added.get(place) ?? '');
    this.clear();
  }

  clear(): void {
    this.#removed.clear();
    this.#added.clear();
  }
}

/** The statements that change the index. */
export interface EntryWriter {
  readonly remove: (place: Place) => void;
  readonly add: (place: Place, text: string) => void;
}

export function entryWriter(connection: DatabaseSync): EntryWriter {
  const remove = prepareChange(connection, 'DELETE FROM entry WHERE rowid = ?');
  const add = prepareChange(connection, 'INSERT INTO entry (rowid, tokens) VALUES (?, ?)');
  return {
    remove: (place) => void remove.run(place),
    add: (place, text) => void add.run(place, text),
  };
}

function inOrder(places: Iterable<Place>): Place[] {
  return [...places].sort((a, b) => (a < b ? -1 : 1));
}

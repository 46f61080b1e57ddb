/**
 * The changes to the full-text index that a transaction has gathered. FTS5 writes out what it holds in memory whenever a
 * row comes before the last one, or a savepoint begins: gathered and sorted, a transaction becomes one segment of the
 * index, and not thousands.
 */
import type { DatabaseSync } from 'node:sqlite';
import { prepareChange, SLOT_BITS } from './format.ts';

/** Where an entity lies: a millisecond and a slot of it. */
export interface Place {
  readonly created: number;
  readonly slot: number;
}

/** One entity's change: its entries leave `from`, and `text` goes in at `to`. */
export interface EntryChange {
  readonly from: Place | undefined;
  readonly to: Place | undefined;
  readonly text: string;
}

interface Added extends Place {
  readonly text: string;
}

export class PendingEntries {
  readonly #removed = new Map<string, Place>();
  readonly #added = new Map<string, Added>();

  /** Takes the changes of an update whose rows are all written. */
  take(changes: readonly EntryChange[]): void {
    for (const { from, to, text } of changes) {
      if (from !== undefined) {
        const key = keyOf(from);
        if (!this.#added.delete(key)) this.#removed.set(key, from);
      }
      if (to !== undefined) this.#added.set(keyOf(to), { created: to.created, slot: to.slot, text });
    }
  }

  /** Writes them all to the index, and is empty then. */
  write(writer: EntryWriter): void {
    for (const place of inOrder(this.#removed)) writer.remove(place);
    for (const added of inOrder(this.#added)) writer.add(added, added.text);
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
  const remove = prepareChange(connection, `DELETE FROM entry WHERE rowid = ((? << ${SLOT_BITS}) | ?)`);
  const add = prepareChange(connection, `INSERT INTO entry (rowid, tokens) VALUES ((? << ${SLOT_BITS}) | ?, ?)`);
  return {
    remove: (place) => void remove.run(place.created, place.slot),
    add: (place, text) => void add.run(place.created, place.slot, text),
  };
}

function keyOf({ created, slot }: Place): string {
  return `${created}:${slot}`;
}

function inOrder<T extends Place>(places: ReadonlyMap<string, T>): T[] {
  return [...places.values()].sort((a, b) => a.created - b.created || a.slot - b.slot);
}

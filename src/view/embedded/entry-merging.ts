/**
 * Merges the segments of the full-text index in small steps. Each transaction leaves a segment; FTS5's own merging comes
 * inside some transaction, and was seen to hold one up for three seconds. Here it happens between transactions: a step
 * for so many records written, and as many as there is work for while nobody asks for anything.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Pages of 8 KB that one step merges while idle: a few milliseconds, which a new request may have to wait. */
const IDLE_PAGES = 16;
/** While busy, one page is merged for each record, so that segments do not pile up; so many pages in one step. */
const BUSY_PAGES = 64;
/** A transaction of so many records makes a segment worth keeping: it calls for no merging before the thread is idle. */
const LARGE_TRANSACTION = 100;

/** Turns FTS5's own merging off, but for a last resort at so many segments of one level. */
export const MERGING_OPTIONS = `('automerge', 0), ('crisismerge', 500), ('usermerge', 8)`;

export class EntryMerging {
  readonly #merge: StatementSync;
  readonly #changes: StatementSync;
  #due = 0;
  #left = true;

  constructor(connection: DatabaseSync) {
    this.#merge = connection.prepare(`INSERT INTO entry (entry, rank) VALUES ('merge', ?)`);
    this.#changes = connection.prepare('SELECT total_changes() AS changes');
  }

  /** Whether a step may find something to do. */
  get left(): boolean {
    return this.#left;
  }

  /** To be called after each transaction, outside of it, with the number of its operations. */
  afterTransaction(operations: number): void {
    if (operations === 0) return;
    this.#left = true;
    if (operations < LARGE_TRANSACTION) this.#due += operations;
    if (this.#due >= BUSY_PAGES) this.#step(BUSY_PAGES);
  }

  /** One step while nobody asks for anything. */
  whileIdle(): void {
    this.#step(IDLE_PAGES);
  }

  #step(pages: number): void {
    this.#due = Math.max(0, this.#due - pages);
    const before = this.#total();
    try {
      this.#merge.run(pages);
      // FTS5's documentation: fewer than two changes mean that there was nothing to merge.
      this.#left = this.#total() - before >= 2;
    } catch {
      // A full disk, say: nothing was merged, nothing is lost, and the next transaction tries again.
      this.#left = false;
    }
  }

  #total(): number {
    return Number(this.#changes.get()?.['changes']);
  }
}

/** Appends in the writing thread: one request, one transaction, one flush of the disk. */
import type { StatementSync } from 'node:sqlite';
import { type LogFile, recordTable } from './log-file.ts';
import { type PackedRecords, type TransactionOutcome, unpackRecords } from './protocol.ts';

/** SQLite's code for a disk, or a file with a limit, that is full. */
const SQLITE_FULL = 13;

/** Writes records behind the ends of their partitions. */
export class RecordWriter {
  readonly #file: LogFile;
  readonly #inserts: readonly StatementSync[];
  readonly #moveEnd: StatementSync;
  readonly #settle: StatementSync;

  constructor(file: LogFile) {
    this.#file = file;
    this.#inserts = file.ends.map((_, partition) =>
      file.connection.prepare(
        `INSERT INTO ${recordTable(partition)} (place, key, timestamp, headers, value) VALUES (?, ?, ?, ?, ?)`,
      ),
    );
    this.#moveEnd = file.connection.prepare(
      'UPDATE partition_state SET end_offset = ? WHERE partition = ? AND end_offset = ?',
    );
    this.#settle = file.connection.prepare('UPDATE meta SET settled = settled + 1');
  }

  /** Appends all records or none. `appended` is answered only after the commit. */
  append(packed: PackedRecords): TransactionOutcome {
    const { connection } = this.#file;
    const ends = new Map<number, number>();
    let offsets: Float64Array<ArrayBuffer>;
    try {
      connection.exec('BEGIN IMMEDIATE');
      offsets = this.#insertAll(packed, ends);
      this.#moveEnds(ends);
    } catch (error) {
      this.#rollback();
      return { kind: 'unavailable', reason: reasonOf(error) };
    }
    try {
      connection.exec('COMMIT');
    } catch (error) {
      return this.#afterFailedCommit(error);
    }
    for (const [partition, end] of ends) this.#file.ends[partition] = end;
    return { kind: 'appended', offsets };
  }

  #insertAll(packed: PackedRecords, ends: Map<number, number>): Float64Array<ArrayBuffer> {
    const offsets = new Float64Array(packed.headers.length);
    let index = 0;
    for (const { partition, key, timestamp, headers, value } of unpackRecords(packed)) {
      const offset = ends.get(partition) ?? this.#end(partition);
      this.#inserts[partition]?.run(offset, key, timestamp, headers, value);
      ends.set(partition, offset + 1);
      offsets[index++] = offset;
    }
    return offsets;
  }

  #moveEnds(ends: ReadonlyMap<number, number>): void {
    for (const [partition, end] of ends) {
      // Nobody else writes this file. If somebody does all the same, no offset may be given twice.
      const { changes } = this.#moveEnd.run(end, partition, this.#end(partition));
      if (changes !== 1) throw new Error(`another process writes to the log (partition ${partition})`);
    }
  }

  #end(partition: number): number {
    const end = this.#file.ends[partition];
    if (end === undefined) throw new RangeError(`partition ${partition} does not exist`);
    return end;
  }

  /**
   * A commit that failed for want of room wrote no end mark. One that failed later (the flush) may have left its pages
   * whole in the write-ahead log, where a crash now would bring them back. A small other transaction in their place
   * makes sure that they never appear; if that fails too, the outcome is not known.
   */
  #afterFailedCommit(error: unknown): TransactionOutcome {
    this.#rollback();
    const reason = reasonOf(error);
    if ((error as { errcode?: number }).errcode === SQLITE_FULL) return { kind: 'unavailable', reason };
    try {
      this.#settle.run();
      return { kind: 'unavailable', reason };
    } catch {
      return { kind: 'uncertain', reason };
    }
  }

  #rollback(): void {
    if (this.#file.connection.isTransaction) this.#file.connection.exec('ROLLBACK');
  }
}

function reasonOf(error: unknown): string {
  return `the log can not be written: ${(error as Error).message}`;
}

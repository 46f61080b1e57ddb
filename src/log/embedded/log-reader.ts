/** Reads of an embedded log: small synchronous reads through a connection of the calling thread's own. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Batch, LogRecord } from '../log.ts';
import { tailOf } from '../tail.ts';
import { recordTable } from './log-file.ts';

/** A batch holds at most so many records and so many bytes of keys and values, unless it is a single record. */
export const MAX_BATCH_RECORDS = 500;
export const MAX_BATCH_BYTES = 512 * 1024;

type Row = readonly [offset: number, key: Uint8Array, timestamp: number, headers: string, value: Uint8Array | null];

/** The read-only side of the file. */
export class LogReader {
  readonly #connection: DatabaseSync;
  readonly #end: StatementSync;
  readonly #ends: StatementSync;
  readonly #records: readonly StatementSync[];
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(path: string, partitions: number) {
    this.#connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    this.#end = this.#connection.prepare('SELECT end_offset FROM partition_state WHERE partition = ?');
    this.#ends = this.#connection.prepare('SELECT end_offset FROM partition_state ORDER BY partition');
    this.#records = Array.from({ length: partitions }, (_, partition) => this.#prepareRecords(partition));
  }

  /**
   * Resolves when it is the caller's turn: one read per turn of the event loop, however many partitions are read, so
   * that sockets are heard between any two of them.
   */
  turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => nextTurn());
    return this.#lastTurn;
  }

  /** The next batch from `fromOffset` on; undefined at the end. Records and end are of one snapshot. */
  batch(partition: number, fromOffset: number): Batch | undefined {
    this.#connection.exec('BEGIN');
    try {
      const endOffset = Number(this.#end.get(partition)?.['end_offset'] ?? 0);
      if (fromOffset >= endOffset) return undefined;
      const { records, more } = this.#take(partition, fromOffset, endOffset);
      const last = records.at(-1);
      const nextOffset = more && last !== undefined ? last.offset + 1 : endOffset;
      const tail = last === undefined ? undefined : tailOf(last);
      return { partition, fromOffset, nextOffset, tail, records };
    } finally {
      this.#connection.exec('COMMIT');
    }
  }

  /** The endOffset of each partition. */
  ends(): readonly number[] {
    return this.#ends.all().map((row) => Number(row['end_offset']));
  }

  #prepareRecords(partition: number): StatementSync {
    const statement = this.#connection.prepare(
      `SELECT place, key, timestamp, headers, value FROM ${recordTable(partition)}
       WHERE place >= ? AND place < ? ORDER BY place LIMIT ${MAX_BATCH_RECORDS + 1}`,
    );
    statement.setReturnArrays(true);
    return statement;
  }

  close(): void {
    this.#connection.close();
  }

  /** `more`: there is at least one record behind those taken. */
  #take(partition: number, from: number, end: number): { records: LogRecord[]; more: boolean } {
    const records: LogRecord[] = [];
    let bytes = 0;
    const rows = (this.#records[partition]?.iterate(from, end) ?? []) as Iterable<unknown> as Iterable<Row>;
    for (const [offset, key, timestamp, headers, value] of rows) {
      bytes += key.length + (value?.length ?? 0);
      if (records.length === MAX_BATCH_RECORDS || (bytes > MAX_BATCH_BYTES && records.length > 0)) {
        return { records, more: true };
      }
      records.push({
        partition,
        offset,
        key,
        value,
        timestamp,
        headers: JSON.parse(headers) as Record<string, string>,
      });
    }
    return { records, more: false };
  }
}

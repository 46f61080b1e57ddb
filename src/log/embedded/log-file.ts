/** The file of an embedded log: its tables, and what must hold before it is used. */
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { KmodelError } from '../../errors.ts';
import type { ThreadOptions } from './protocol.ts';

const FORMAT = 1;

/** The largest count of partitions: each has a table of its own. */
export const MAX_PARTITIONS = 1000;

/** The open file, seen from the connection that writes. The arrays are per partition and follow each commit. */
export interface LogFile {
  readonly connection: DatabaseSync;
  readonly logId: string;
  /** endOffset: stored, since the greatest offset that is left says nothing about those that compaction removed. */
  readonly ends: number[];
  /** Everything below was compacted: of each key at most one record is left there. */
  readonly cleaned: number[];
}

// `newest` holds, per key, the one record that is left below the cleaned offset. Compaction alone keeps it: an index on
// the keys of all records would make each append write as many scattered pages as it has records.
const TABLES = `
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, log_id TEXT NOT NULL,
    partitions INTEGER NOT NULL, settled INTEGER NOT NULL) STRICT;
  CREATE TABLE partition_state (partition INTEGER PRIMARY KEY, end_offset INTEGER NOT NULL,
    cleaned_offset INTEGER NOT NULL) STRICT;
  CREATE TABLE newest (partition INTEGER NOT NULL, key BLOB NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (partition, key)) STRICT, WITHOUT ROWID;
`;

// Each partition has a table, so that appends to ten partitions fill ten last pages and split none in the middle.
// `value` stands last: reading the other columns never touches the overflow pages of a long value. `cleaned_at` is the
// moment of a tombstone's first cleaning, from which its retention counts.
function partitionTables(partition: number): string {
  return `
    INSERT INTO partition_state VALUES (${partition}, 0, 0);
    CREATE TABLE ${recordTable(partition)} (place INTEGER PRIMARY KEY, key BLOB NOT NULL, timestamp INTEGER NOT NULL,
      cleaned_at INTEGER, headers TEXT NOT NULL, value BLOB) STRICT;
    CREATE INDEX cleaned_${partition} ON ${recordTable(partition)} (cleaned_at) WHERE cleaned_at IS NOT NULL;
  `;
}

/** The table of a partition's records; its column `place` is the offset (a keyword of SQL). */
export function recordTable(partition: number): string {
  return `record_${partition}`;
}

/**
 * Opens the file for writing, making it where there is none. Throws KmodelError LOG_MISMATCH where it was made with
 * another count of partitions, DATA_DIR_UNUSABLE where it can't be opened or written.
 */
export function openLogFile(options: ThreadOptions): LogFile {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(options.path, { timeout: 5000 });
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;');
    if (options.maxBytes !== undefined) limitBytes(connection, options.maxBytes);
    return prepareFile(connection, options);
  } catch (error) {
    connection?.close();
    if (error instanceof KmodelError) throw error;
    throw new KmodelError(
      'DATA_DIR_UNUSABLE',
      `the log ${options.path} can not be opened for writing (${(error as Error).message}): ` +
        'make it writable, or set another :data-dir',
      { cause: error },
    );
  }
}

function limitBytes(connection: DatabaseSync, maxBytes: number): void {
  const page = Number(connection.prepare('PRAGMA page_size').get()?.['page_size']);
  connection.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / page))}`);
}

function prepareFile(connection: DatabaseSync, options: ThreadOptions): LogFile {
  // IMMEDIATE takes the lock for writing, so that a file that can only be read fails here and not at the first append.
  connection.exec('BEGIN IMMEDIATE');
  if (connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() === undefined) {
    makeTables(connection, options.partitions);
  }
  const meta = connection.prepare('SELECT format, log_id, partitions FROM meta').get();
  refuseMismatch(options, Number(meta?.['format']), Number(meta?.['partitions']));
  const states = connection.prepare('SELECT end_offset, cleaned_offset FROM partition_state ORDER BY partition').all();
  connection.exec('COMMIT');
  return {
    connection,
    logId: String(meta?.['log_id']),
    ends: states.map((state) => Number(state['end_offset'])),
    cleaned: states.map((state) => Number(state['cleaned_offset'])),
  };
}

function makeTables(connection: DatabaseSync, partitions: number): void {
  connection.exec(TABLES);
  connection.prepare('INSERT INTO meta VALUES (1, ?, ?, ?, 0)').run(FORMAT, randomUUID(), partitions);
  for (let partition = 0; partition < partitions; partition++) connection.exec(partitionTables(partition));
}

function refuseMismatch(options: ThreadOptions, format: number, partitions: number): void {
  if (format !== FORMAT) {
    const message = `the log ${options.path} has format ${format}, this version of kmodel reads format ${FORMAT}`;
    throw new KmodelError('DATA_DIR_UNUSABLE', `${message}: use the version that wrote it, or set another :data-dir`);
  }
  if (partitions !== options.partitions) {
    throw new KmodelError(
      'LOG_MISMATCH',
      `the log ${options.path} was made with ${partitions} partitions, the model has ${options.partitions}: ` +
        `set the model's partitions back to ${partitions}, or use another :data-dir`,
    );
  }
}

/** The file of the embedded view: its tables, their version, and how a connection is opened. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { KmodelError } from '../../errors.ts';
import { MERGING_OPTIONS } from './entry-merging.ts';
import { SECOND_REGION } from './places.ts';

/** Raise it with every change of the tables or of what stands in them; a file of another version is built anew. */
const FORMAT_VERSION = 4;

/**
 * entity.place is where an entity lies, and where its index entries do: createdAt << 5 | slot for the first 32 entities
 * of a millisecond, so that both are read in the order of the default list, and so that neighbours have near places,
 * which makes the full-text index half as large and a third faster than wide gaps do. The others of a millisecond lie
 * in a second region, from 2^62 on, at createdAt << 20 | slot: as ordered, but rarely used. See places.ts.
 *
 * Entities of one millisecond are ordered by id. In the first region the reader sorts them; entity_tie orders the second.
 *
 * entry holds, by place, an entity's search terms and one token per filter value; search, filters and both together are
 * one match that streams in the order of places. Its terms are lower-case letters and digits (ASCII) and anything beyond
 * ASCII, so the ascii tokenizer leaves them as they are; `_` begins the tokens of filters only.
 *
 * In meta and partition, NULL means that it is not known. meta.refuses says whether the doubt keeps reads from being answered.
 *
 * sort_entry has a row for each entity and sort index; an entity without a value stands below every number.
 */
const TABLES = `
  CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), generation TEXT NOT NULL, log_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL, model_version INTEGER NOT NULL, indexes TEXT NOT NULL, incarnation INTEGER, rebuilds TEXT, starts TEXT,
    doubts TEXT, refuses INTEGER) STRICT;
  CREATE TABLE partition (partition INTEGER PRIMARY KEY, checkpoint INTEGER NOT NULL, epoch INTEGER NOT NULL,
    live INTEGER NOT NULL, caught_up_at INTEGER, leader_epoch INTEGER, tail TEXT, owner TEXT, seen_at INTEGER) STRICT;
  CREATE TABLE entity (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, updated INTEGER NOT NULL, sorts TEXT, request TEXT,
    value TEXT NOT NULL) STRICT;
  CREATE INDEX entity_tie ON entity (created DESC, id) WHERE place >= ${SECOND_REGION};
  CREATE VIRTUAL TABLE entry USING fts5 (tokens, content = '', contentless_delete = 1, detail = none, prefix = '2 3',
    tokenize = "ascii tokenchars '_'");
  CREATE TABLE sort_entry (sort INTEGER NOT NULL, value REAL NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (sort, value DESC, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE quarantine (partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, key BLOB NOT NULL, value BLOB,
    headers TEXT NOT NULL, timestamp INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (partition, "offset")) STRICT;
  CREATE INDEX quarantine_key ON quarantine (partition, key);
  INSERT INTO entry (entry, rank) VALUES ('hashsize', 16777216), ('pgsz', 8000),
    ${MERGING_OPTIONS};
  PRAGMA user_version = ${FORMAT_VERSION};
`;

/** The path of the view's file in a data directory. */
export function viewFile(directory: string): string {
  return join(directory, 'view.db');
}

/** SQLite's codes for a file that is damaged, or that is no database at all. */
const DAMAGED = new Set([11, 26]);

/**
 * Opens the file for writing. It is made where it is absent, and made anew where another version of kmodel wrote it or it
 * is damaged: the view is the log's to give back (I7).
 */
export function openForWriting(file: string): DatabaseSync {
  try {
    const found = openIfUsable(file);
    if (found !== undefined) return found;
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return created(connectForWriting(file));
  } catch (error) {
    throw unusable(file, error);
  }
}

/** The file as it is, or with its tables if it is new; undefined where it has to be made anew. */
function openIfUsable(file: string): DatabaseSync | undefined {
  const connection = new DatabaseSync(file, { timeout: 5000 });
  try {
    setUpForWriting(connection);
    if (isEmpty(connection)) return created(connection);
    if (versionOf(connection) === FORMAT_VERSION) return connection;
  } catch (error) {
    if (!DAMAGED.has((error as { errcode?: number }).errcode ?? 0)) throw error;
  }
  connection.close();
  return undefined;
}

/** Opens the file that openForWriting has made for reading only. */
export function openForReading(file: string): DatabaseSync {
  try {
    const connection = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    connection.exec(`
      PRAGMA cache_size = -24576;
      PRAGMA temp_store = MEMORY;
      CREATE VIRTUAL TABLE temp.entry_term USING fts5vocab (main, entry, row);
    `);
    return connection;
  } catch (error) {
    throw unusable(file, error);
  }
}

/**
 * Prepares a statement that changes rows. Running it tells the last row's number, which is a place, and a place doesn't
 * fit a JS number.
 */
export function prepareChange(connection: DatabaseSync, sql: string): StatementSync {
  const statement = connection.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

function connectForWriting(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: 5000 });
  setUpForWriting(connection);
  return connection;
}

function setUpForWriting(connection: DatabaseSync): void {
  connection.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -32768;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA temp_store = MEMORY;
  `);
}

function created(connection: DatabaseSync): DatabaseSync {
  connection.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
  return connection;
}

function versionOf(connection: DatabaseSync): unknown {
  return connection.prepare('PRAGMA user_version').get()?.['user_version'];
}

function isEmpty(connection: DatabaseSync): boolean {
  return connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

/** Why the file can't be used, and what to do: one line. */
export function unusable(file: string, error: unknown): KmodelError {
  const why = error instanceof Error ? error.message : String(error);
  return new KmodelError(
    'DATA_DIR_UNUSABLE',
    `the view's file ${file} can not be used (${why}); stop kmodel and delete it with its -wal and -shm files: it is rebuilt from the log`,
    { cause: error },
  );
}

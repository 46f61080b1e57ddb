/** The data directory of the embedded adapters: made where absent, and used by one process at a time. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KmodelError } from './errors.ts';

export interface DataDir {
  readonly path: string;
  /** Lets another process use it. */
  release(): void;
}

/** Locks held by this process. A handle that nobody refers to is closed by the garbage collector, which ends its lock. */
const held = new Set<DatabaseSync>();

function hold(path: string, lock: DatabaseSync): DataDir {
  held.add(lock);
  return {
    path,
    release() {
      if (held.delete(lock)) lock.close();
    },
  };
}

/** SQLite's result code for a lock that somebody else holds. */
const SQLITE_BUSY = 5;

/**
 * Takes the directory. The lock is an open transaction on a small file, so that it ends with the process however that ends
 * (a pid file would go stale). Throws DATA_DIR_LOCKED or DATA_DIR_UNUSABLE.
 */
export function takeDataDir(path: string): DataDir {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(path, { recursive: true });
    lock = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    // A write makes sure that the directory takes one: BEGIN alone would pass on a read-only file system.
    lock.exec('CREATE TABLE IF NOT EXISTS taken (process INTEGER)');
    return hold(path, lock);
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new KmodelError(
        'DATA_DIR_LOCKED',
        `another process uses the data directory ${path}: stop it, or set another :data-dir`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new KmodelError(
      'DATA_DIR_UNUSABLE',
      `the data directory ${path} can't be used (${reason}): make it writable, or set another :data-dir`,
    );
  }
}

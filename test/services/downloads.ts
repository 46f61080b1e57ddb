/** Where downloads are kept between runs: `kmodel` in XDG_CACHE_HOME, else in ~/.cache. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const ASK_AGAIN_MS = 200;
const SQLITE_BUSY = 5;

/** The folder of all kept downloads; made when missing. */
export function downloadsFolder(): string {
  const set = process.env['XDG_CACHE_HOME'];
  const folder = join(set === undefined || set === '' ? join(homedir(), '.cache') : set, 'kmodel');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Whether a download is there already, whole. */
export function isDownloaded(name: string): boolean {
  return existsSync(join(downloadsFolder(), name));
}

/**
 * The folder of a download; made by `fill` when it isn't there yet. It appears whole or not at all (filled beside, then
 * renamed), and of several processes one fills it while the others wait.
 */
export async function downloaded(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const all = downloadsFolder();
  const folder = join(all, name);
  if (existsSync(folder)) return folder;
  return await alone(all, async () => {
    if (existsSync(folder)) return folder;
    // Nobody else is filling one now: these are of processes that were killed.
    const remains = readdirSync(all).filter((other) => other.startsWith(`${name}.part-`));
    for (const other of remains) rmSync(join(all, other), { recursive: true, force: true });
    const beside = mkdtempSync(join(all, `${name}.part-`));
    try {
      await fill(beside);
      renameSync(beside, folder);
    } finally {
      rmSync(beside, { recursive: true, force: true });
    }
    return folder;
  });
}

/** One process at a time; SQLite's lock is the kernel's, so it is free again when its holder dies. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    while (!begin(lock)) await sleep(ASK_AGAIN_MS);
    return await work();
  } finally {
    lock.close();
  }
}

function begin(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

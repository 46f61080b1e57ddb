/** A download is there whole or not at all, and made once. */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { downloaded, downloadsFolder, isDownloaded } from './downloads.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kmodel-downloads-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test('of many who want it at once, one fetches it', async () => {
  let fetched = 0;
  const fill = async (folder: string): Promise<void> => {
    fetched++;
    await sleep(100);
    writeFileSync(join(folder, 'file'), 'whole');
  };
  const folders = await Promise.all([1, 2, 3].map(async () => await downloaded('it', fill)));
  expect(fetched).toBe(1);
  expect(new Set(folders).size).toBe(1);
  expect(readFileSync(join(folders[0]!, 'file'), 'utf8')).toBe('whole');
});

test('one that failed leaves nothing, and is tried again', async () => {
  await expect(downloaded('it', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(isDownloaded('it')).toBe(false);
  expect(readdirSync(downloadsFolder()).filter((name) => name.startsWith('it'))).toEqual([]);
  await downloaded('it', () => Promise.resolve());
  expect(isDownloaded('it')).toBe(true);
});

test('the half of a killed process is removed', async () => {
  mkdirSync(join(downloadsFolder(), 'it.part-abc'));
  await downloaded('it', () => Promise.resolve());
  expect(readdirSync(downloadsFolder()).filter((name) => name.startsWith('it'))).toEqual(['it']);
});

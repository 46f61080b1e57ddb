import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { takeDataDir } from './data-dir.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kmodel-data-dir-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) {
    collect();
    await nextTurn();
  }
}

test('a directory is taken until it is released, also where nobody keeps what taking it answered', async () => {
  takeDataDir(join(folder, 'forgotten'));
  await collectGarbage();
  expect(() => takeDataDir(join(folder, 'forgotten'))).toThrow(expect.objectContaining({ code: 'DATA_DIR_LOCKED' }));

  const taken = takeDataDir(join(folder, 'kept'));
  expect(() => takeDataDir(taken.path)).toThrow(expect.objectContaining({ code: 'DATA_DIR_LOCKED' }));
  taken.release();
  taken.release();
  takeDataDir(taken.path).release();
});

test('a directory that can not be taken leaves no file open', () => {
  const taken = takeDataDir(folder);
  const closed = vi.spyOn(DatabaseSync.prototype, 'close');
  expect(() => takeDataDir(folder)).toThrow(expect.objectContaining({ code: 'DATA_DIR_LOCKED' }));
  expect(closed).toHaveBeenCalledTimes(1);
  closed.mockRestore();
  taken.release();
});

/** Nothing outlives the process that started it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

/** A process that keeps a folder and another process, which ignores every signal that can be ignored. */
const OWNER = `
import { spawn } from 'node:child_process';
import { drop, keep } from ${JSON.stringify(new URL('keeper.ts', import.meta.url).href)};
const [folder, mode] = process.argv.slice(1);
const child = spawn('sh', ['-c', "trap '' INT TERM HUP; while :; do sleep 0.2; done"], { detached: true, stdio: 'ignore' });
keep({ kind: 'process', pid: child.pid });
keep({ kind: 'folder', path: folder });
if (mode === 'drop') {
  drop({ kind: 'process', pid: child.pid });
  drop({ kind: 'folder', path: folder });
}
console.log(child.pid);
if (mode === 'exit') process.exit(0);
setInterval(() => undefined, 1000);
`;

interface Owner {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly folder: string;
}

async function owner(mode: 'stay' | 'exit' | 'drop'): Promise<Owner> {
  const folder = mkdtempSync(join(tmpdir(), 'kmodel-keeper-'));
  const child = spawn(process.execPath, ['--input-type=module', '--eval', OWNER, folder, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, pid: Number(line.toString()), folder };
}

function lives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function goneWithin(ms: number, { pid, folder }: Owner): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline && (lives(pid) || existsSync(folder))) await sleep(20);
  return !lives(pid) && !existsSync(folder);
}

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('after a %s nothing is left', async (signal) => {
  const owned = await owner('stay');
  expect(lives(owned.pid)).toBe(true);
  owned.process.kill(signal);
  expect(await goneWithin(10_000, owned)).toBe(true);
});

test('after an ordinary end nothing is left', async () => {
  expect(await goneWithin(10_000, await owner('exit'))).toBe(true);
});

test('what was dropped is left alone', async () => {
  const owned = await owner('drop');
  owned.process.kill('SIGKILL');
  expect(await goneWithin(500, owned)).toBe(false);
  expect(lives(owned.pid) && existsSync(owned.folder)).toBe(true);
  process.kill(-owned.pid, 'SIGKILL');
  rmSync(owned.folder, { recursive: true });
});

/**
 * Builds the web app into dist/web, but only where that is stale: a source file, a folder of them (a file went away) or
 * package-lock.json is newer than the last build. Fresh, it says nothing and takes some milliseconds.
 */
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'app/web');
const built = join(root, 'dist/web/index.html');
const stamp = join(root, '.cache/web-built');

/** When anything under the folder changed last, in milliseconds since the epoch. */
function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
  });
  return Math.max(statSync(folder).mtimeMs, ...times);
}

function isFresh(): boolean {
  if (!existsSync(built) || !existsSync(stamp)) return false;
  const changed = Math.max(newest(source), statSync(join(root, 'package-lock.json')).mtimeMs);
  return changed < statSync(stamp).mtimeMs;
}

async function build(): Promise<void> {
  // The stamp carries the time before the build: what is edited meanwhile is stale again.
  const began = new Date();
  const vite = await import('vite');
  await vite.build({ configFile: join(source, 'vite.config.ts'), logLevel: 'error' });
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
  process.stderr.write(`built the web app in ${((Date.now() - began.getTime()) / 1000).toFixed(1)} s\n`);
}

if (!isFresh()) await build();

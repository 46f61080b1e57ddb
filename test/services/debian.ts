/**
 * Redis 7 out of Debian's packages (and its children's), without root and without installing anything: the packages are
 * fetched and unpacked among our downloads.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { downloaded, isDownloaded } from './downloads.ts';
import { REDIS_FROM_APT } from './order.ts';
import { run } from './run.ts';

const WITHIN_MS = 300_000;
const LISTS = 'lists';
const PACKAGES = 'packages';

/** apt with lists of its own, so that nothing of the system's is touched, and the system's may be empty. */
function aptOptions(folder: string): readonly string[] {
  const options = [
    `Dir::State::Lists=${join(folder, LISTS)}`,
    `Dir::Cache=${join(folder, PACKAGES)}`,
    'Debug::NoLocking=1',
    // Downloads as ourselves: apt's own user could not write into our folder.
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
  ];
  return options.flatMap((option) => ['-o', option]);
}

/** The server, and the environment that shows it its libraries. */
export async function redisFromApt(): Promise<{ command: string; env: Record<string, string> }> {
  if (!isDownloaded(REDIS_FROM_APT)) process.stderr.write('kmodel: downloading Redis 7 from Debian packages, once\n');
  const folder = await downloaded(REDIS_FROM_APT, fetchRedis);
  // Libraries come only when the machine lacks them.
  const libraries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.includes('.so'))
    .map((entry) => entry.parentPath);
  return { command: join(folder, 'redis-server'), env: { LD_LIBRARY_PATH: [...new Set(libraries)].join(':') } };
}

async function fetchRedis(folder: string): Promise<void> {
  mkdirSync(join(folder, LISTS, 'partial'), { recursive: true });
  mkdirSync(join(folder, PACKAGES, 'archives', 'partial'), { recursive: true });
  const apt = async (...args: readonly string[]): Promise<string> =>
    await run('apt-get', [...aptOptions(folder), '--quiet', ...args], { cwd: folder, withinMs: WITHIN_MS });
  await apt('update');
  // What an installation would bring: the server (Debian has its program in redis-tools) and the libraries missing here.
  const planned = await apt('install', '--simulate', '--no-install-recommends', 'redis-server');
  const packages = new Set([...planned.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!));
  await apt('download', ...packages.add('redis-server').add('redis-tools'));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['--extract', file, folder], { cwd: folder });
    rmSync(join(folder, file));
  }
  for (const name of [LISTS, PACKAGES]) rmSync(join(folder, name), { recursive: true });
  const program = ['redis-server', 'redis-check-rdb'].find((name) => existsSync(join(folder, 'usr', 'bin', name)));
  if (program === undefined) throw new Error('the packages hold no redis-server');
  symlinkSync(join('usr', 'bin', program), join(folder, 'redis-server'));
}

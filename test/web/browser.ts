/**
 * A real Chromium for the tests: CHROMIUM_PATH, else the system's, else the one that the npm package @sparticuz/chromium
 * carries. That one is unpacked once, into .cache, and needs neither root nor a download.
 */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = join(ROOT, 'node_modules/@sparticuz/chromium');
const SYSTEM = ['/usr/bin/chromium', '/usr/bin/google-chrome'];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Chromium {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts Chromium; close it after use. */
export async function launchChromium(): Promise<Browser> {
  const { path, env } = await findChromium();
  return await chromium.launch({ executablePath: path, args: FLAGS, env: { ...definedEnv(), ...env } });
}

async function findChromium(): Promise<Chromium> {
  const path = process.env['CHROMIUM_PATH'] ?? SYSTEM.find((candidate) => existsSync(candidate));
  return path === undefined ? await unpackChromium() : { path, env: {} };
}

async function unpackChromium(): Promise<Chromium> {
  if (!existsSync(PACKAGE))
    throw new Error('no Chromium: set CHROMIUM_PATH, or run npm install to get @sparticuz/chromium');
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const folder = join(ROOT, '.cache', `chromium-${version}`);
  const path = join(folder, 'chromium');
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    await unpack('chromium.br', path, 0o755);
  }
  const lacking = await lacksLibraries(path);
  return { path, env: lacking ? { LD_LIBRARY_PATH: await unpackLibraries(folder) } : {} };
}

// Several test files may unpack at once: each writes a file of its own, and the last rename wins.
async function unpack(name: string, target: string, mode: number): Promise<void> {
  const partial = `${target}.${process.pid}.${Date.now()}`;
  const packed = createReadStream(join(PACKAGE, 'bin', name));
  await pipeline(packed, createBrotliDecompress(), createWriteStream(partial, { mode }));
  await rename(partial, target);
}

async function lacksLibraries(path: string): Promise<boolean> {
  try {
    return (await run('ldd', [path])).stdout.includes('not found');
  } catch {
    return true;
  }
}

/** The package carries the libraries that a machine without any browser may lack. */
async function unpackLibraries(folder: string): Promise<string> {
  const libraries = join(folder, 'lib');
  if (existsSync(libraries)) return libraries;
  const archive = join(folder, `libraries.${process.pid}.tar`);
  const partial = `${libraries}.${process.pid}`;
  await unpack('al2023.tar.br', archive, 0o644);
  await mkdir(partial, { recursive: true });
  await run('tar', ['-xf', archive, '-C', partial, '--strip-components=1']);
  await rm(archive);
  try {
    await rename(partial, libraries);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(libraries)) throw error;
    await rm(partial, { recursive: true });
  }
  return libraries;
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

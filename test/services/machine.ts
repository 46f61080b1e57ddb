/** Looks at this machine: what could give us a Kafka or a Redis (order.ts decides). */
import { readdirSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { join } from 'node:path';
import { downloadsFolder } from './downloads.ts';
import type { Found } from './order.ts';
import { onPath, run } from './run.ts';

/** `given` is the address that the environment gives for the service in question. */
export async function lookAround(given: string | undefined): Promise<Found> {
  return {
    given: given === undefined || given === '' ? undefined : given,
    java: await newestJava(),
    maven: onPath('mvn') !== undefined,
    docker: onPath('docker') !== undefined,
    apt: onPath('apt-get') !== undefined && onPath('dpkg') !== undefined,
    downloads: new Set(readdirSync(downloadsFolder())),
    redis: await redisOnPath(),
    system: { platform, arch },
  };
}

/** The newer one of JAVA_HOME's Java and the PATH's. */
async function newestJava(): Promise<Found['java']> {
  const home = process.env['JAVA_HOME'];
  const candidates = [home === undefined ? undefined : join(home, 'bin', 'java'), onPath('java')];
  let newest: Found['java'];
  for (const path of candidates) {
    if (path === undefined) continue;
    // It tells its version on stderr unless asked like this, and a macOS without Java has a program that only complains.
    const told = await run(path, ['--version']).catch(() => '');
    const version = Number(/^\S+ (\d+)/m.exec(told)?.[1] ?? 0);
    if (version > (newest?.version ?? 0)) newest = { path, version };
  }
  return newest;
}

async function redisOnPath(): Promise<Found['redis']> {
  const servers: { path: string; version: string }[] = [];
  for (const path of [onPath('redis-server'), onPath('valkey-server')]) {
    if (path === undefined) continue;
    const version = await redisVersion(path).catch(() => undefined);
    if (version !== undefined) servers.push({ path, version });
  }
  return servers;
}

/** What the server says about its version, such as `7.0.15`. */
export async function redisVersion(path: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const told = await run(path, ['--version'], { env: { ...process.env, ...env } });
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(told)?.[1];
  if (version === undefined) throw new Error(`${path} --version says ${JSON.stringify(told)}`);
  return version;
}

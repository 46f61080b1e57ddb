/** A test's process that is killed leaves no server and no folder behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isFree } from './ports.ts';
import { ownKafka, ownRedis } from './shared.ts';

const STARTER = `
import { startKafka } from ${JSON.stringify(new URL('kafka.ts', import.meta.url).href)};
import { startRedis } from ${JSON.stringify(new URL('redis.ts', import.meta.url).href)};
const [kafka, redis] = await Promise.all([startKafka(), startRedis()]);
console.log(JSON.stringify([kafka.address.split(':')[1], new URL(redis.uri).port].map(Number)));
setInterval(() => undefined, 1000);
`;

test.skipIf(ownKafka().length === 0 || ownRedis().length === 0)(
  'after a SIGKILL of the process that started them, both ports are free and the folders are gone',
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kmodel-left-'));
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', STARTER], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const ports = JSON.parse(line.toString()) as readonly number[];
    const allFree = async (): Promise<boolean> => (await Promise.all(ports.map(isFree))).every((free) => free);
    expect(await Promise.all(ports.map(isFree))).toEqual([false, false]);
    expect(readdirSync(folder).filter((name) => name.startsWith('kmodel-'))).toHaveLength(2);
    starter.kill('SIGKILL');
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline && !((await allFree()) && readdirSync(folder).length === 0)) await sleep(50);
    expect(await allFree()).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    rmdirSync(folder);
  },
);

/** An operator's commands to a running `kmodel start`: only who can read the data directory may give them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { WireStatus } from '../../src/http/wire.ts';
import { listAll, ready, type Running, startProcess, temporaryFolder } from './process.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
let running: Running | undefined;

afterEach(async () => {
  if (running?.process.exitCode === null && running.process.signalCode === null) await running.kill('SIGKILL');
  running = undefined;
});

async function kmodel(dataDir: string, ...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, KMODEL_DATA_DIR: dataDir } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

async function generation(url: string): Promise<unknown> {
  const { models } = (await (await fetch(`${url}/status`)).json()) as WireStatus;
  return (models[0]!.view as { generation: string }).generation;
}

test('rebuild and recover ask the process whose data directory can be read', async () => {
  const dataDir = temporaryFolder();
  running = await startProcess(dataDir);
  const { url } = running;
  await ready(url);
  for (const title of ['One', 'Two'])
    await fetch(`${url}/api/job`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title, company: 'Acme', description: 'd' }),
    });
  await expect.poll(async () => (await listAll(url, '/api/job')).length).toBe(2);
  const before = await generation(url);

  const file = join(dataDir, 'operate.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const done = await kmodel(dataDir, 'rebuild', 'job');
  expect(done).toMatchObject({ code: 0, text: expect.stringMatching(/^job: generation \S+ is begun/) });
  await expect.poll(async () => await generation(url)).not.toBe(before);
  await ready(url);
  expect((await listAll(url, '/api/job')).length).toBe(2);

  const refused = await kmodel(dataDir, 'recover');
  expect(refused).toMatchObject({ code: 1, text: expect.stringMatching(/^kmodel: expected a view that is held/) });
  const unknown = await kmodel(dataDir, 'rebuild', 'jobs');
  expect(unknown).toMatchObject({ code: 1, text: expect.stringMatching(/expected one of the models job, found jobs/) });

  expect(await running.kill('SIGTERM')).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test('without the token there is no such address, and a process that is gone is told apart', async () => {
  const dataDir = temporaryFolder();
  running = await startProcess(dataDir);
  const { url } = running;
  await ready(url);
  const before = await generation(url);
  const { token } = JSON.parse(readFileSync(join(dataDir, 'operate.json'), 'utf8')) as { token: string };
  const body = JSON.stringify({ command: { kind: 'rebuild', acceptLoss: true } });
  for (const authorization of [undefined, 'Bearer ', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token]) {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await fetch(`${url}/operate`, { method: 'POST', headers, body });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'NOT_FOUND']);
  }
  const garbled = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
  expect((await fetch(`${url}/operate`, { ...garbled, body: '{' })).status).toBe(400);
  expect((await fetch(`${url}/operate`, { ...garbled, body: '{"command":{"kind":"drop"}}' })).status).toBe(409);
  expect(await generation(url)).toBe(before);

  await running.kill('SIGKILL');
  const gone = await kmodel(dataDir, 'rebuild');
  expect(gone).toMatchObject({ code: 1, text: expect.stringMatching(/does not answer .*start it/) });
});

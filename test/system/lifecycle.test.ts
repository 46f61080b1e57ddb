/** Starting and stopping: ready means that reads work, a failed start leaves nothing behind, a signal is heard early. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { job } from '../../app/job.ts';
import { defineModel, startKmodel, type KmodelOptions } from '../../src/index.ts';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { partitionOf } from '../../src/log/partitioner.ts';
import { HEADER_CREATED, utf8 } from '../../src/model/record.ts';
import { makeGate, startHeld, type Held } from './held-view.ts';
import { ready, temporaryFolder } from './process.ts';

const root = temporaryFolder();
let folders = 0;
let held: Held | undefined;

function newFolder(): string {
  return join(root, String((folders += 1)));
}

afterEach(async () => {
  await held?.close();
  held = undefined;
});

const baker = { title: 'Baker', company: 'Mill', description: 'Bread at night' };

describe('ready means that reads work', () => {
  test('an empty board is not ready before its view can answer', async () => {
    const gate = makeGate();
    gate.shut();
    held = await startHeld(job, join(newFolder(), 'job'), gate);
    await gate.held();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const readiness = await fetch(`${held.url}/health/ready`);
    expect((await fetch(`${held.url}/api/job`)).status).toBe(503);
    expect(readiness.status).toBe(503);
    expect(await readiness.text()).not.toContain('"phase":"live"');
    gate.open();
    await ready(held.url);
    expect((await fetch(`${held.url}/api/job`)).status).toBe(200);
  });

  test('a view that was thrown away under a running board is not ready until it is complete again', async () => {
    const gate = makeGate();
    held = await startHeld(job, join(newFolder(), 'job'), gate);
    await ready(held.url);
    const { generation } = await held.view.describe();
    gate.shut();
    await held.view.begin(generation!, generation!.id);
    expect((await fetch(`${held.url}/api/job`)).status).toBe(503);
    expect((await fetch(`${held.url}/health/ready`)).status).toBe(503);
    gate.open();
    await ready(held.url, 5_000);
    expect((await fetch(`${held.url}/api/job`)).status).toBe(200);
  });
});

describe('what a process acknowledged before a crash, and the view had not seen', () => {
  const CREATED = 1_700_000_000_000;

  /** A board whose view holds nothing of the log's newest records, with the worker held back. */
  async function startBehind(): Promise<Held> {
    const directory = join(newFolder(), 'job');
    const gate = makeGate();
    const first = await startHeld(job, directory, gate);
    await ready(first.url);
    await first.close();
    const log = await openEmbeddedLog({ directory, partitions: job.partitions });
    const records = ['removed', 'changed'].map((id) => {
      const key = utf8(id);
      const partition = partitionOf(key, job.partitions, job.partitioner);
      const headers = { [HEADER_CREATED]: String(CREATED) };
      return { partition, key, value: utf8(JSON.stringify(baker)), headers, timestamp: CREATED };
    });
    expect((await log.append(records)).kind).toBe('appended');
    await log.close();
    gate.shut();
    return startHeld(job, directory, gate);
  }

  test('is deleted and changed like any other', async () => {
    held = await startBehind();
    const { url, gate } = held;
    const removed = `${url}/api/job/removed`;
    const behind = await fetch(removed, { method: 'DELETE', headers: { prefer: 'wait=1' } });
    expect(behind.status).toBe(503);
    expect(await behind.json()).toMatchObject({ code: 'VIEW_BEHIND' });

    const headers = { 'content-type': 'application/json' };
    const deleting = fetch(removed, { method: 'DELETE' });
    const putting = fetch(`${url}/api/job/changed`, { method: 'PUT', headers, body: JSON.stringify(baker) });
    setTimeout(() => gate.open(), 100);
    expect((await deleting).status).toBe(204);
    const put = await putting;
    expect(put.status).toBe(200);
    expect(await put.json()).toMatchObject({ createdAt: new Date(CREATED).toISOString() });
  });
});

describe('a start that fails', () => {
  const schema = z.strictObject({ text: z.string() });

  test('leaves no worker behind: nothing goes on, and the directory can be used', async () => {
    const dataDir = join(newFolder(), 'data');
    const other = await openEmbeddedLog({ directory: join(dataDir, 'second'), partitions: 3 });
    await other.close();
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const logger = pino({ level: 'warn' }, sink);
    const first = defineModel({ name: 'first', schema });
    const models = [first, defineModel({ name: 'second', schema })];
    const starting = startKmodel({ models, dataDir, http: { port: 0 }, logger });
    await expect(starting).rejects.toMatchObject({ code: 'LOG_MISMATCH' });
    const { user } = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.cpuUsage().user - user).toBeLessThan(250_000);
    expect(lines).toEqual([]);
    const running = await startKmodel({ models: [first], dataDir, http: { port: 0 }, logger });
    await ready(running.url);
    await running.close();
  });

  test.each([
    [{ deleteRetentionMs: 0 }, 'compaction.deleteRetentionMs', '60000'],
    [{ deleteRetentionMs: 59_999 }, 'compaction.deleteRetentionMs', '60000'],
    [{ minCompactionLagMs: -1 }, 'compaction.minCompactionLagMs', 'from 0'],
    [{ minCompactionLagMs: 0.5 }, 'compaction.minCompactionLagMs', 'whole'],
  ])('%j: so short a retention could keep reads from ever working', async (compaction, name, expected) => {
    const dataDir = join(newFolder(), 'data');
    const options: KmodelOptions = { models: [job], dataDir, http: { port: 0 }, compaction, logger: false };
    const failure = await startKmodel(options).catch((error: unknown) => error as Error & { code?: string });
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(name) });
    expect((failure as Error).message).toContain(expected);
  });
});

describe('a stop', () => {
  test('ends reads that wait, and is answered once all is freed, however often it is asked for', async () => {
    const dataDir = join(newFolder(), 'data');
    const running = await startKmodel({ models: [job], dataDir, http: { port: 0 }, logger: false });
    await ready(running.url);
    const headers = { 'kmodel-position': '0=1000000', prefer: 'wait=30' };
    const waiting = fetch(`${running.url}/api/job`, { headers });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = performance.now();
    await Promise.all([running.close(), running.close()]);
    expect(performance.now() - began).toBeLessThan(4_000);
    const answer = await waiting;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'SHUTTING_DOWN' });
    await (await startKmodel({ models: [job], dataDir, http: { port: 0 }, logger: false })).close();
  });

  test.each([
    ['while the app is loaded', "process.kill(process.pid, 'SIGTERM');"],
    ['while files are opened', "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 5);"],
    ['while files are opened, by Ctrl-C', "setTimeout(() => process.kill(process.pid, 'SIGINT'), 5);"],
  ])('by a signal %s is a clean one', async (_, send) => {
    const folder = newFolder();
    const app = join(folder, 'app.mjs');
    const library = new URL('../../src/index.ts', import.meta.url).href;
    const zod = import.meta.resolve('zod');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      app,
      `import { defineModel } from ${JSON.stringify(library)};
       import { z } from ${JSON.stringify(zod)};
       export const note = defineModel({ name: 'note', schema: z.strictObject({ text: z.string() }) });
       ${send}`,
    );
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../src/cli.ts', import.meta.url)), 'start'], {
      env: { ...process.env, KMODEL_APP: app, KMODEL_DATA_DIR: join(folder, 'data'), KMODEL_HTTP_PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect({ code, signal, printed }).toEqual({ code: 0, signal: null, printed: '' });
  });
});

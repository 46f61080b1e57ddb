/** I7: the view can be thrown away at any time; while none is complete, reads answer 503 and never an empty list. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { job } from '../../app/job.ts';
import { defineModel, startKmodel, type Kmodel, type Model } from '../../src/index.ts';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { partitionOf } from '../../src/log/partitioner.ts';
import { utf8 } from '../../src/model/record.ts';
import { openEmbeddedView } from '../../src/view/embedded/embedded-view.ts';
import type { View, ViewDescription } from '../../src/view/view.ts';
import { makeGate, startHeld, type Held } from './held-view.ts';
import { listAll, ready, temporaryFolder } from './process.ts';

const RECORDS = 6_000;
let running: Kmodel | undefined;
let held: Held | undefined;

afterEach(stop);

async function start(dataDir: string, model: Model = job): Promise<string> {
  running = await startKmodel({ models: [model], dataDir, http: { port: 0 }, logger: false });
  return running.url;
}

async function stop(): Promise<void> {
  await Promise.all([running?.close(), held?.close()]);
  running = undefined;
  held = undefined;
}

async function fill(dataDir: string): Promise<void> {
  const log = await openEmbeddedLog({ directory: join(dataDir, 'job'), partitions: job.partitions });
  const records = Array.from({ length: RECORDS }, (_, n) => {
    const key = utf8(`id-${n}`);
    const fields = { title: `Job ${n}`, company: `Company ${n % 7}`, description: 'words '.repeat(50) };
    const partition = partitionOf(key, job.partitions, job.partitioner);
    return { partition, key, value: utf8(JSON.stringify(fields)), headers: {}, timestamp: 1_700_000_000_000 + n };
  });
  expect((await log.append(records)).kind).toBe('appended');
  await log.close();
}

async function removeDatabase(dataDir: string, name: 'log' | 'view'): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(join(dataDir, 'job', `${name}.db${suffix}`), { force: true });
}

/** Looks at the view of a board that is not running. */
async function lookAtView<T>(dataDir: string, look: (view: View) => Promise<T>): Promise<T> {
  const directory = join(dataDir, 'job');
  const view = await openEmbeddedView({
    directory,
    filters: ['company', 'location', 'tag'],
    sorts: [],
    partitionOf: () => 0,
  });
  try {
    return await look(view);
  } finally {
    await view.close();
  }
}

function checksum(dataDir: string): Promise<string> {
  return lookAtView(dataDir, (view) => view.checksum());
}

function describeView(dataDir: string): Promise<ViewDescription> {
  return lookAtView(dataDir, (view) => view.describe());
}

test('a deleted view is built anew, with the same checksum; until then reads answer 503', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  await fill(dataDir);
  await ready(await start(dataDir));
  await stop();
  const before = await checksum(dataDir);
  await removeDatabase(dataDir, 'view');

  const gate = makeGate();
  gate.shut(3);
  held = await startHeld(job, join(dataDir, 'job'), gate);
  const { url } = held;
  await gate.held();
  for (const path of ['/api/job', '/api/job/id-5', '/api/job/none', '/api/job?q=words']) {
    const answer = await fetch(`${url}${path}`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'VIEW_NOT_READY' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);

  gate.open();
  await ready(url);
  expect(await listAll(url, '/api/job')).toHaveLength(RECORDS);
  await stop();
  expect(await checksum(dataDir)).toBe(before);
});

test('a stop in the middle of a replay loses nothing and goes on where it was', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  await fill(dataDir);
  const gate = makeGate();
  gate.shut(3);
  held = await startHeld(job, join(dataDir, 'job'), gate);
  await gate.held();
  gate.breakDown();
  const began = performance.now();
  await stop();
  expect(performance.now() - began).toBeLessThan(10_000);

  const middle = await describeView(dataDir);
  const seen = [...middle.partitions.values()].reduce((sum, { checkpoint }) => sum + checkpoint, 0);
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(RECORDS);
  expect([...middle.partitions.values()].every(({ live }) => live)).toBe(false);

  const url = await start(dataDir);
  await ready(url);
  expect(await listAll(url, '/api/job')).toHaveLength(RECORDS);
  await stop();
  expect((await describeView(dataDir)).generation).toEqual(middle.generation);
});

test('a changed definition rebuilds the view by itself', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const schema = z.strictObject({ text: z.string(), kind: z.string().optional() });
  const url = await start(dataDir, defineModel({ name: 'note', schema, search: ['text'] }));
  await ready(url);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ text: 'hello', kind: 'greeting' });
  expect((await fetch(`${url}/api/note`, { method: 'POST', headers, body })).status).toBe(201);
  expect((await fetch(`${url}/api/note?kind=greeting`)).status).toBe(400);
  await stop();

  const indexed = defineModel({ name: 'note', schema, search: ['text'], indexes: { kind: { filter: 'kind' } } });
  const again = await start(dataDir, indexed);
  await ready(again);
  expect(await listAll(again, '/api/note', { kind: 'greeting' })).toMatchObject([{ text: 'hello' }]);
});

test('another log under the view: the view follows it, and a position of the former log gets 409', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  await fill(dataDir);
  const url = await start(dataDir);
  await ready(url);
  const position = (await fetch(`${url}/api/job`)).headers.get('kmodel-position')!;
  await stop();
  await removeDatabase(dataDir, 'log');
  const again = await start(dataDir);
  await ready(again);
  expect(await listAll(again, '/api/job')).toEqual([]);
  const answer = await fetch(`${again}/api/job`, { headers: { 'kmodel-position': position } });
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ code: 'POSITION_OF_OTHER_LOG' });
});

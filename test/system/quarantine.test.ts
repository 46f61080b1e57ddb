/** I6: records that can't be applied stop nothing, are counted where people look, and cost no entity its good value. */
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { job } from '../../app/job.ts';
import { startKmodel, type Kmodel } from '../../src/index.ts';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { partitionOf } from '../../src/log/partitioner.ts';
import { utf8 } from '../../src/model/record.ts';
import { listAll, ready, temporaryFolder } from './process.ts';

const dataDir = join(temporaryFolder(), 'data');
const lines: string[] = [];
const sink = new Writable({
  write(chunk: Buffer, _, done) {
    lines.push(chunk.toString());
    done();
  },
});

async function start(): Promise<Kmodel> {
  const logger = pino({ level: 'warn' }, sink);
  const running = await startKmodel({ models: [job], dataDir, http: { port: 0 }, logger });
  await ready(running.url);
  return running;
}

async function put(url: string, id: string, title: string): Promise<void> {
  const body = JSON.stringify({ title, company: 'Mill', description: 'Bread' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/job/${id}`, { method: 'PUT', headers, body });
  expect(answer.ok, await answer.text()).toBe(true);
  const seen = await fetch(`${url}/api/job/${id}`, {
    headers: { 'kmodel-position': answer.headers.get('kmodel-position')! },
  });
  expect(seen.status).toBe(200);
}

/** What another program may write to the same log. */
async function appendRaw(
  records: readonly { key: Uint8Array; value: Uint8Array | null; partition?: number }[],
): Promise<void> {
  const log = await openEmbeddedLog({ directory: join(dataDir, 'job'), partitions: job.partitions });
  const complete = records.map(({ key, value, partition }) => ({
    partition: partition ?? partitionOf(key, job.partitions, job.partitioner),
    key,
    value,
    headers: {},
    timestamp: Date.now(),
  }));
  expect((await log.append(complete)).kind).toBe('appended');
  await log.close();
}

async function quarantined(url: string): Promise<number> {
  const body = (await (await fetch(`${url}/health/ready`)).json()) as { models: { job: { quarantined: number } } };
  return body.models.job.quarantined;
}

test('bad records among good ones', async () => {
  const first = await start();
  await put(first.url, 'keeps', 'Good value');
  await first.close();

  const good = utf8(JSON.stringify({ title: 'By others', company: 'Elsewhere', description: 'No header of ours' }));
  const wrong = (partitionOf(utf8('strayed'), job.partitions, job.partitioner) + 1) % job.partitions;
  await appendRaw([
    { key: utf8('keeps'), value: utf8('{"title":') },
    { key: utf8('foreign'), value: good },
    { key: utf8('broken'), value: utf8('{"title":"only"}') },
    { key: new Uint8Array([0xff]), value: good },
    { key: utf8('strayed'), value: good, partition: wrong },
  ]);

  const second = await start();
  const shown = await listAll(second.url, '/api/job');
  expect(new Map(shown.map(({ id, title }) => [id, title]))).toEqual(
    new Map([
      ['foreign', 'By others'],
      ['keeps', 'Good value'],
    ]),
  );
  expect(await quarantined(second.url)).toBe(4);
  const warnings = lines.join('');
  for (const reason of ['JSON', 'SCHEMA', 'KEY', 'WRONG_PARTITION']) expect(warnings).toContain(reason);
  expect(warnings).toContain('"quarantined":1');
  // Whose they are, too.
  for (const key of ['"text":"keeps"', '"text":"broken"', '"base64":"/w=="', '"text":"strayed"'])
    expect(warnings).toContain(key);

  await put(second.url, 'keeps', 'Mended');
  await put(second.url, 'broken', 'Mended too');
  expect(await quarantined(second.url)).toBe(2);
  await second.close();

  const third = await start();
  expect(await quarantined(third.url)).toBe(2);
  expect((await listAll(third.url, '/api/job')).map(({ title }) => String(title)).sort()).toEqual([
    'By others',
    'Mended',
    'Mended too',
  ]);
  await third.close();
});

/** What the server answers, with the position that it is true for. */
async function ask(url: string, method: string, path: string, body?: string) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.text();
  return {
    status: answer.status,
    position: answer.headers.get('kmodel-position'),
    body: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>),
  };
}

/** The keys in quarantine, with their reasons. */
async function listed(url: string): Promise<Readonly<Record<string, string>>> {
  const { body } = await ask(url, 'GET', '/status/job/quarantine');
  const items = body['items'] as { key: { text?: string; base64?: string }; reason: string }[];
  return Object.fromEntries(items.map(({ key, reason }) => [key.text ?? key.base64, reason]));
}

test('what is in quarantine can be seen and ended: by PUT, by DELETE, by a tombstone where it lies', async () => {
  const first = await start();
  await put(first.url, 'strayed-2', 'Good value');
  await first.close();
  const edn = '{:title "Old", :company "Mill", :description "From the original"}';
  const half = '{"title":"half \\ud83d","company":"Mill","description":"Bread"}';
  const stray = (key: string): number => (partitionOf(utf8(key), job.partitions, job.partitioner) + 1) % job.partitions;
  await appendRaw([
    { key: utf8('old'), value: utf8(edn) },
    { key: utf8('half'), value: utf8(half) },
    { key: utf8('unwanted'), value: utf8('[]') },
    { key: utf8(''), value: utf8('{}') },
    { key: utf8('strayed-2'), value: utf8('{}'), partition: stray('strayed-2') },
  ]);

  const second = await start();
  const { url } = second;
  const before = await listed(url);
  expect(before).toMatchObject({ old: 'JSON', half: 'SCHEMA', unwanted: 'SCHEMA', '': 'KEY' });
  expect(before['strayed-2']).toBe('WRONG_PARTITION');

  const old = await ask(url, 'GET', '/api/job/old');
  expect([old.status, old.body['code']]).toEqual([404, 'ENTITY_QUARANTINED']);
  expect(old.body['detail']).toContain('this is EDN');
  const partition = partitionOf(utf8('old'), job.partitions, job.partitioner);
  expect(old.position).toMatch(new RegExp(`(^|,)${partition}=[1-9]`));
  expect((await ask(url, 'GET', '/api/job/strayed-2')).body['title']).toBe('Good value');
  // What was refused there is refused here: what one reads can be put.
  expect((await ask(url, 'GET', '/api/job/half')).body['code']).toBe('ENTITY_QUARANTINED');
  expect((await ask(url, 'PUT', '/api/job/half', half)).body['code']).toBe('ENTITY_INVALID');

  // What the answers advise.
  await put(url, 'old', 'As JSON');
  expect((await ask(url, 'DELETE', '/api/job/unwanted')).status).toBe(204);
  expect((await ask(url, 'DELETE', '/api/job/unwanted')).body['code']).toBe('ENTITY_NOT_FOUND');
  await put(url, 'half', 'Whole');
  const after = await listed(url);
  expect([after['old'], after['unwanted'], after['half'], after['']]).toEqual([undefined, undefined, undefined, 'KEY']);
  await second.close();

  await appendRaw([
    { key: utf8(''), value: null },
    { key: new Uint8Array([0xff]), value: null },
    { key: utf8('strayed'), value: null, partition: stray('strayed') },
    { key: utf8('strayed-2'), value: null, partition: stray('strayed-2') },
  ]);
  const third = await start();
  expect(await listed(third.url)).toEqual({});
  expect(await quarantined(third.url)).toBe(0);
  expect((await ask(third.url, 'GET', '/status')).body['ok']).toBe(true);
  expect((await ask(third.url, 'GET', '/api/job/strayed-2')).body['title']).toBe('Good value');
  await third.close();
});

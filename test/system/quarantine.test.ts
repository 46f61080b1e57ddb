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
  records: readonly { key: Uint8Array; value: Uint8Array; partition?: number }[],
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

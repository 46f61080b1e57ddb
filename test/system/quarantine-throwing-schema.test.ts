/** I6: a schema whose checks throw stops neither the server nor a partition. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel, startKmodel } from '../../src/index.ts';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { utf8 } from '../../src/model/record.ts';
import { openEmbeddedView } from '../../src/view/embedded/embedded-view.ts';
import { listAll, ready, temporaryFolder } from './process.ts';

const link = defineModel({
  name: 'link',
  partitions: 1,
  schema: z.strictObject({
    url: z.string().refine((text) => new URL(text).protocol === 'https:'),
    tree: z.json().optional(),
  }),
});
const dataDir = join(temporaryFolder(), 'data');
const good = { url: 'https://example.org/' };
const deep = `{"url":"https://example.org/","tree":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

test('over HTTP such a value is refused; in the log such a record is quarantined', async () => {
  const options = { models: [link], dataDir, http: { port: 0 }, logger: false } as const;
  const first = await startKmodel(options);
  await ready(first.url);
  const headers = { 'content-type': 'application/json' };
  const bodies = [JSON.stringify({ url: 'no address' }), deep];
  for (const [method, path] of [
    ['POST', '/api/link'],
    ['PUT', '/api/link/a'],
  ] as const) {
    for (const body of bodies) {
      const answer = await fetch(`${first.url}${path}`, { method, headers, body });
      expect(answer.status).toBe(422);
      const problem = (await answer.json()) as { code: string; errors: { pointer: string }[] };
      expect(problem).toMatchObject({ code: 'ENTITY_INVALID', errors: [{ pointer: '' }] });
    }
  }
  const body = JSON.stringify(good);
  expect((await fetch(`${first.url}/api/link/kept`, { method: 'PUT', headers, body })).status).toBe(201);
  await first.close();

  const directory = join(dataDir, 'link');
  const log = await openEmbeddedLog({ directory, partitions: 1 });
  const values = [...bodies, body].map((text, n) => ({ key: utf8(`raw-${n}`), value: utf8(text) }));
  const raw = values.map((one) => ({ ...one, partition: 0, headers: {}, timestamp: Date.now() }));
  expect((await log.append(raw)).kind).toBe('appended');
  await log.close();

  const second = await startKmodel(options);
  await ready(second.url);
  expect((await listAll(second.url, '/api/link')).map(({ id }) => id).sort()).toEqual(['kept', 'raw-2']);
  await second.close();
  const view = await openEmbeddedView({ directory, filters: [], sorts: [], partitionOf: () => 0 });
  const { records: quarantined } = await view.quarantine(undefined, 10);
  await view.close();
  expect(quarantined.map(({ reason }) => reason)).toEqual(['SCHEMA', 'SCHEMA']);
  expect(quarantined[0]?.detail).toContain('could not check');
});

test('what the schema would change once more, or could not read again, is refused, and nothing is written', async () => {
  const growing = defineModel({
    name: 'growing',
    partitions: 1,
    schema: z.strictObject({
      text: z.string().overwrite((text) => (text === 'deep' ? text : `${text}!`)),
      tree: z.any().optional(),
    }),
  });
  const options = {
    models: [growing],
    dataDir: join(temporaryFolder(), 'data'),
    http: { port: 0 },
    logger: false,
  } as const;
  const running = await startKmodel(options);
  await ready(running.url);
  const tree = '['.repeat(4_000) + ']'.repeat(4_000);
  for (const [method, path] of [
    ['POST', '/api/growing'],
    ['PUT', '/api/growing/a'],
  ] as const) {
    for (const [body, message] of [
      ['{"text":"a"}', 'changes what it gave back itself'],
      [`{"text":"deep","tree":${tree}}`, 'nesting too deep'],
    ]) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${running.url}${path}`, { method, headers, body: body! });
      expect(answer.status).toBe(422);
      const problem = (await answer.json()) as { code: string; errors: { message: string }[] };
      expect([problem.code, problem.errors[0]?.message]).toEqual(['ENTITY_INVALID', expect.stringContaining(message!)]);
    }
  }
  expect(await listAll(running.url, '/api/growing')).toEqual([]);
  expect((await (await fetch(`${running.url}/status`)).json()) as object).toMatchObject({ ok: true });
  await running.close();
});

/** What an earlier version left on disk is opened by today's program, whole, also when that is killed meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../system/distributed/things.ts';
import { ready, type Running, startProcess, temporaryFolder } from '../system/process.ts';
import { ask, type Expected, type Job } from './expected.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const KILLS = 8;

describe.each(['0.1.0', '0.2.0'])('a data directory of version %s', (version) => {
  const made = fileURLToPath(new URL(version, import.meta.url));
  const expected = JSON.parse(readFileSync(join(made, 'expected.json'), 'utf8')) as Expected;

  /** A copy that may be written to. */
  function copy(): string {
    const folder = temporaryFolder();
    cpSync(made, folder, { recursive: true });
    return folder;
  }

  test('is opened, and every entity is as it was', { timeout: 300_000 }, async () => {
    const running = await startProcess(copy());
    await expectAll(running, expected);
    expect(await running.kill('SIGTERM')).toBe(0);
  });

  test(
    'goes on: a POST of then that is sent again is known, and what is written now stays',
    { timeout: 300_000 },
    async () => {
      const folder = copy();
      const { key, body, id } = expected.keyed;
      const first = await startProcess(folder);
      await ready(first.url);
      const again = await ask(first.url, 'POST', '', {
        body,
        headers: { 'idempotency-key': key, 'kmodel-position': expected.position },
      });
      expect(again).toMatchObject({ body: { id } });
      await expectAll(first, expected);
      const posted = await ask(first.url, 'POST', '', { body: { ...body, title: 'of today' } });
      expect(posted.status).toBe(201);
      const { id: newId } = posted.body as Job;
      expect((await ask(first.url, 'DELETE', `/${encodeURIComponent(id)}`)).status).toBe(204);
      expect(await first.kill('SIGTERM')).toBe(0);

      const second = await startProcess(folder);
      await ready(second.url);
      const headers = { 'kmodel-position': posted.position! };
      expect(await ask(second.url, 'GET', `/${newId}`, { headers })).toMatchObject({
        status: 200,
        body: { title: 'of today' },
      });
      expect((await ask(second.url, 'GET', `/${encodeURIComponent(id)}`)).status).toBe(404);
      expect(await second.kill('SIGTERM')).toBe(0);
    },
  );

  test('holds the same after starts that were killed at random moments', { timeout: 300_000 }, async () => {
    const seed = Date.now() % 1_000_000;
    const random = randomFrom(seed);
    const began = performance.now();
    const untouched = await startProcess(copy());
    const startMs = performance.now() - began;
    await untouched.kill('SIGKILL');

    const folder = copy();
    const moments: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      // The files are opened in the second half of a start.
      const afterMs = startMs * (0.4 + 0.8 * random());
      moments.push(Math.round(afterMs));
      await killedStart(folder, afterMs);
    }
    const running = await startProcess(folder);
    await expectAll(running, expected).catch((error: unknown) => {
      throw new Error(`seed ${seed}, killed after ${moments.join(', ')} ms of about ${startMs}`, { cause: error });
    });
    expect(await running.kill('SIGTERM')).toBe(0);
  });
});

/** Starts the program on the folder and kills it after so long, listening or not. */
async function killedStart(folder: string, afterMs: number): Promise<void> {
  const env = { ...process.env, KMODEL_DATA_DIR: folder, KMODEL_HTTP_PORT: '0', KMODEL_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [CLI, 'start'], { env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  await sleep(afterMs);
  child.kill('SIGKILL');
  expect(await gone).toEqual([null, 'SIGKILL']);
}

/** Where the newest record of an entity stands: a version begins with it, in whatever way it goes on. */
function placeOf(version: string): string | undefined {
  return /^"?(\d+-\d+)(?![0-9])/.exec(version)?.[1];
}

async function expectAll({ url }: Running, { position, entities, deleted }: Expected): Promise<void> {
  const headers = { 'kmodel-position': position, prefer: 'wait=30' };
  const { status, body } = await ask(url, 'GET', '?limit=100', { headers });
  expect(status).toBe(200);
  const withPlace = (job: Job) => ({ ...job, version: placeOf(job.version) });
  expect((body as { items: Job[] }).items.map(withPlace)).toEqual(entities.map(({ entity }) => withPlace(entity)));
  for (const { etag, entity } of entities) {
    const answer = await ask(url, 'GET', `/${encodeURIComponent(entity.id)}`, { headers });
    expect(withPlace(answer.body as Job)).toEqual(withPlace(entity));
    expect(answer.etag).toBe(`"${(answer.body as Job).version}"`);
    expect(placeOf(answer.etag!)).toBe(placeOf(etag));
  }
  for (const id of deleted) {
    expect((await ask(url, 'GET', `/${encodeURIComponent(id)}`, { headers })).status).toBe(404);
  }
  const { body: found } = await ask(url, 'GET', '?q=changed&limit=100', { headers });
  const changed = entities.filter(({ entity }) => entity.title.includes('changed')).map(({ entity }) => entity.id);
  expect((found as { items: Job[] }).items.map(({ id }) => id).sort()).toEqual(changed.sort());
}

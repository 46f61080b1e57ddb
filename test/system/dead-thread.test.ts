/** A thread that dies takes the process with it, and says why: nobody starts it again inside of a process that looks alive. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { job } from '../../app/job.ts';
import { startKmodel } from '../../src/index.ts';
import { ready, startProcess, temporaryFolder, type Running } from './process.ts';

const ACCIDENT = fileURLToPath(new URL('thread-accident.ts', import.meta.url));
const JSON_BODY = { 'content-type': 'application/json' };
const baker = { title: 'Baker', company: 'Mill', description: 'Bread at night' };

let running: Running | undefined;

afterEach(() => void running?.process.kill('SIGKILL'));

test.each([
  ['writes the log', '0', 'terminated', 'the thread that writes the log has ended'],
  ['writes the log', '0', 'thrown', 'the thread that writes the log failed: '],
  ['writes the view', '1', 'terminated', 'the thread of the view has ended'],
  ['writes the view', '1', 'thrown', 'the thread of the view failed: '],
])(
  'the thread that %s (%s) is %s: the process says so and exits with 1',
  async (_, thread, accident, why) => {
    const env = { NODE_OPTIONS: `--import=${ACCIDENT}`, THREAD: thread, ACCIDENT: accident };
    const folder = temporaryFolder();
    running = await startProcess(folder, env);
    await ready(running.url);
    let errors = '';
    running.process.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const posted = await fetch(`${running.url}/api/job`, {
      method: 'POST',
      body: JSON.stringify(baker),
      headers: JSON_BODY,
    });
    expect(posted.status).toBe(201);
    const { id } = (await posted.json()) as { id: string };
    const gone = once(running.process, 'exit');
    running.process.kill('SIGUSR2');
    expect(await gone).toEqual([1, null]);
    expect(errors).toContain(`model job: ${why}`);

    running = await startProcess(folder);
    await ready(running.url);
    expect((await fetch(`${running.url}/api/job/${id}`)).status).toBe(200);
    expect(await running.kill('SIGTERM')).toBe(0);
  },
  120_000,
);

test('in a program of one’s own kmodel closes itself, tells why, and the program goes on', async () => {
  const threads: Worker[] = [];
  const note = (thread: Worker): void => void threads.push(thread);
  process.on('worker', note);
  const dataDir = temporaryFolder();
  const first = await startKmodel({ models: [job], dataDir, http: { port: 0 }, logger: false });
  process.off('worker', note);
  await ready(first.url);
  await threads[1]!.terminate();
  expect((await first.gone).message).toBe('model job: the thread of the view has ended');
  await expect(fetch(`${first.url}/health/live`)).rejects.toThrow('fetch failed');
  // All is freed: the same data directory can be taken again.
  const second = await startKmodel({ models: [job], dataDir, http: { port: 0 }, logger: false });
  await ready(second.url);
  let isGone = false;
  void second.gone.then(() => (isGone = true));
  await second.close();
  expect(isGone).toBe(false);
});

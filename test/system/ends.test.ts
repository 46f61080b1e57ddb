/** `start` ends within ten seconds of being told to, whatever is under way or stuck. */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { ready, startProcess, temporaryFolder, type Running } from './process.ts';

const ACCIDENT = fileURLToPath(new URL('thread-accident.ts', import.meta.url));
/** Of the ten seconds, with room for a busy machine. Milliseconds. */
const WITHIN_MS = 20_000;

let running: Running | undefined;

afterEach(() => void running?.process.kill('SIGKILL'));

test('with a read that waits, a request that is never finished and a connection that says nothing', async () => {
  running = await startProcess(temporaryFolder());
  await ready(running.url);
  const headers = { 'kmodel-position': '0=1', prefer: 'wait=30' };
  const waiting = fetch(`${running.url}/api/job`, { headers }).then(
    ({ status }) => status,
    () => 'cut',
  );
  const port = Number(new URL(running.url).port);
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')] as const;
  for (const socket of sockets) socket.on('error', () => undefined);
  sockets[1].write('POST /api/job HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  expect(await running.kill('SIGTERM')).toBe(0);
  expect(performance.now() - began).toBeLessThan(WITHIN_MS);
  expect([503, 504, 'cut']).toContain(await waiting);
  for (const socket of sockets) socket.destroy();
}, 120_000);

test('with a thread that hears nothing more: what is waited for is named, and the process ends with 1', async () => {
  const env = { NODE_OPTIONS: `--import=${ACCIDENT}`, THREAD: '0', ACCIDENT: 'deaf' };
  running = await startProcess(temporaryFolder(), env);
  await ready(running.url);
  let errors = '';
  running.process.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  running.process.kill('SIGUSR2');
  await expect.poll(() => errors, { timeout: 60_000 }).toContain('the accident has happened');
  const began = performance.now();
  expect(await running.kill('SIGTERM')).toBe(1);
  expect(performance.now() - began).toBeLessThan(WITHIN_MS);
  expect(errors).toContain('"unfinished":["log and view of job","the log of job"]');
}, 120_000);

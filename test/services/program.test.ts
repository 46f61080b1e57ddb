/**
 * The Docker command line as it is called, with a stand-in for the program: these are the calls that a real engine gets.
 * The stand-in keeps a container's state in files.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { containerProgram, createArguments, pullImage } from './program.ts';

const STAND_IN = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> calls
case $1 in
  start) echo true > running ;;
  kill) echo false > running ;;
  inspect) cat running ;;
  logs) echo out; echo err >&2 ;;
esac
`;

let folder: string;
const calls = (): readonly string[] =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .filter((call) => !call.startsWith('inspect'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kmodel-docker-'));
  writeFileSync(join(folder, 'docker'), STAND_IN);
  chmodSync(join(folder, 'docker'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('a container listens on 127.0.0.1 only, inside and outside under one number', () => {
  const made = createArguments({ name: 'n', image: 'redis:7', port: 6379, env: { A: 'b' }, args: ['redis-server'] });
  expect(made.join(' ')).toBe('create --name n --publish 127.0.0.1:6379:6379 --env A=b redis:7 redis-server');
});

test('a container is made once, killed by the signal, started again with what it stored, and removed', async () => {
  const program = containerProgram({ name: 'n', image: 'redis:7', port: 6379 });
  await program.launch();
  expect(await program.running()).toBe(true);
  await program.end('SIGKILL');
  expect(await program.running()).toBe(false);
  await program.launch();
  expect(await program.printed()).toBe('out\nerr\n');
  await program.end('SIGTERM');
  await program.remove();
  expect(calls()).toEqual([
    'create --name n --publish 127.0.0.1:6379:6379 redis:7',
    'start n',
    'kill --signal SIGKILL n',
    'start n',
    'logs n',
    'kill --signal SIGTERM n',
    'rm --force --volumes n',
  ]);
});

test('an image is pulled when it is not there', async () => {
  await pullImage('redis:7');
  expect(calls()).toEqual(['images --quiet redis:7', 'pull --quiet redis:7']);
});

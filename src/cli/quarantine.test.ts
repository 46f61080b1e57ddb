import { Writable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, type TestServer, startTestServer } from '../../test/system/test-server.ts';
import { run } from './run.ts';

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function kmodel(answer: Answer, more: readonly string[] = [], models?: readonly string[]) {
  const server = await startTestServer(answer, models);
  servers.push(server);
  const texts = { stdout: '', stderr: '' };
  const into = (name: keyof typeof texts): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const terminal = { stdin: process.stdin, stdout: into('stdout'), stderr: into('stderr'), env: {} };
  const code = await run(['quarantine', 'list', '--url', server.url, ...more], terminal);
  return { code, ...texts, received: server.received.map(({ path }) => path) };
}

const record = {
  key: { bytes: 1, text: 'a' },
  partition: 3,
  offset: 17,
  timestamp: 1_764_300_000_000,
  reason: 'SCHEMA',
  detail: 'expected a value that fits',
  value: null,
};

describe('kmodel quarantine list', () => {
  test('prints each record of all pages, with its place, its key and why', async () => {
    const others = [
      { ...record, offset: 18, key: { bytes: 2, base64: '//4=' }, reason: 'KEY', timestamp: 1e300 },
      { ...record, offset: 19, key: { bytes: 5000, text: 'x'.repeat(1000) }, detail: 'two\n\u001b[31mlines' },
      { ...record, offset: 20, key: { bytes: 7, text: '"\u001b\n"' } },
    ];
    const { code, stdout, received } = await kmodel(({ path }) => ({
      status: 200,
      json: path.includes('after=') ? { items: others, next: null } : { items: [record], next: '3-17' },
    }));
    expect(code).toBe(0);
    expect(received).toEqual(['/status/note/quarantine', '/status/note/quarantine?after=3-17']);
    expect(stdout.split('\n')).toEqual([
      'partition 3, offset 17, 2025-11-28T03:20:00.000Z: SCHEMA, key "a"',
      '    expected a value that fits',
      'partition 3, offset 18, 1e+300: KEY, key //4= (base64)',
      '    expected a value that fits',
      `partition 3, offset 19, 2025-11-28T03:20:00.000Z: SCHEMA, key "${'x'.repeat(200)}"… (5000 bytes)`,
      '    two [31mlines',
      'partition 3, offset 20, 2025-11-28T03:20:00.000Z: SCHEMA, key "\\"\\u001b\\n\\""',
      '    expected a value that fits',
      'note: 4 records in quarantine',
      '',
    ]);
  });

  test('with --json one object a line, and nothing else', async () => {
    const { stdout } = await kmodel(() => ({ status: 200, json: { items: [record], next: null } }), ['--json']);
    expect(stdout).toBe(`${JSON.stringify(record)}\n`);
    const none = await kmodel(() => ({ status: 200, json: { items: [], next: null } }), ['--json']);
    expect([none.code, none.stdout]).toEqual([0, '']);
  });

  test('asks for the model that is named', async () => {
    const answer: Answer = () => ({ status: 200, json: { items: [], next: null } });
    const { received, stdout } = await kmodel(answer, ['--model', 'b'], ['a', 'b']);
    expect([received, stdout]).toEqual([['/status/b/quarantine'], 'b: 0 records in quarantine\n']);
    expect(await kmodel(answer, [], ['a', 'b'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--model') });
  });

  test('says what a server answered that has no such route, or no records', async () => {
    const absent = await kmodel(() => ({ status: 404, json: { code: 'NOT_FOUND', detail: 'No route.' } }));
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('answered 404 NOT_FOUND: No route.')]);
    const other = await kmodel(() => ({ status: 200, json: { items: [{}] } }));
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('no kmodel server of this version')]);
  });
});

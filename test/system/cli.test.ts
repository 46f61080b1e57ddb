/** The command line as people meet it: real processes, real files, real signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { ERRORS } from '../../src/error-table.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const SEED = fileURLToPath(new URL('seed.edn', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kmodel-cli-'));
const running = new Map<ChildProcess, Promise<unknown>>();
let folders = 0;

afterEach(async () => {
  for (const [child, ended] of running) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Env = Readonly<Record<string, string>>;

interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

function newFolder(): string {
  folders += 1;
  return join(folder, String(folders));
}

/** Runs the command in the tests' own directory, with no KMODEL_ variable but the given ones. */
function kmodel(args: readonly string[], env: Env = {}, nodeArgs: readonly string[] = []): Running {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KMODEL_')));
  const child = spawn(process.execPath, [...nodeArgs, CLI, ...args], { cwd: folder, env: { ...clean, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, ...output };
  });
  running.set(child, ended);
  return { child, output, ended };
}

/** Starts a server on a free port and waits for its line. */
async function start(args: readonly string[] = [], env: Env = {}): Promise<Running & { readonly url: string }> {
  const started = kmodel(['start', ...args], { KMODEL_HTTP_PORT: '0', KMODEL_DATA_DIR: newFolder(), ...env });
  let over = false;
  void started.ended.then(() => (over = true));
  for (;;) {
    const url = /listening on (\S+)/.exec(started.output.stdout)?.[1];
    if (url !== undefined) return { ...started, url };
    if (over) throw new Error(`it did not start: ${started.output.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stop(server: Running) {
  server.child.kill('SIGTERM');
  return server.ended;
}

function posting(id: string | undefined, title: string): string {
  return JSON.stringify({ id, title, company: 'Ärzte & Söhne', description: `${title} – describes 😀 מלא` });
}

describe('kmodel start', () => {
  test('prints one line when it accepts requests, and stops within ten seconds of SIGTERM', async () => {
    const server = await start([], { KMODEL_DATA_DIR: './my data' });
    expect(server.output.stdout).toMatch(
      /^kmodel \d+\.\d+\.\d+ listening on http:\/\/127\.0\.0\.1:\d+ \(data: \.\/my data\)\n$/,
    );
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const before = performance.now();
    expect(await stop(server)).toMatchObject({ code: 0, stdout: server.output.stdout });
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('takes the configuration file of the Clojure version, with three warnings', async () => {
    const server = await start([SEED]);
    await stop(server);
    const warnings = server.output.stderr.split('\n').filter((line) => line.includes('is ignored'));
    expect(warnings.map((line) => /:\S+ (:\S+) is ignored/.exec(line)?.[1])).toEqual([
      ':value.serializer',
      ':key.serializer',
      ':zookeeper.connect',
    ]);
  });

  test('tells in one line that its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const env = { KMODEL_HTTP_PORT: String(port), KMODEL_DATA_DIR: newFolder(), KMODEL_LOG_LEVEL: 'fatal' };
    const { code, stdout, stderr } = await kmodel(['start'], env).ended;
    other.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^kmodel: .+\n$/);
    expect(stderr).toContain(String(port));
  });

  test('tells in one line that another process uses its data directory', async () => {
    const directory = newFolder();
    await start([], { KMODEL_DATA_DIR: directory });
    const second = kmodel(['start'], { KMODEL_HTTP_PORT: '0', KMODEL_DATA_DIR: directory, KMODEL_LOG_LEVEL: 'fatal' });
    const { code, stdout, stderr } = await second.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^kmodel: .+\n$/);
    expect(stderr).toContain(directory);
  });

  test('tells in one line that its data directory can not be written', async () => {
    // A file in the way stops every user, a directory without write permission all but root.
    const inTheWay = newFolder();
    writeFileSync(inTheWay, '');
    const readOnly = newFolder();
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o555);
    const cases =
      process.getuid?.() === 0 ? [join(inTheWay, 'deep'), inTheWay] : [join(inTheWay, 'deep'), inTheWay, readOnly];
    for (const directory of cases) {
      const env = { KMODEL_HTTP_PORT: '0', KMODEL_DATA_DIR: directory, KMODEL_LOG_LEVEL: 'fatal' };
      const { code, stdout, stderr } = await kmodel(['start'], env).ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^kmodel: .+\n$/);
      expect(stderr).toContain(inTheWay.slice(folder.length));
    }
  });

  test('tells in one line what is wrong with its configuration file', async () => {
    writeFileSync(join(folder, 'bad.edn'), '{:http {:port 8080}\n :dta-dir "x"}');
    expect(await kmodel(['start', 'bad.edn']).ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'kmodel: bad.edn line 2, :dta-dir: no such key; did you mean :data-dir?\n',
    });
  });

  test('tells in one line that its app can not be loaded', async () => {
    const { code, stderr } = await kmodel(['start'], { KMODEL_APP: './none.ts', KMODEL_DATA_DIR: newFolder() }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kmodel: .*none\.ts.*\n$/);
  });
});

describe('kmodel', () => {
  test('needs a command', async () => {
    const { code, stdout, stderr } = await kmodel([]).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: kmodel');
    const unknown = await kmodel(['serve']).ended;
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain("kmodel: unknown command 'serve'");
  });

  test('tells an old Node.js in one line what it needs', async () => {
    const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });";
    const importing = `data:text/javascript,${encodeURIComponent(older)}`;
    // The file that checks can import nothing, the table of errors neither, so the words are compared here.
    const needed = ERRORS.NODE_TOO_OLD.action.replace(/^Run kmodel with (.+)\.$/, '$1');
    expect(await kmodel(['start'], {}, ['--import', importing]).ended).toEqual({
      code: 1,
      stdout: '',
      stderr: `kmodel needs ${needed}; this is v20.1.0 (install a newer one from https://nodejs.org)\n`,
    });
  });
});

describe('kmodel status', () => {
  test('asks a running server with --url, for people and as JSON', async () => {
    const server = await start();
    while ((await fetch(`${server.url}/health/ready`)).status !== 200)
      await new Promise((again) => setTimeout(again, 50));
    const text = await kmodel(['status', '--url', server.url]).ended;
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^job: ok .*\npartition +startOffset +endOffset +checkpoint +lag +owner +state\n/);
    const json = await kmodel(['status', '--json', '--url', server.url]).ended;
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, models: [{ model: 'job', problems: [] }] });
  });
});

// Seven processes one after another: on two busy cores that takes its time.
describe('kmodel import and export', { timeout: 300_000 }, () => {
  test('carry postings from one server to another, with their ids, as they were', async () => {
    const one = await start();
    const lines = Array.from({ length: 520 }, (_, index) =>
      posting(index % 2 === 0 ? `a/${index} é` : undefined, `T${index}`),
    );
    writeFileSync(join(folder, 'in.ndjson'), `\u{feff}${lines.join('\r\n')}\n\n`);
    const imported = await kmodel(['import', 'in.ndjson', '--url', one.url]).ended;
    expect(imported).toEqual({ code: 0, stdout: '520 imported, 0 failed\n', stderr: '' });
    const exported = await kmodel(['export', '--url', one.url]).ended;
    expect(exported).toMatchObject({ code: 0, stderr: '' });

    const other = await start();
    const importing = kmodel(['import', '-', '--url', `${other.url}/`, '--model', 'job']);
    importing.child.stdin?.end(exported.stdout);
    expect(await importing.ended).toMatchObject({ code: 0, stdout: '520 imported, 0 failed\n' });
    const again = await kmodel(['export', '--url', other.url]).ended;
    expect(ownFields(again.stdout)).toEqual(ownFields(exported.stdout));
    expect(ownFields(again.stdout).length).toBe(520);
  });

  test('report a bad line with its number and store the rest', async () => {
    const server = await start();
    const text = `${posting('a', 'First')}\nnope\n${posting('b', '')}\n${posting('a', 'Second')}`;
    const importing = kmodel(['import', '-', '--url', server.url]);
    importing.child.stdin?.end(text);
    const { code, stdout, stderr } = await importing.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '2 imported, 2 failed\n' });
    expect(stderr).toMatch(/^line 2: not JSON: .*\nline 3: 422 ENTITY_INVALID: .*\/title: .*\n$/);
    const stored = await kmodel(['export', '--url', server.url]).ended;
    expect(ownFields(stored.stdout).map(({ id, title }) => `${String(id)} ${String(title)}`)).toEqual(['a Second']);
  });

  test('tell in one line that no server answers', async () => {
    writeFileSync(join(folder, 'one.ndjson'), posting('a', 'A'));
    for (const args of [['import', 'one.ndjson'], ['export']]) {
      const { code, stdout, stderr } = await kmodel([...args, '--url', 'http://127.0.0.1:1']).ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^kmodel: no server answers at http:\/\/127\.0\.0\.1:1 .*\n$/);
    }
  });

  test('end quietly when the reader of an export has seen enough', async () => {
    const server = await start();
    const importing = kmodel(['import', '-', '--url', server.url]);
    const long = 'x'.repeat(5000);
    importing.child.stdin?.end(
      Array.from({ length: 1500 }, (_, index) => posting(`${index}`, 'T').replace('מלא', long)).join('\n'),
    );
    await importing.ended;
    const exporting = kmodel(['export', '--url', server.url]);
    exporting.child.stdout?.once('data', () => exporting.child.stdout?.destroy());
    expect(await exporting.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

/** An export's entities without what the server gives them, by id. */
function ownFields(ndjson: string): readonly Readonly<Record<string, unknown>>[] {
  const entities = ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return entities
    .map(({ createdAt: _created, updatedAt: _updated, version: _version, ...own }) => own)
    .toSorted((one, other) => (String(one['id']) < String(other['id']) ? -1 : 1));
}

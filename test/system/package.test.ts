/** The tarball of `npm pack`, installed in an empty project, runs the README's model of one's own. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ready, temporaryFolder } from './process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The code block of the README that begins with the comment `// <name>`. */
function readmeBlock(name: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const block = new RegExp(`\`\`\`ts\\n(// ${name}\\n[^\`]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`the README has no code block // ${name}`);
  return block;
}

async function makeProject(): Promise<string> {
  const project = join(temporaryFolder(), 'project');
  mkdirSync(project);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: root });
  // What the build prints comes first; npm 11 and 12 answer an array or an object.
  const packed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as
    | { filename: string }[]
    | Record<string, { filename: string }>;
  const filename = Object.values(packed)[0]!.filename;
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'mine', private: true, type: 'module' }));
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`, 'zod@4'], {
    cwd: project,
  });
  return project;
}

test(
  'a model of one’s own takes fifteen lines and gets API, search, docs and durability',
  { timeout: 300_000 },
  async () => {
    const project = await makeProject();
    const app = readmeBlock('app.ts');
    expect(app.trim().split('\n').slice(1).length).toBeLessThanOrEqual(15);
    writeFileSync(join(project, 'app.ts'), app);
    writeFileSync(join(project, 'app.edn'), '{:app "./app.ts" :http {:port 0} :data-dir "./data"}');
    const bin = join(project, 'node_modules/.bin/kmodel');
    const { stdout: version } = await run(process.execPath, [bin, '--version'], { cwd: project });
    expect(version.trim()).toBe('0.2.0');

    const child = spawn(process.execPath, [bin, 'start', 'app.edn'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => resolve(/http:\/\/\S+/.exec(chunk.toString())![0]));
      child.once('exit', () => reject(new Error(errors)));
    });
    try {
      await ready(url);
      const body = JSON.stringify({
        title: 'Crème brûlée',
        text: 'Cream, sugar, patience',
        cuisine: 'French',
        minutes: 60,
      });
      const created = await fetch(`${url}/api/recipe`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(created.status, await created.clone().text()).toBe(201);
      const headers = { 'kmodel-position': created.headers.get('kmodel-position')! };
      for (const query of ['q=creme', 'cuisine=French', 'sort=minutes&order=asc']) {
        const list = (await (await fetch(`${url}/api/recipe?${query}`, { headers })).json()) as { items: unknown[] };
        expect(list.items).toMatchObject([{ title: 'Crème brûlée' }]);
      }
      expect((await fetch(`${url}/docs/`)).status).toBe(200);
      expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
    } finally {
      child.kill('SIGTERM');
    }
  },
);

test('the tarball holds the built program and web app, and no tests', { timeout: 300_000 }, async () => {
  const { stdout: files } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: root });
  for (const file of [
    'dist/web/index.html',
    'dist/app/app.js',
    'dist/src/cli.js',
    'dist/src/index.d.ts',
    'LICENSE',
    'README.md',
  ]) {
    expect(files).toContain(`"${file}"`);
  }
  expect(files).not.toContain('.test.');
  expect(files).not.toContain('.conformance.');
});

/** What `npm test` does on a machine without Java, Redis, Maven and Docker: the real vitest, with an empty PATH. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
  readonly report: { readonly numPassedTests: number; readonly numPendingTests: number };
}

async function bareVitest(env: Readonly<Record<string, string>>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'kmodel-bare-'));
  const report = join(folder, 'report.json');
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = ['run', '--project=services', '--reporter=json', `--outputFile=${report}`, 'test/services/redis'];
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: ROOT,
    env: { PATH: folder, HOME: folder, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  await once(child, 'close');
  const none = { numPassedTests: 0, numPendingTests: 0 };
  const told = child.exitCode === 0 ? (JSON.parse(readFileSync(report, 'utf8')) as Outcome['report']) : none;
  rmSync(folder, { recursive: true });
  return { code: child.exitCode, stderr, report: told };
}

test('a person sees skipped tests, and in one paragraph why and what to install', { timeout: 300_000 }, async () => {
  const { code, stderr, report } = await bareVitest({});
  expect(stderr).toContain('Tests that need Kafka and Redis do not run on this machine.\nNo Kafka 4.1 found: no Java;');
  expect(stderr).toContain('They are skipped.');
  expect(report.numPassedTests).toBe(0);
  expect(report.numPendingTests).toBeGreaterThan(5);
  expect(code).toBe(0);
});

test('under CI the same is an error', { timeout: 300_000 }, async () => {
  const { code, stderr } = await bareVitest({ CI: 'true' });
  expect(stderr).toContain('Tests that need Kafka and Redis cannot run on this machine.');
  expect(code).toBe(1);
});

test('a given address where nobody answers is an error, for a person too', { timeout: 300_000 }, async () => {
  const { code, stderr } = await bareVitest({ KMODEL_TEST_KAFKA: '127.0.0.1:1' });
  expect(stderr).toContain('KMODEL_TEST_KAFKA is "127.0.0.1:1", but no Kafka answers there');
  expect(code).toBe(1);
});

/** `.ci/run` with an npm that only plays one: how it closes, in time and out of time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const CI_RUN = fileURLToPath(new URL('../.ci/run', import.meta.url));
const THREE_SECONDS = '0.05';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kmodel-ci-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs it; `npm test` is what the shell lines say. */
async function ciRun(npmTest: string): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const npm = join(folder, 'npm');
  writeFileSync(npm, `#!/usr/bin/env bash\n[ "$1" = install ] && exit 0\n${npmTest}\n`);
  chmodSync(npm, 0o755);
  const child = spawn(CI_RUN, [], {
    env: {
      ...process.env,
      PATH: [folder, process.env['PATH']].join(delimiter),
      FOLDER: folder,
      KMODEL_CI_MINUTES: THREE_SECONDS,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  await once(child, 'close');
  return { code: child.exitCode, stdout };
}

test('a run that ends in time closes with its own line, and runs the long tests', async () => {
  const { code, stdout } = await ciRun('echo "CI=$CI"; echo "7 passed, 1 failed"; exit 1');
  expect(stdout).toBe('CI=true\n7 passed, 1 failed\n');
  expect(code).toBe(1);
});

test('a run that is stopped closes with what was counted and one failure, and leaves no process', async () => {
  const npmTest = [
    'echo "41 2 0" >"$KMODEL_TEST_COUNTS"',
    // One that a SIGTERM does not end.
    `bash -c "trap '' TERM; echo \\$\\$ >$FOLDER/pid; while :; do sleep 0.1; done" &`,
    'sleep 600',
  ].join('\n');
  const { code, stdout } = await ciRun(npmTest);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('41 passed, 3 failed');
  expect(code).toBe(124);
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  await expect.poll(() => existsSync(`/proc/${pid}`) && !isZombie(pid), { timeout: 30_000 }).toBe(false);
});

test('one that is stopped before the first test closes with a failure too', async () => {
  const { stdout } = await ciRun('sleep 600');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
});

function isZombie(pid: number): boolean {
  return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

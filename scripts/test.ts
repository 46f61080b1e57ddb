/**
 * `npm test`: lint, format and types at once, then the tests; ends with the plain line `N passed, N failed`. `--fast`
 * leaves out services, whole processes and the browser (vitest.config.ts names them). Other arguments go to vitest
 * (`npm test -- src/worker`); with nothing but those, only it runs.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTS_FILE, lastLine, parseCounts } from './test-counts.ts';

type Check = readonly [command: string, ...args: string[]];

const CHECKS: readonly Check[] = [
  ['oxlint', '--type-aware', '--deny-warnings'],
  ['oxfmt', '--check'],
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'app/web/tsconfig.json'],
];
const REPORTER = fileURLToPath(new URL('counting-reporter.ts', import.meta.url));

/** Runs a command; resolves with whether it exited with 0, and what it printed unless it has the terminal. */
async function run(command: string, args: readonly string[], options: { terminal: boolean; env?: NodeJS.ProcessEnv }) {
  const child = spawn(command, [...args], {
    stdio: options.terminal ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  }
  return await new Promise<{ readonly ok: boolean; readonly printed: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ok: code === 0, printed }));
  });
}

/** Runs all checks at once, each shown when it has ended; resolves with those that failed. */
async function brokenChecks(): Promise<readonly Check[]> {
  const oks = await Promise.all(
    CHECKS.map(async ([command, ...args]) => {
      const { ok, printed } = await run(command, args, { terminal: false });
      process.stdout.write(`${command} ${args.join(' ')}: ${ok ? 'ok' : 'failed'}\n${ok ? '' : printed}`);
      return ok;
    }),
  );
  return CHECKS.filter((_, i) => !oks[i]);
}

/** What a person should know of tests that this run left out. */
function leftOut(fast: boolean, given: readonly string[]): readonly string[] {
  if (fast) return ['--fast: tests of services, test/system, test/versions, test/properties and test/web did not run'];
  const long = globSync('{src,app,scripts,test}/**/*.long{,.services}.test.ts');
  if (process.env['CI'] === 'true' || given.length > 0 || long.length === 0) return [];
  return [`${long.length} long test files (*.long.test.ts, *.long.services.test.ts) did not run: CI=true runs them`];
}

const fast = process.argv.includes('--fast');
const given = process.argv.slice(2).filter((argument) => argument !== '--fast');
const broken = fast || given.length === 0 ? await brokenChecks() : [];

const folder = mkdtempSync(join(tmpdir(), 'kmodel-test-'));
// Where a caller (.ci/run) names a file, it reads it itself when this run is stopped.
const file = process.env[COUNTS_FILE] ?? join(folder, 'counts');
const args = ['run', '--reporter=default', `--reporter=${REPORTER}`, ...(fast ? ['--project=plain'] : []), ...given];
const { ok: green } = await run('vitest', args, { terminal: true, env: { ...process.env, [COUNTS_FILE]: file } });
// There is no file when vitest ended before the first test, as when CI has no Kafka.
const counts = parseCounts(existsSync(file) ? readFileSync(file, 'utf8') : undefined);
rmSync(folder, { recursive: true });

for (const [command, ...args] of broken) console.error(`failed: ${command} ${args.join(' ')}`);
for (const line of leftOut(fast, given)) console.log(line);
console.log(lastLine(counts, { green, brokenChecks: broken.length }));
process.exitCode = green && broken.length === 0 ? 0 : 1;

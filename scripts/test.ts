/**
 * `npm test`: lint, format and types, then every test; ends with the plain line `N passed, N failed`. Arguments go to
 * vitest (`npm test -- src/worker`), and then only it runs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

/** Runs a command on this terminal; answers whether it exited with 0. */
function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

const given = process.argv.slice(2);
const checks: readonly (readonly [string, ...string[]])[] = [
  ['oxlint', '--type-aware', '--deny-warnings'],
  ['oxfmt', '--check'],
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'app/web/tsconfig.json'],
];
const broken = given.length > 0 ? [] : checks.filter(([command, ...args]) => !run(command, args));

const folder = mkdtempSync(join(tmpdir(), 'kmodel-test-'));
const file = join(folder, 'report.json');
const green = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...given]);
// There is no report when vitest ended before the first test, as when CI has no Kafka.
const NO_REPORT: VitestReport = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, success: false };
const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : NO_REPORT;
rmSync(folder, { recursive: true });

for (const [command, ...args] of broken) console.error(`failed: ${command} ${args.join(' ')}`);
// A file that could not even be loaded counts no failed test: it must not look green.
const failed = report.numFailedTests + broken.length + (!green && report.numFailedTests === 0 ? 1 : 0);
const skipped = report.numPendingTests === 0 ? '' : `, ${report.numPendingTests} skipped`;
console.log(`${report.numPassedTests} passed, ${failed} failed${skipped}`);
process.exitCode = green && broken.length === 0 ? 0 : 1;

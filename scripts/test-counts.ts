/** How many tests a run had, in a file that is written as it goes (counting-reporter.ts) and in its last line. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The environment variable that names the file. */
export const COUNTS_FILE = 'KMODEL_TEST_COUNTS';

export const NOTHING_COUNTED: Counts = { passed: 0, failed: 0, skipped: 0 };

/** `passed failed skipped`: a shell's `read` takes it. */
export function countsText({ passed, failed, skipped }: Counts): string {
  return `${passed} ${failed} ${skipped}\n`;
}

/** Reverses `countsText`; of a file that is not there (undefined) nothing was counted. */
export function parseCounts(text: string | undefined): Counts {
  const [passed = 0, failed = 0, skipped = 0] = (text ?? '').trim().split(' ').map(Number);
  return { passed, failed, skipped };
}

/** How a run ended, apart from its tests. */
export interface RunEnd {
  /** vitest exited with 0. */
  readonly green: boolean;
  /** Checks (lint, format, types) that failed. */
  readonly brokenChecks: number;
}

/** The last line. A run that isn't green has at least one failure: a file that could not even be loaded counts no test. */
export function lastLine({ passed, failed, skipped }: Counts, { green, brokenChecks }: RunEnd): string {
  const all = failed + brokenChecks + (!green && failed === 0 ? 1 : 0);
  return `${passed} passed, ${all} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

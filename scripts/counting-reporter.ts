/**
 * vitest's reporter that keeps a file of how many tests passed, failed and were skipped so far: a run that is stopped, or
 * whose memory ends, can still say what it did.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';
import { COUNTS_FILE, countsText, NOTHING_COUNTED } from './test-counts.ts';

// vitest takes a reporter by its default export only.
// oxlint-disable-next-line import/no-default-export
export default class CountingReporter implements Reporter {
  private counts = NOTHING_COUNTED;

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state === 'pending') return;
    this.counts = { ...this.counts, [state]: this.counts[state] + 1 };
    const file = process.env[COUNTS_FILE];
    if (file !== undefined) writeFileSync(file, countsText(this.counts));
  }
}

import { expect, test } from 'vitest';
import { countsText, lastLine, NOTHING_COUNTED, parseCounts } from './test-counts.ts';

const GREEN = { green: true, brokenChecks: 0 };

test('the last line is plain, and names skipped tests only where there are some', () => {
  expect(lastLine({ passed: 12, failed: 0, skipped: 0 }, GREEN)).toBe('12 passed, 0 failed');
  expect(lastLine({ passed: 12, failed: 1, skipped: 3 }, { ...GREEN, green: false })).toBe(
    '12 passed, 1 failed, 3 skipped',
  );
});

test('a broken check is a failure, and so is a run that is red without a failed test', () => {
  expect(lastLine({ passed: 12, failed: 0, skipped: 0 }, { green: true, brokenChecks: 2 })).toBe('12 passed, 2 failed');
  expect(lastLine(NOTHING_COUNTED, { green: false, brokenChecks: 0 })).toBe('0 passed, 1 failed');
});

test('what was written is read back; where nothing was written, nothing was counted', () => {
  const counts = { passed: 5, failed: 2, skipped: 1 };
  expect(parseCounts(countsText(counts))).toEqual(counts);
  expect(parseCounts(undefined)).toEqual(NOTHING_COUNTED);
});

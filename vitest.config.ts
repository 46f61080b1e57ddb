import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/services/long-first.ts';

const SERVICES = '**/*.services.test.ts';
/** Whole processes, random histories, a browser: `npm test -- --fast` leaves out these and those that need services. */
const SYSTEM = ['system', 'versions', 'properties', 'web'].map((folder) => `test/${folder}/**/*.test.ts`);
/** Minutes, not seconds: these run under CI only. */
const LONG = process.env['CI'] === 'true' ? [] : ['**/*.long.test.ts', '**/*.long.services.test.ts'];
/**
 * Against what never ends, not for what is slow: ten times the longest test. Milliseconds.
 */
const MOST_MS = 300_000;
/** Of one state that a test waits for, unless it says another. Milliseconds. */
const MOST_POLLED_MS = 30_000;
const NO_TESTS = ['**/node_modules/**', ...LONG];

export default defineConfig({
  test: {
    // Threads, real files and real sockets: on two shared cores a slow minute is no failure.
    testTimeout: MOST_MS,
    hookTimeout: MOST_MS,
    expect: { poll: { timeout: MOST_POLLED_MS } },
    // One more than the cores of a small machine: some wait.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['src', 'app', 'scripts', 'bench', 'test'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...NO_TESTS, SERVICES, ...SYSTEM],
        },
      },
      {
        extends: true,
        test: { name: 'system', include: SYSTEM, exclude: [...NO_TESTS, SERVICES] },
      },
      {
        // Real Kafka and Redis: found or started once, before the first of these files (test/services).
        extends: true,
        test: {
          name: 'services',
          include: ['src', 'app', 'scripts', 'test'].map((folder) => `${folder}/${SERVICES}`),
          exclude: NO_TESTS,
          globalSetup: ['test/services/global-setup.ts'],
          runner: 'test/services/runner.ts',
          // They wait more than they work. A group of their own: vitest lets no other project run beside this number.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

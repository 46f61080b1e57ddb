/** vitest's runner for tests that need services: skips all of them, hooks included, where there are none. */
import { inject, TestRunner, type TestRunnerConfig } from 'vitest';

const NO_TEST = /(?!)/;

// vitest takes a runner by its default export only.
// oxlint-disable-next-line import/no-default-export
export default class ServicesRunner extends TestRunner {
  constructor(config: TestRunnerConfig) {
    const { kafka, redis } = inject('services');
    // A test whose name doesn't match the pattern counts as skipped, and hooks of such tests don't run.
    super(kafka === '' || redis === '' ? { ...config, testNamePattern: NO_TEST } : config);
  }
}

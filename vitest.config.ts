import { defineConfig } from 'vitest/config';

const SERVICES = '**/*.services.test.ts';

export default defineConfig({
  test: {
    // Threads, real files and real sockets: on two shared cores a slow minute is no failure.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['src/**/*.test.ts', 'app/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', SERVICES],
        },
      },
      {
        // Real Kafka and Redis: found or started once, before the first of these files (test/services).
        extends: true,
        test: {
          name: 'services',
          include: ['src', 'app', 'scripts', 'test'].map((folder) => `${folder}/${SERVICES}`),
          globalSetup: ['test/services/global-setup.ts'],
          runner: 'test/services/runner.ts',
        },
      },
    ],
  },
});

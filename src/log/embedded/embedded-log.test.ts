import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeLogConformance } from '../log.conformance.ts';
import { openEmbeddedLog } from './embedded-log.ts';

describeLogConformance('the embedded log', async (given) => {
  const directory = await mkdtemp(join(tmpdir(), 'kmodel-log-'));
  const options = { directory, partitions: 3, compactionIntervalMs: 0, ...given };
  let log = await openEmbeddedLog(options);
  return {
    log,
    async reopen() {
      await log.close();
      log = await openEmbeddedLog(options);
      return log;
    },
    async compact(nowMs) {
      await log.compact(nowMs);
    },
    async cleanup() {
      await log.close();
      await rm(directory, { recursive: true });
    },
  };
});

/** A data directory of its own for a server under test, removed when the server is closed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpSubject } from './suite.ts';

export async function withDataDir(start: (dataDir: string) => Promise<HttpSubject>): Promise<HttpSubject> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kmodel-http-'));
  const subject = await start(dataDir);
  return {
    url: subject.url,
    async close() {
      await subject.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

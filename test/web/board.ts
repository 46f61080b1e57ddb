/** A real job board for the browser tests: its own data directory, a free port, the built web app. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { job, web } from '../../app/app.ts';
import type { JobFields } from '../../app/job.ts';
import { startKmodel } from '../../src/index.ts';

export interface Board {
  readonly url: string;
  /** Posts these through the API and resolves once they can be read; answers their ids. */
  post(postings: readonly JobFields[]): Promise<readonly string[]>;
  /** Titles of all postings with this title: how many there are. */
  count(title: string): Promise<number>;
  close(): Promise<void>;
}

/** Starts it and waits until the view is ready. The web app must have been built (`node scripts/build-web.ts`). */
export async function startBoard(): Promise<Board> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kmodel-web-'));
  const kmodel = await startKmodel({ models: [job], web, dataDir, http: { port: 0 }, logger: false });
  await ready(kmodel.url);
  return {
    url: kmodel.url,
    post: (postings) => postAll(kmodel.url, postings),
    async count(title) {
      const answer = await fetch(`${kmodel.url}/api/job?limit=1000`);
      const { items } = (await answer.json()) as { items: readonly { title: string }[] };
      return items.filter((item) => item.title === title).length;
    },
    async close() {
      await kmodel.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await fetch(`${url}/health/ready`)).ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the view was not ready within 10 seconds');
}

// One after the other: createdAt then tells them apart, and the list's order is the order of posting.
async function postAll(url: string, postings: readonly JobFields[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const posting of postings) {
    const answer = await fetch(`${url}/api/job`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(posting),
    });
    if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
    const { id } = (await answer.json()) as { id: string };
    ids.push(id);
    const position = answer.headers.get('Kmodel-Position') ?? '';
    await fetch(`${url}/api/job/${id}`, { headers: { 'Kmodel-Position': position } });
  }
  return ids;
}

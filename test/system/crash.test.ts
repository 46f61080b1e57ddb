/**
 * I1, I2, I3: the real process is killed with SIGKILL at random moments while several connections write. Every
 * acknowledged write is there afterwards, none is half there, and the view built anew from the log is the same.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listAll, ready, startProcess, temporaryFolder, type Listed } from './process.ts';

const KILLS = 22;
const CONNECTIONS = 8;
const KEYS_EACH = 6;

/** What one key may show: the last acknowledged state, or that of the write that was under way at a kill. */
interface Expectation {
  acknowledged: string | undefined;
  underWay: { readonly state: string | undefined } | undefined;
}

type Expectations = Map<string, Expectation>;

let counter = 0;

/** One connection: writes its own keys, one write after the other, until the process is gone. */
async function write(url: string, connection: number, expected: Expectations, random: () => number): Promise<void> {
  for (;;) {
    const id = `c${connection}-k${Math.floor(random() * KEYS_EACH)}`;
    const former = expected.get(id) ?? { acknowledged: undefined, underWay: undefined };
    const deletes = former.acknowledged !== undefined && random() < 0.25;
    const state = deletes ? undefined : `w${(counter += 1)}`;
    expected.set(id, { ...former, underWay: { state } });
    try {
      const answer = await fetch(`${url}/api/job/${id}`, deletes ? { method: 'DELETE' } : put(state!));
      await answer.arrayBuffer();
      if (![200, 201, 204].includes(answer.status)) throw new Error(`unexpected ${answer.status}`);
      expected.set(id, { acknowledged: state, underWay: undefined });
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('unexpected')) throw error;
      return;
    }
  }
}

function put(state: string): RequestInit {
  const body = { title: `Title ${state}`, company: state, description: `${state} `.repeat(40), tags: [state, 'all'] };
  return { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Takes what is there as the truth for writes whose acknowledgement nobody saw; everything else must be exact. */
function settle(expected: Expectations, found: readonly Listed[]): void {
  const states = new Map(found.map(({ id, company }) => [id, company as string]));
  for (const [id, { acknowledged, underWay }] of expected) {
    const state = states.get(id);
    const allowed = underWay === undefined ? [acknowledged] : [acknowledged, underWay.state];
    expect(allowed, `key ${id}`).toContain(state);
    expected.set(id, { acknowledged: state, underWay: undefined });
  }
  expect([...states.keys()].filter((id) => !expected.has(id))).toEqual([]);
}

/** Value and index entries are of one write: each way to the entity finds it, and no former value finds anything. */
async function compareIndexes(url: string, found: readonly Listed[]): Promise<void> {
  const ids = found.map(({ id }) => id).sort();
  const tagged = await listAll(url, '/api/job', { tag: 'all' });
  expect(tagged.map(({ id }) => id).sort()).toEqual(ids);
  for (const one of found) {
    const state = one['company'] as string;
    expect(one['title']).toBe(`Title ${state}`);
    for (const query of [{ company: state }, { tag: state }, { q: state }] as Record<string, string>[]) {
      const hits = await listAll(url, '/api/job', query);
      // A search for w1 finds w12 too: prefixes match.
      expect(hits.filter(({ company }) => company === state).map(({ id }) => id)).toEqual([one.id]);
      for (const hit of hits) expect(ids).toContain(hit.id);
    }
  }
}

test(
  `${KILLS} times killed while writing: nothing acknowledged is lost, nothing is half applied`,
  { timeout: 180_000 },
  async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const seed = Number(process.env['KMODEL_TEST_SEED'] ?? Date.now() % 2 ** 31);
    const draws = fc.sample(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { numRuns: 4096, seed });
    let drawn = 0;
    const random = (): number => draws[(drawn += 1) % draws.length]!;
    const expected: Expectations = new Map();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const running = await startProcess(dataDir);
      await ready(running.url);
      settle(expected, await listAll(running.url, '/api/job'));
      const connections = Array.from({ length: CONNECTIONS }, (_, at) => write(running.url, at, expected, random));
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 250));
      await running.kill('SIGKILL');
      await Promise.all(connections);
    }
    const last = await startProcess(dataDir);
    await ready(last.url);
    const found = await listAll(last.url, '/api/job');
    settle(expected, found);
    await compareIndexes(last.url, found);
    expect(await last.kill('SIGTERM')).toBe(0);
    expect(counter, `with seed ${seed}`).toBeGreaterThan(KILLS * CONNECTIONS);

    for (const suffix of ['', '-wal', '-shm']) await rm(join(dataDir, 'job', `view.db${suffix}`), { force: true });
    const rebuilt = await startProcess(dataDir);
    await ready(rebuilt.url);
    expect(await listAll(rebuilt.url, '/api/job')).toEqual(found);
    await compareIndexes(rebuilt.url, found);
    await rebuilt.kill('SIGTERM');
  },
);

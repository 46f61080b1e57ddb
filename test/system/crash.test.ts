/**
 * I1, I2, I3: the real process is killed with SIGKILL at random moments: while it starts, while it replays, while several
 * connections write. Every acknowledged write is there afterwards, none is half there, and the view built anew from the log
 * is the same.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listAll, ready, startProcess, temporaryFolder, type Listed } from './process.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const KILLS = 21;
const CONNECTIONS = 8;
const KEYS_EACH = 6;
const MAX_DRAW = 2 ** 30 - 1;
/** What wrote nothing says so: the view is not ready, or not at the position yet. */
const NOT_WRITTEN = 503;

/**
 * What one key may show; undefined: nothing. One state where its last write was acknowledged; else also those whose
 * acknowledgement a kill may have swallowed. `position`: where the acknowledged write stands.
 */
interface Expectation {
  readonly states: readonly (string | undefined)[];
  readonly position: string | undefined;
}

type Expectations = Map<string, Expectation>;

let counter = 0;
const answers = { written: 0, refused: 0 };

/** One connection: writes its own keys, one write after the other, until the process is gone. */
async function write(url: string, connection: number, expected: Expectations, random: () => number): Promise<void> {
  for (;;) {
    const id = `c${connection}-k${Math.floor(random() * KEYS_EACH)}`;
    const former = expected.get(id) ?? { states: [undefined], position: undefined };
    const { position } = former;
    // Without the position a process that has just started may not know of the entity yet.
    const deletes = former.states[0] !== undefined && position !== undefined && random() < 0.25;
    const state = deletes ? undefined : `w${(counter += 1)}`;
    expected.set(id, { states: [...former.states, state], position: undefined });
    try {
      const request = deletes ? { method: 'DELETE', headers: { 'kmodel-position': position } } : put(state!);
      const answer = await fetch(`${url}/api/job/${id}`, request);
      await answer.arrayBuffer();
      if (answer.status === NOT_WRITTEN) {
        answers.refused += 1;
        expected.set(id, former);
        await pause(5);
        continue;
      }
      if (![200, 201, 204].includes(answer.status)) throw new Error(`unexpected ${answer.status}`);
      answers.written += 1;
      expected.set(id, { states: [state], position: answer.headers.get('kmodel-position') ?? undefined });
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
  const there = new Map(found.map(({ id, company }) => [id, company as string]));
  for (const [id, { states, position }] of expected) {
    const state = there.get(id);
    expect(states, `key ${id}`).toContain(state);
    expected.set(id, { states: [state], position });
  }
  expect([...there.keys()].filter((id) => !expected.has(id))).toEqual([]);
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

interface Lives {
  readonly dataDir: string;
  readonly expected: Expectations;
  readonly random: () => number;
}

/** Waits until the view shows everything, compares, writes, and is killed. */
async function killedWhileWriting({ dataDir, expected, random }: Lives): Promise<void> {
  const running = await startProcess(dataDir);
  await ready(running.url);
  settle(expected, await listAll(running.url, '/api/job'));
  const connections = Array.from({ length: CONNECTIONS }, (_, at) => write(running.url, at, expected, random));
  const enough = answers.written + 1 + random() * 80;
  await until(() => answers.written >= enough);
  await pause(random() * 20);
  await running.kill('SIGKILL');
  await Promise.all(connections);
}

/** A busy machine takes its time for the first answers. */
async function until(condition: () => boolean): Promise<void> {
  const giveUp = performance.now() + 10_000;
  while (!condition() && performance.now() < giveUp) await pause(1);
}

/** Writes from the first moment on and is killed soon, in the middle of what it has to apply. */
async function killedWhileReplaying({ dataDir, expected, random }: Lives, afresh: boolean): Promise<void> {
  if (afresh) await removeView(dataDir);
  const running = await startProcess(dataDir);
  const before = answers.written + answers.refused;
  const connections = Array.from({ length: CONNECTIONS }, (_, at) => write(running.url, at, expected, random));
  if (afresh) await until(() => answers.written + answers.refused > before);
  await pause(random() * (afresh ? 100 : 500));
  await running.kill('SIGKILL');
  await Promise.all(connections);
}

/** Is killed at any moment of its start, most often before it listens. */
async function killedWhileStarting({ dataDir, random }: Lives, startMs: number, afresh: boolean): Promise<void> {
  if (afresh) await removeView(dataDir);
  const env = { ...process.env, KMODEL_DATA_DIR: dataDir, KMODEL_HTTP_PORT: '0', KMODEL_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [CLI, 'start'], { env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  // Node itself takes the first part of it.
  await pause((0.4 + 0.7 * random()) * startMs);
  child.kill('SIGKILL');
  await gone;
}

async function removeView(dataDir: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(join(dataDir, 'job', `view.db${suffix}`), { force: true });
}

/** How long a start takes here, until it listens. Milliseconds. */
async function measureStart(dataDir: string): Promise<number> {
  const began = performance.now();
  const running = await startProcess(dataDir);
  const startMs = performance.now() - began;
  await running.kill('SIGKILL');
  return startMs;
}

test(
  `${KILLS} times killed while starting, replaying and writing: nothing acknowledged is lost, nothing is half applied`,
  { timeout: 300_000 },
  async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const seed = Number(process.env['KMODEL_TEST_SEED'] ?? Date.now() % 2 ** 31);
    // Without bias: a generator of fast-check prefers the edges, and every kill would come at the same moment.
    const draws = fc.sample(fc.noBias(fc.nat(MAX_DRAW)), { numRuns: 4096, seed });
    let drawn = 0;
    const random = (): number => draws[(drawn += 1) % draws.length]! / (MAX_DRAW + 1);
    const expected: Expectations = new Map();
    const lives = { dataDir, expected, random };
    const startMs = await measureStart(dataDir);
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Every other time what is replayed is the whole log.
      const afresh = kill % 2 === 0;
      if (kill % 3 === 0) await killedWhileWriting(lives);
      else if (kill % 3 === 1) await killedWhileReplaying(lives, afresh);
      else await killedWhileStarting(lives, startMs, afresh);
    }
    const last = await startProcess(dataDir);
    await ready(last.url);
    const found = await listAll(last.url, '/api/job');
    settle(expected, found);
    await compareIndexes(last.url, found);
    expect(await last.kill('SIGTERM')).toBe(0);
    expect(answers.written, `with seed ${seed}`).toBeGreaterThan(KILLS * CONNECTIONS);
    expect(answers.refused, `with seed ${seed}`).toBeGreaterThan(0);

    await removeView(dataDir);
    const rebuilt = await startProcess(dataDir);
    await ready(rebuilt.url);
    expect(await listAll(rebuilt.url, '/api/job')).toEqual(found);
    await compareIndexes(rebuilt.url, found);
    await rebuilt.kill('SIGTERM');
  },
);

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordsToEnd } from '../log-under-test.conformance.ts';
import { type EmbeddedLog, openEmbeddedLog } from './embedded-log.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kmodel-crash-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const CALLERS = 8;
const KEYS_EACH = 5;
const OPTIONS = { directory: '', partitions: 3, deleteRetentionMs: 0 };

/**
 * Appends from several callers for ever, each to its own few keys, every third time a tombstone, always to two partitions
 * in one append; meanwhile compacts every few milliseconds, at a time at which no tombstone is kept. Prints
 * `key turn value place place;` of each append that was acknowledged, a tombstone's value as `×`.
 */
const WRITER = `
  import { writeSync } from 'node:fs';
  import { openEmbeddedLog } from ${JSON.stringify(new URL('./embedded-log.ts', import.meta.url).href)};
  const [options, round] = process.argv.slice(1);
  const log = await openEmbeddedLog({ ...JSON.parse(options), compactionIntervalMs: 0 });
  const bytes = (text) => new TextEncoder().encode(text);
  const caller = async (name) => {
    for (let turn = 0; ; turn++) {
      const key = name + '.' + (turn * 7 + name) % ${KEYS_EACH};
      const value = turn % 3 === 2 ? null : round + '-' + turn;
      const pair = [name % 3, (name + 1) % 3].map((partition) => (
        { partition, key: bytes(key), value: value && bytes(value), headers: {}, timestamp: Date.now() }));
      const outcome = await log.append(pair);
      if (outcome.kind !== 'appended') throw new Error(outcome.reason);
      const places = outcome.records.map(({ partition, offset }) => partition + '@' + offset);
      writeSync(1, [key, turn, value ?? '×', ...places].join(' ') + ';\\n');
    }
  };
  const compactor = async () => {
    for (;;) {
      await log.compact(Date.now() + 1000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await Promise.all([compactor(), ...Array.from({ length: ${CALLERS} }, (_, name) => caller(name))]);
`;

/** Runs the writer and kills it some time after its first line; answers the lines that it printed whole. */
async function writeAndKill(round: number, afterMs: number): Promise<readonly string[]> {
  const options = JSON.stringify({ ...OPTIONS, directory });
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, options, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let killed = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) === 1) {
      setTimeout(() => {
        killed = child.kill('SIGKILL');
      }, afterMs);
    }
  }
  expect(killed).toBe(true);
  return lines.filter((line) => line.endsWith(';'));
}

/** What the caller that owns a key did to it last: what was acknowledged, and what may have been under way at the kill. */
interface Expected {
  state: string;
  places: readonly string[];
}

/** The newest record of each key in each partition, as `value` and `partition@offset`; a key without one has no entry. */
async function fold(log: EmbeddedLog): Promise<Map<string, Map<number, { state: string; place: string }>>> {
  const found = new Map<string, Map<number, { state: string; place: string }>>();
  for (const partition of [0, 1, 2]) {
    for (const { key, value, offset } of await recordsToEnd(log, partition)) {
      const id = Buffer.from(key).toString();
      const states = found.get(id) ?? new Map<number, { state: string; place: string }>();
      found.set(id, states);
      if (value === null) states.delete(partition);
      else states.set(partition, { state: Buffer.from(value).toString(), place: `${partition}@${offset}` });
    }
  }
  return found;
}

/** The key that a caller writes in its turn, and the value, as WRITER chooses them. */
function writeOf(name: number, turn: number, round: number): { key: string; state: string } {
  return { key: `${name}.${(turn * 7 + name) % KEYS_EACH}`, state: turn % 3 === 2 ? '×' : `${round}-${turn}` };
}

/** Compares the log with what was acknowledged; of each caller one more append may be in it, whole. Notes what is there. */
async function settle(expected: Map<string, Expected>, lines: readonly string[], round: number): Promise<void> {
  const turns = Array.from({ length: CALLERS }, () => 0);
  for (const line of lines) {
    const [key = '', turn = '', state = '', ...places] = line.slice(0, -1).split(' ');
    turns[Number(key.split('.')[0])] = Number(turn) + 1;
    expected.set(key, { state, places });
  }
  const underWay = new Map(turns.map((turn, name) => writeOf(name, turn, round)).map(({ key, state }) => [key, state]));

  const log = await openEmbeddedLog({ ...OPTIONS, directory, compactionIntervalMs: 0 });
  const found = await fold(log);
  await log.close();
  for (const key of new Set([...expected.keys(), ...underWay.keys(), ...found.keys()])) {
    const there = [...(found.get(key)?.values() ?? [])];
    // Both records of an append are there or none, so both partitions show one state.
    const states = new Set(there.map(({ state }) => state));
    expect([key, states.size, there.length]).toEqual([key, states.size === 0 ? 0 : 1, states.size === 0 ? 0 : 2]);
    const state = there[0]?.state ?? '×';
    const places = there.map(({ place }) => place).sort();
    const former = expected.get(key) ?? { state: '×', places: [] };
    if (state === former.state && state !== '×') expect([key, places]).toEqual([key, [...former.places].sort()]);
    else if (state !== former.state) expect([key, state]).toEqual([key, underWay.get(key)]);
    expected.set(key, { state, places });
  }
}

test('a process that is killed while it appends and compacts loses no acknowledged record and leaves no append half done', async () => {
  const expected = new Map<string, Expected>();
  let acknowledged = 0;
  for (const [round, afterMs] of [5, 150, 37, 90, 60, 111, 21, 74].entries()) {
    const lines = await writeAndKill(round, afterMs);
    acknowledged += lines.length;
    await settle(expected, lines, round);
  }
  expect(acknowledged).toBeGreaterThan(200);

  const log = await openEmbeddedLog({ ...OPTIONS, directory, compactionIntervalMs: 0 });
  const kept = await Promise.all([0, 1, 2].map((partition) => recordsToEnd(log, partition)));
  const { removed } = await log.compact();
  await log.close();
  // Compaction was at work all the time: what it had left to do at the last kill is little of what was written.
  expect(kept.flat().length - removed).toBeLessThanOrEqual(2 * CALLERS * KEYS_EACH + 3);
  expect(kept.flat().length).toBeLessThan(acknowledged);
});

test('a process that closes its log ends by itself', async () => {
  const own = join(directory, 'closing');
  const script = `
    import { openEmbeddedLog } from ${JSON.stringify(new URL('./embedded-log.ts', import.meta.url).href)};
    const log = await openEmbeddedLog({ directory: ${JSON.stringify(own)}, partitions: 1 });
    await log.append([{ partition: 0, key: new Uint8Array(1), value: null, headers: {}, timestamp: 0 }]);
    await log.close();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  const code = await new Promise((resolve) => {
    child.on('exit', resolve);
  });
  expect(code).toBe(0);
});

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordsToEnd } from '../log-under-test.conformance.ts';
import { openEmbeddedLog } from './embedded-log.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kmodel-crash-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const CALLERS = 8;

/** Appends from several callers for ever, and prints `partition offset value` of each record that was acknowledged. */
const WRITER = `
  import { writeSync } from 'node:fs';
  import { openEmbeddedLog } from ${JSON.stringify(new URL('./embedded-log.ts', import.meta.url).href)};
  const [directory, round] = process.argv.slice(1);
  const log = await openEmbeddedLog({ directory, partitions: 3, compactionIntervalMs: 20 });
  const caller = async (name) => {
    for (let turn = 0; ; turn++) {
      const value = round + '-' + name + '-' + turn;
      const bytes = new TextEncoder().encode(value);
      const pair = [turn % 3, (turn + 1) % 3].map((partition) => (
        { partition, key: bytes, value: bytes, headers: {}, timestamp: Date.now() }));
      const outcome = await log.append(pair);
      if (outcome.kind !== 'appended') throw new Error(outcome.reason);
      writeSync(1, outcome.records.map(({ partition, offset }) => partition + ' ' + offset + ' ' + value + '\\n').join(''));
    }
  };
  await Promise.all(Array.from({ length: ${CALLERS} }, (_, name) => caller(name)));
`;

/** Runs the writer and kills it some time after its first line; answers the lines that it printed whole. */
async function writeAndKill(round: number, afterMs: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, directory, String(round)], {
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
  // The last line may have been cut.
  return lines.slice(0, -1);
}

test('a process that is killed at any moment loses no acknowledged record and leaves no append half done', async () => {
  const acknowledged: string[] = [];
  for (const [round, afterMs] of [5, 150, 37, 90].entries()) {
    acknowledged.push(...(await writeAndKill(round, afterMs)));
  }
  expect(acknowledged.length).toBeGreaterThan(100);

  const log = await openEmbeddedLog({ directory, partitions: 3, compactionIntervalMs: 0 });
  const found = new Map<string, number>();
  const places = new Set<string>();
  for (const partition of [0, 1, 2]) {
    for (const { offset, value } of await recordsToEnd(log, partition)) {
      const text = Buffer.from(value ?? '').toString();
      places.add(`${partition} ${offset} ${text}`);
      found.set(text, (found.get(text) ?? 0) + 1);
    }
  }
  await log.close();
  expect(acknowledged.filter((line) => !places.has(line))).toEqual([]);
  expect([...found.values()].filter((count) => count !== 2)).toEqual([]);
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

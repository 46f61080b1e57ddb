import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { appended, batchesToEnd, record, recordsToEnd, shown } from '../log-under-test.conformance.ts';
import { describeLogConformance } from '../log.conformance.ts';
import { type Batch, boundsOf } from '../log.ts';
import { type EmbeddedLog, type EmbeddedLogOptions, openEmbeddedLog } from './embedded-log.ts';

const directories: string[] = [];

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kmodel-log-'));
  directories.push(directory);
  return directory;
}

describeLogConformance('the embedded log', async (given) => {
  const options = { directory: await makeDirectory(), partitions: 3, compactionIntervalMs: 0, ...given };
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
    },
  };
});

afterAll(async () => {
  await Promise.all(directories.map((directory) => rm(directory, { recursive: true })));
});

const opened: EmbeddedLog[] = [];

async function open(options: Partial<EmbeddedLogOptions> = {}): Promise<{ log: EmbeddedLog; directory: string }> {
  const directory = options.directory ?? (await makeDirectory());
  const log = await openEmbeddedLog({ directory, partitions: 2, compactionIntervalMs: 0, ...options });
  opened.push(log);
  return { log, directory };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
});

describe('durability', () => {
  test('the connection that writes flushes every commit', async () => {
    const { log } = await open();
    expect(await log.pragmas()).toEqual({ journalMode: 'wal', synchronous: 2 });
  });

  test('no append is answered before its commit: another connection sees the record at once', async () => {
    const { log, directory } = await open();
    const other = new DatabaseSync(join(directory, 'log.db'), { readOnly: true });
    const look = other.prepare('SELECT value FROM record_0 WHERE place = ?');
    const caller = async (name: string): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) {
        const [place] = appended(await log.append([record(0, name, `${name}-${turn}`)]));
        const value = look.get(place?.offset ?? -1)?.['value'] as Uint8Array | undefined;
        expect(Buffer.from(value ?? '').toString()).toBe(`${name}-${turn}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => caller(`caller-${i}`)));
    other.close();
  });

  test('a full log refuses what does not fit, keeps none of it, and takes what does fit', async () => {
    const { log } = await open({ maxBytes: 400 * 1024 });
    const large = (): ReturnType<typeof log.append> =>
      log.append([record(0, 'fits', 'v'), record(1, 'large', '', { value: new Uint8Array(600 * 1024) })]);
    expect(await log.append([record(0, 'a', '1')])).toMatchObject({ kind: 'appended' });
    expect(await large()).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('full') });
    expect(await log.append([record(0, 'b', '2')])).toMatchObject({ kind: 'appended' });
    expect(await large()).toMatchObject({ kind: 'unavailable' });
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a=1@0', 'b=2@1']);
    expect(boundsOf(await log.bounds(), 1).endOffset).toBe(0);
  });
});

test('a log whose writing thread is gone says so and does not look well; what was read can still be read', async () => {
  let thread: Worker | undefined;
  process.once('worker', (worker) => {
    thread = worker;
  });
  const { log } = await open();
  appended(await log.append([record(0, 'a', '1')]));
  const reading = log.read(0, { offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
  await thread?.terminate();
  const refusal = { code: 'LOG_UNAVAILABLE', message: expect.stringContaining('start the process again') };
  await expect(log.describe()).rejects.toMatchObject(refusal);
  await expect(log.bounds()).rejects.toMatchObject(refusal);
  expect(await log.append([record(0, 'b', '1')])).toMatchObject({ kind: 'unavailable' });
  expect(((await reading.next()).value as Batch).nextOffset).toBe(1);
  await log.close();
});

describe('opening', () => {
  test('a log made with another partition count is refused in one line', async () => {
    const { log, directory } = await open();
    await log.close();
    const again = open({ directory, partitions: 3 });
    await expect(again).rejects.toMatchObject({
      code: 'LOG_MISMATCH',
      message: expect.stringMatching(/^[^\n]*2[^\n]*3[^\n]*$/),
    });
    expect((await open({ directory })).log).toBeDefined();
  });

  test('a directory that can not be made, and a file that is no log, are refused in one line', async () => {
    const directory = await makeDirectory();
    await writeFile(join(directory, 'file'), 'x');
    await writeFile(join(directory, 'log.db'), 'this is not a SQLite file at all'.repeat(200));
    for (const bad of [join(directory, 'file', 'below'), directory]) {
      await expect(open({ directory: bad })).rejects.toMatchObject({
        code: 'DATA_DIR_UNUSABLE',
        message: expect.stringMatching(/^[^\n]*:data-dir[^\n]*$/),
      });
    }
  });

  test('a log in a later format is left alone', async () => {
    const { log, directory } = await open();
    await log.close();
    const file = new DatabaseSync(join(directory, 'log.db'));
    file.exec('UPDATE meta SET format = 99');
    file.close();
    await expect(open({ directory })).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
  });

  test.each([0, 1001, 1.5])('%s partitions are refused', async (partitions) => {
    await expect(open({ partitions })).rejects.toThrow(RangeError);
  });
});

describe('reading', () => {
  test('a partition whose last records are gone ends with an empty batch at endOffset', async () => {
    const { log, directory } = await open();
    await log.append([...'abcdef'].map((key) => record(0, key, 'v')));
    await log.close();
    const file = new DatabaseSync(join(directory, 'log.db'));
    file.exec('DELETE FROM record_0 WHERE place >= 3');
    file.close();
    const again = (await open({ directory })).log;
    expect(await batchesToEnd(again, 0, 4)).toEqual([{ partition: 0, fromOffset: 4, nextOffset: 6, records: [] }]);
    expect((await batchesToEnd(again, 0)).map(({ nextOffset }) => nextOffset)).toEqual([6]);
    expect(appended(await again.append([record(0, 'g', 'v')]))).toEqual([{ partition: 0, offset: 6 }]);
  });

  test('between any two batches, of whatever partitions, the event loop turns', async () => {
    const { log } = await open({ partitions: 10 });
    await log.append(Array.from({ length: 20_000 }, (_, i) => record(i % 10, `k${i}`, 'v')));
    let turn = 0;
    let turning = true;
    const count = (): void => {
      turn++;
      if (turning) setImmediate(count);
    };
    count();
    const turnsOfBatches: number[] = [];
    const readAll = async (partition: number): Promise<void> => {
      for await (const batch of log.read(partition, { offset: 0 }, new AbortController().signal)) {
        turnsOfBatches.push(turn);
        if (batch.nextOffset === 2000) return;
      }
    };
    await Promise.all([...Array(10).keys()].map((partition) => readAll(partition)));
    turning = false;
    expect(turnsOfBatches).toHaveLength(40);
    expect(new Set(turnsOfBatches).size).toBe(40);
  });

  test('a partition that does not exist is the caller’s error', async () => {
    const { log } = await open();
    await expect(batchesToEnd(log, 0)).resolves.toEqual([]);
    await expect(
      log.read(2, { offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]().next(),
    ).rejects.toThrow(RangeError);
  });
});

describe('compaction of the embedded log', () => {
  test('goes by itself', async () => {
    const { log } = await open({ compactionIntervalMs: 20 });
    await log.append([record(0, 'a', '1'), record(0, 'a', '2'), record(0, 'end', '1')]);
    await expect.poll(async () => shown(await recordsToEnd(log, 0))).toEqual(['a=2@1', 'end=1@2']);
  });

  test('lets appends in between its steps', async () => {
    const { log } = await open();
    await log.append(Array.from({ length: 30_000 }, (_, i) => record(i % 2, `k${i % 7000}`, 'v')));
    const state = { compacting: true };
    const compacted = log.compact().then(({ removed }) => {
      state.compacting = false;
      return removed;
    });
    let answered = 0;
    while (state.compacting) {
      appended(await log.append([record(0, 'x', 'v')]));
      answered++;
    }
    expect(await compacted).toBe(23_000);
    expect(answered).toBeGreaterThan(5);
  });

  test('stops at the first record that is too young, also before older ones behind it', async () => {
    const { log } = await open({ minCompactionLagMs: 1000 });
    const at = (timestamp: number): { timestamp: number } => ({ timestamp });
    await log.append([record(0, 'a', '1', at(0)), record(0, 'a', '2', at(10)), record(0, 'b', '1', at(900))]);
    await log.append([record(0, 'a', '3', at(20)), record(0, 'a', '4', at(30))]);
    expect(await log.compact(1899)).toEqual({ removed: 1 });
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a=2@1', 'b=1@2', 'a=3@3', 'a=4@4']);
    expect(await log.compact(1900)).toEqual({ removed: 2 });
    expect(shown(await recordsToEnd(log, 0))).toEqual(['b=1@2', 'a=4@4']);
  });

  test('keeps the moment of a tombstone’s first cleaning over a reopen, and no later cleaning moves it', async () => {
    const { log, directory } = await open({ deleteRetentionMs: 1000 });
    await log.append([record(0, 'a', '1'), record(0, 'a', null), record(0, 'end', '1')]);
    expect(await log.compact(5000)).toEqual({ removed: 1 });
    await log.close();
    const again = (await open({ directory, deleteRetentionMs: 1000 })).log;
    await again.append([record(0, 'end', '2')]);
    expect(await again.compact(5999)).toEqual({ removed: 1 });
    expect(shown(await recordsToEnd(again, 0))).toEqual(['a×@1', 'end=2@3']);
    expect(await again.compact(6000)).toEqual({ removed: 1 });
    expect(shown(await recordsToEnd(again, 0))).toEqual(['end=2@3']);
  });

  test('remembers nothing of a key whose tombstone is gone', async () => {
    const { log, directory } = await open({ deleteRetentionMs: 0 });
    await log.append([record(0, 'a', '1'), record(0, 'a', null), record(0, 'end', '1')]);
    await log.compact();
    await log.close();
    const file = new DatabaseSync(join(directory, 'log.db'), { readOnly: true });
    expect(file.prepare('SELECT place FROM newest').all()).toEqual([{ place: 2 }]);
    file.close();
  });

  test('ends with the log: a compaction under way is cut short, later ones are refused', async () => {
    const { log } = await open();
    await log.append(Array.from({ length: 20_000 }, (_, i) => record(0, `k${i % 9000}`, 'v')));
    const cut = log.compact().then(
      () => 'done',
      () => 'cut',
    );
    await log.close();
    expect(['done', 'cut']).toContain(await cut);
    await expect(log.compact()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import {
  Build,
  ids,
  type IndexNames,
  partitionByName,
  put,
  ready,
  type ViewUnderTest,
} from '../view-under-test.conformance.ts';
import { describeViewConformance } from '../view.conformance.ts';
import type { View } from '../view.ts';
import { openEmbeddedView } from './embedded-view.ts';

const NO_INDEXES: IndexNames = { filters: [], sorts: [] };
const partitionOf = (): number => 0;
const directories: string[] = [];
const open: View[] = [];

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kmodel-view-'));
  directories.push(directory);
  return directory;
}

async function opened(directory: string, indexes: IndexNames = NO_INDEXES): Promise<View> {
  const view = await openEmbeddedView({ directory, ...indexes, partitionOf: partitionByName });
  open.push(view);
  return view;
}

afterEach(async () => {
  for (const view of open.splice(0)) await view.close();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

describeViewConformance('the embedded view', async (indexes): Promise<ViewUnderTest> => {
  const directory = await newDirectory();
  const view = await opened(directory, indexes);
  return {
    view,
    reopen: async () => {
      await view.close();
      return opened(directory, indexes);
    },
    cleanup: async () => view.close(),
  };
});

describe('the file of the embedded view', () => {
  test.each([
    ['no SQLite file', async (file: string) => writeFile(file, 'not a view, but long enough to look at. '.repeat(500))],
    ['cut short', async (file: string) => truncate(file, 20_000)],
  ])('one that is %s is made anew: the view has no generation', async (_, damage) => {
    const directory = await newDirectory();
    const first = await opened(directory);
    await (
      await Build.live(first)
    ).apply(Array.from({ length: 200 }, (__, n) => put(`id-${n}`, { value: `"${'x'.repeat(500)}"` })));
    await first.close();
    await damage(join(directory, 'view.db'));
    const again = await opened(directory);
    expect((await again.describe()).generation).toBeUndefined();
    expect(await again.get('id-1')).toEqual({ kind: 'not-ready' });
    await Build.live(again);
    await again.close();
  });

  test('one that can not be opened is refused in one line that says it may be deleted', async () => {
    const directory = await newDirectory();
    await mkdir(join(directory, 'view.db'));
    const refused = openEmbeddedView({ directory, ...NO_INDEXES, partitionOf });
    await expect(refused).rejects.toMatchObject({ name: 'KmodelError', code: 'DATA_DIR_UNUSABLE' });
    await expect(refused).rejects.toThrow(/^[^\n]*view\.db[^\n]*delete it[^\n]*rebuilt from the log$/);
  });

  test('a directory that is not there is refused', async () => {
    const directory = join(await newDirectory(), 'missing');
    await expect(openEmbeddedView({ directory, ...NO_INDEXES, partitionOf })).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
    });
  });

  test('one of another format version is dropped: the view has no generation', async () => {
    const directory = await newDirectory();
    const first = await opened(directory);
    await (await Build.live(first)).apply([put('a')]);
    await first.close();
    const file = new DatabaseSync(join(directory, 'view.db'));
    file.exec('PRAGMA user_version = 999');
    file.close();
    const view = await opened(directory);
    expect((await view.describe()).generation).toBeUndefined();
    expect(await view.get('a')).toEqual({ kind: 'not-ready' });
    await (await Build.live(view)).apply([put('b')]);
    expect(await ids(view)).toEqual(['b']);
  });

  test('a generation that was begun for other indexes is not ready', async () => {
    const directory = await newDirectory();
    const first = await opened(directory, { filters: ['tag'], sorts: [] });
    await Build.live(first);
    await first.close();
    const view = await opened(directory, { filters: ['label'], sorts: [] });
    expect(await view.get('a')).toEqual({ kind: 'not-ready' });
    await Build.live(view);
    expect((await view.get('a')).kind).toBe('read');
  });
});

describe('applies of the embedded view', () => {
  test('an update that can not be stored fails alone, in the midst of others', async () => {
    const view = await opened(await newDirectory());
    const build = await Build.live(view, 3);
    const bad = [put('x', { partition: 1, terms: ['bad'] }), put('y', { partition: 1, createdAt: -1 })];
    const results = await Promise.allSettled([
      view.apply(build.update([put('a', { terms: ['good'] })], { partition: 0 })),
      view.apply(build.update(bad, { partition: 1 })),
      view.apply(build.update([put('b', { terms: ['good'] })], { partition: 2 })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await ids(view, { terms: [{ text: 'good', prefix: false }] })).toEqual(['a', 'b']);
    expect(await ids(view, { terms: [{ text: 'bad', prefix: false }] })).toEqual([]);
    expect(await ids(view)).toEqual(['a', 'b']);
    expect((await view.describe()).partitions.get(1)?.checkpoint).toBe(0);
    await build.apply([put('x', { partition: 1, terms: ['bad'] })], { partition: 1 });
    expect(await ids(view, { terms: [{ text: 'bad', prefix: false }] })).toEqual(['x']);
  });

  test('entities of one millisecond take each other’s places as they come and go, and are found by their own terms', async () => {
    const view = await opened(await newDirectory());
    const build = await Build.live(view);
    const empty = await view.checksum();
    const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
    for (let round = 0; round < 3; round += 1) {
      await build.apply(names.map((id, at) => put(id, { offset: at * (round + 1), terms: [id, `r${round}`] })));
      for (const id of ['n7', 'n99']) expect(await ids(view, { terms: [{ text: id, prefix: false }] })).toEqual([id]);
      await build.apply(names.filter((_, at) => at % 3 !== round).map((id) => ({ kind: 'delete', id })));
    }
    expect(await ids(view, { terms: [{ text: 'r2', prefix: false }] })).toEqual(
      names.filter((_, at) => at % 3 === 2).sort(),
    );
    await build.apply(names.map((id) => ({ kind: 'delete', id })));
    expect(await view.checksum()).toBe(empty);
  });
});

describe('a process that is killed', () => {
  test('at any moment: the view opens, checkpoint and entities agree, and nothing that was answered is missing', async () => {
    const directory = await newDirectory();
    for (let round = 0; round < 8; round += 1) {
      const answered = await applyUntilKilled(directory, round * 17);
      const view = await openEmbeddedView({ directory, filters: [], sorts: ['next'], partitionOf });
      const { partitions } = await view.describe();
      expect([...partitions].map(([partition, { live }]) => [partition, live])).toEqual(
        [0, 1, 2].map((each) => [each, true]),
      );
      for (const [partition, { checkpoint }] of partitions) {
        expect(checkpoint).toBeGreaterThanOrEqual(answered.get(partition) ?? 0);
        const latest = ready(await view.get(`latest-${partition}`)).value;
        expect(latest?.value ?? '{"next":0}').toBe(`{"next":${checkpoint}}`);
        const terms = [{ text: `p${partition}`, prefix: false }];
        const sorted = await ids(view, { terms, sort: 'next', limit: 3 });
        expect(sorted).toEqual(lastIds(partition, checkpoint));
      }
      await view.close();
    }
  });
});

/** The ids with the three greatest values: of the last batch of ten, and of the one before. */
function lastIds(partition: number, checkpoint: number): string[] {
  if (checkpoint === 0) return [];
  const last = [`${partition}-${checkpoint}`, `latest-${partition}`];
  return checkpoint === 10 ? last : [...last, `${partition}-${checkpoint - 10}`];
}

/** A process that applies without end; killed some milliseconds after its first answers. Answers what it was told. */
async function applyUntilKilled(directory: string, afterMs: number): Promise<Map<number, number>> {
  const source = `
    import { openEmbeddedView } from ${JSON.stringify(new URL('./embedded-view.ts', import.meta.url).href)};
    const view = await openEmbeddedView({ directory: ${JSON.stringify(directory)}, filters: [], sorts: ['next'], partitionOf: () => 0 });
    const identity = { logId: 'l', fingerprint: 'f', modelVersion: 1, partitions: 3 };
    if ((await view.describe()).generation === undefined) await view.begin(identity, undefined);
    const claims = await Promise.all([0, 1, 2].map(async (partition) => ({ partition, ...(await view.claim(partition)) })));
    const empty = { ...identity, operations: [], quarantined: [], live: true, caughtUpAt: undefined };
    await Promise.all(claims.map(async ({ checkpoint, ...claim }) =>
      view.apply({ ...claim, ...empty, fromOffset: checkpoint, nextOffset: checkpoint })));
    await Promise.all(claims.map(async ({ partition, generation, epoch, checkpoint }) => {
      for (let from = checkpoint; ; from += 10) {
        const next = from + 10;
        const put = (id) => ({ kind: 'put', id, value: JSON.stringify({ next }), createdAt: next, updatedAt: next, partition,
          offset: from, request: undefined, terms: ['p' + partition, 'n' + next], filters: {}, sorts: { next } });
        const operations = [put('latest-' + partition), put(partition + '-' + next)];
        await view.apply({ ...empty, generation, partition, epoch, fromOffset: from, nextOffset: next, operations });
        process.stdout.write(partition + ' ' + next + '\\n');
      }
    }));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const exited = new Promise((resolve) => child.on('exit', resolve));
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      resolve();
    });
    child.on('exit', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await exited;
  const lines = output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
  return new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
}

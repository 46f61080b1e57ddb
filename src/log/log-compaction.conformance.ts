/** The part of log.conformance.ts about compaction: what may go, what stays, and what a reader sees of the gaps. */
import { expect, test } from 'vitest';
import { boundsOf } from './log.ts';
import { tailOf } from './tail.ts';
import {
  appendEnd,
  appended,
  batchesToEnd,
  type MakeLog,
  record,
  recordsToEnd,
  shown,
} from './log-under-test.conformance.ts';

/** Times that the stories compact at lie at most so far ahead of the clock, so that an adapter can wait for them. */
const RETENTION_MS = 1500;

export function compactionStories(make: MakeLog): void {
  keepingStories(make);
  tombstoneStories(make);
  gapStories(make);
}

function keepingStories(make: MakeLog): void {
  test('of each key the newest record stays, at its offset, and the order stays', async () => {
    const { log, compact } = await make({});
    const values = ['a=1', 'b=1', 'a=2', 'c=1', 'b=2', 'a=3'];
    await log.append(values.map((text) => record(0, text.split('=')[0] ?? '', text.split('=')[1] ?? '')));
    await log.append([record(1, 'a', 'in another partition')]);
    await appendEnd(log, 0, 'end');
    await appendEnd(log, 1, 'end');
    await compact(Date.now());
    expect(shown(await recordsToEnd(log, 0))).toEqual(['c=1@3', 'b=2@4', 'a=3@5', 'end=v@6']);
    expect(await log.recordAt(0, 2)).toBeUndefined();
    expect(await log.recordAt(0, 4)).toMatchObject({ offset: 4 });
    expect(shown(await recordsToEnd(log, 1))).toEqual(['a=in another partition@0', 'end=v@1']);
  });

  test('what an earlier compaction kept goes when a later record supersedes it', async () => {
    const under = await make({});
    await under.log.append([record(0, 'a', '1'), record(0, 'b', '1')]);
    await appendEnd(under.log, 0, 'end-1');
    await under.compact(Date.now());
    const log = await under.reopen();
    await log.append([record(0, 'a', '2')]);
    await appendEnd(log, 0, 'end-2');
    await under.compact(Date.now());
    expect(shown(await recordsToEnd(log, 0))).toEqual(['b=1@1', 'end-1=v@2', 'a=2@3', 'end-2=v@4']);
  });

  test('keys are compared by their bytes', async () => {
    const { log, compact } = await make({});
    const keys = [Uint8Array.of(0), Uint8Array.of(0, 0), Uint8Array.of(), Uint8Array.of(255), Uint8Array.of(0, 0)];
    await log.append(keys.map((key) => record(0, '', 'v', { key })));
    await appendEnd(log, 0, 'end');
    await compact(Date.now());
    expect((await recordsToEnd(log, 0)).map(({ offset }) => offset)).toEqual([0, 2, 3, 4, 5]);
  });

  test('a record younger than min.compaction.lag neither goes nor supersedes', async () => {
    const { log, compact } = await make({ minCompactionLagMs: 60_000 });
    const old = { timestamp: Date.now() - 120_000 };
    await log.append([record(0, 'a', '1', old), record(0, 'b', '1', old), record(0, 'a', '2', old)]);
    await log.append([record(0, 'a', '3'), record(0, 'b', '2'), record(0, 'a', '4')]);
    await appendEnd(log, 0, 'end');
    await compact(Date.now());
    expect(shown(await recordsToEnd(log, 0))).toEqual(['b=1@1', 'a=2@2', 'a=3@3', 'b=2@4', 'a=4@5', 'end=v@6']);
  });

  test('offsets are never used again, whatever compaction removed', async () => {
    const under = await make({ deleteRetentionMs: 1 });
    await under.log.append([record(0, 'a', '1'), record(0, 'a', '2')]);
    await appendEnd(under.log, 0, 'a', 'a');
    appended(await under.log.append([record(0, 'a', null)]));
    await under.compact(Date.now());
    await under.compact(Date.now() + 1000);
    const log = await under.reopen();
    expect(boundsOf(await log.bounds(), 0).endOffset).toBe(5);
    expect(appended(await log.append([record(0, 'a', '3')]))).toEqual([{ partition: 0, offset: 5 }]);
  });

  test('compaction beside appends loses no key', async () => {
    const { log, compact } = await make({});
    const keys = 40;
    const turns = 60;
    const state = { appending: true };
    const compacted = (async () => {
      while (state.appending) await compact(Date.now());
    })();
    for (let turn = 0; turn < turns; turn++) {
      await log.append([...Array(keys).keys()].map((key) => record(0, `k${key}`, String(turn))));
    }
    state.appending = false;
    await compacted;
    await appendEnd(log, 0, 'end');
    await compact(Date.now());
    const found = shown(await recordsToEnd(log, 0));
    const first = keys * (turns - 1);
    const newest = [...Array(keys).keys()].map((key) => `k${key}=${turns - 1}@${first + key}`);
    expect(found).toEqual([...newest, `end=v@${keys * turns}`]);
  });
}

function tombstoneStories(make: MakeLog): void {
  test('a tombstone removes what it deletes, and goes itself only delete.retention after its first cleaning', async () => {
    const under = await make({ deleteRetentionMs: RETENTION_MS });
    await under.log.append([record(0, 'a', '1'), record(0, 'b', '1'), record(0, 'a', null)]);
    await appendEnd(under.log, 0, 'end-1');
    const firstCleaning = Date.now();
    await under.compact(firstCleaning);
    expect(shown(await recordsToEnd(under.log, 0))).toEqual(['b=1@1', 'a×@2', 'end-1=v@3']);
    const log = await under.reopen();
    await under.compact(Math.max(firstCleaning + 1, Date.now()));
    expect(shown(await recordsToEnd(log, 0))).toContain('a×@2');
    await appendEnd(log, 0, 'end-2');
    await under.compact(Date.now() + 2 * RETENTION_MS);
    expect(shown(await recordsToEnd(log, 0))).toEqual(['b=1@1', 'end-1=v@3', 'end-2=v@4']);
  });

  test('compaction keeps the tail of what it keeps, a tombstone’s too', async () => {
    const { log, compact } = await make({ deleteRetentionMs: 60_000 });
    await log.append([record(0, 'a', '1'), record(0, 'b', '1'), record(0, 'b', null, { timestamp: Date.now() - 5 })]);
    await appendEnd(log, 0, 'end');
    const tails = (await recordsToEnd(log, 0)).filter(({ offset }) => offset !== 1).map((each) => tailOf(each));
    await compact(Date.now());
    await appendEnd(log, 0, 'end-2');
    // The second time the tombstone has the moment of its first cleaning.
    await compact(Date.now());
    expect((await recordsToEnd(log, 0)).slice(0, -1).map((each) => tailOf(each))).toEqual(tails);
  });

  test('an old tombstone that was never cleaned stays: its age does not count', async () => {
    const { log, compact } = await make({ deleteRetentionMs: 600_000 });
    const old = { timestamp: Date.now() - 86_400_000 };
    await log.append([record(0, 'a', '1', old), record(0, 'a', null, old)]);
    await appendEnd(log, 0, 'end');
    await compact(Date.now());
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a×@1', 'end=v@2']);
  });

  test('a key that was deleted can come back', async () => {
    const { log, compact } = await make({ deleteRetentionMs: RETENTION_MS });
    await log.append([record(0, 'a', '1'), record(0, 'a', null)]);
    await appendEnd(log, 0, 'end-1');
    await compact(Date.now());
    await log.append([record(0, 'a', '2')]);
    await appendEnd(log, 0, 'end-2');
    await compact(Date.now() + 2 * RETENTION_MS);
    await appendEnd(log, 0, 'end-3');
    await compact(Date.now() + 2 * RETENTION_MS);
    expect(shown(await recordsToEnd(log, 0))).toEqual(['end-1=v@2', 'a=2@3', 'end-2=v@4', 'end-3=v@5']);
  });

  test('a partition’s newest record stays, even a tombstone', async () => {
    const under = await make({ deleteRetentionMs: 1 });
    await under.log.append([record(0, 'a', '1'), record(0, 'b', null)]);
    await under.compact(Date.now());
    await under.compact(Date.now() + 1000);
    const log = await under.reopen();
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a=1@0', 'b×@1']);
  });
}

function gapStories(make: MakeLog): void {
  test('reading passes every gap and ends at endOffset, wherever it begins', async () => {
    const { log, compact } = await make({ deleteRetentionMs: 1 });
    await log.append([...Array(30).keys()].map((i) => record(0, 'same', String(i))));
    await log.append([record(0, 'gone', '1'), record(0, 'gone', null)]);
    await appendEnd(log, 0, 'end-1');
    await compact(Date.now());
    await appendEnd(log, 0, 'end-2');
    await compact(Date.now() + 1000);
    const endOffset = boundsOf(await log.bounds(), 0).endOffset;
    expect(endOffset).toBe(34);
    for (let from = 0; from < endOffset; from++) {
      const batches = await batchesToEnd(log, 0, from);
      expect(batches[0]?.fromOffset).toBe(from);
      expect(batches.at(-1)?.nextOffset).toBe(endOffset);
      const kept = ['same=29@29', 'end-1=v@32', 'end-2=v@33'].filter((text) => from <= Number(text.split('@')[1]));
      expect(shown(await recordsToEnd(log, 0, from))).toEqual(kept);
    }
    expect(boundsOf(await log.bounds(), 0).startOffset).toBe(0);
  });

  test('a reader that is behind while compaction runs sees each key’s newest record', async () => {
    const { log, compact } = await make({});
    await log.append([...Array(1000).keys()].map((i) => record(0, `k${i % 100}`, String(i))));
    const stop = new AbortController();
    const newest = new Map<string, string>();
    let next = 0;
    for await (const batch of log.read(0, { offset: 0 }, stop.signal)) {
      expect(batch.fromOffset).toBe(next);
      for (const { key, value } of batch.records)
        newest.set(Buffer.from(key).toString(), Buffer.from(value ?? '').toString());
      if (next === 0) {
        await log.append([record(0, 'k5', 'newer')]);
        await appendEnd(log, 0, 'end');
        await compact(Date.now());
      }
      next = batch.nextOffset;
      if (next >= 1002) break;
    }
    expect(newest.size).toBe(101);
    expect(newest.get('k5')).toBe('newer');
    expect(newest.get('k7')).toBe('907');
  });
}

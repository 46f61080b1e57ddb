/**
 * What every adapter of the Log port does. An adapter's test calls `describeLogConformance`; no story here knows how an
 * adapter stores anything, and time passes only through `compact`.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { compactionStories } from './log-compaction.conformance.ts';
import { readStories } from './log-read.conformance.ts';
import {
  appended,
  type LogUnderTest,
  type MakeLog,
  pause,
  record,
  recordsToEnd,
  shown,
} from './log-under-test.conformance.ts';
import { answeredBounds, type AppendOutcome, boundsOf } from './log.ts';

/** Runs the suite; `makeLog` makes a new, empty log each time. */
export function describeLogConformance(name: string, makeLog: MakeLog): void {
  describe(`${name} keeps the contract of the Log port`, () => {
    const made: LogUnderTest[] = [];
    const make: MakeLog = async (options) => {
      const log = await makeLog(options);
      made.push(log);
      return log;
    };
    afterEach(async () => {
      await Promise.all(made.splice(0).map((log) => log.cleanup()));
    });

    describe('append', () => appendStories(make));
    describe('the end', () => endStories(make));
    describe('read', () => readStories(make));
    describe('compaction', () => compactionStories(make));
    describe('a log’s life', () => lifeStories(make));
  });
}

function appendStories(make: MakeLog): void {
  test('what was appended is read back in its order, with its place, bytes, headers and time', async () => {
    const { log } = await make({});
    const given = [
      record(1, 'plain', 'value', { timestamp: 1_700_000_000_123 }),
      record(1, 'unicode', 'żółć 🎈', { headers: { 'kmodel-created': '17', größe: 'ñ 日本語 🎈\n"', leer: '' } }),
      record(1, 'empty value', ''),
      record(1, 'tombstone', null),
      record(1, '', 'under the empty key'),
      record(1, '', null, { key: Uint8Array.of(0, 255, 128, 0), value: Uint8Array.from({ length: 256 }, (_, i) => i) }),
      record(1, '1 MiB', '', { value: new Uint8Array(1024 * 1024).map((_, i) => i % 251) }),
    ];

    expect(appended(await log.append(given))).toEqual(given.map((_, offset) => ({ partition: 1, offset })));

    const found = await recordsToEnd(log, 1);
    expect(found.map(({ headers, timestamp, offset }) => ({ headers, timestamp, offset }))).toEqual(
      given.map(({ headers, timestamp }, offset) => ({ headers, timestamp, offset })),
    );
    for (const [index, { key, value }] of given.entries()) {
      expect(Buffer.compare(found[index]?.key ?? Buffer.from('missing'), key)).toBe(0);
      expect(found[index]?.value === null).toBe(value === null);
      if (value !== null) expect(Buffer.compare(found[index]?.value ?? Buffer.from('missing'), value)).toBe(0);
    }
    expect(found[2]?.value).toHaveLength(0);
  });

  test('the offsets of each partition start at 0 and grow by one, also within one append', async () => {
    const { log } = await make({});
    const places = appended(await log.append([0, 2, 0, 0, 2].map((partition) => record(partition, 'k', 'v'))));
    expect(places.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual([
      '0:0',
      '2:0',
      '0:1',
      '0:2',
      '2:1',
    ]);
    expect(appended(await log.append([record(2, 'k', 'v')]))).toEqual([{ partition: 2, offset: 2 }]);
    expect(appended(await log.append([record(1, 'k', 'v')]))).toEqual([{ partition: 1, offset: 0 }]);
  });

  test('an append of nothing is appended and moves nothing', async () => {
    const { log } = await make({});
    const { id } = await log.describe();
    expect(await log.append([])).toEqual({ kind: 'appended', logId: id, records: [] });
    expect(boundsOf(await log.bounds(), 0).endOffset).toBe(0);
  });

  test('concurrent appends all land, each caller’s in its order', async () => {
    const { log } = await make({});
    const outcomes: Promise<AppendOutcome>[] = [];
    for (let turn = 0; turn < 50; turn++) {
      for (let caller = 0; caller < 10; caller++) {
        outcomes.push(
          log.append([record(0, `caller-${caller}`, String(turn)), record(1, `caller-${caller}`, String(turn))]),
        );
      }
    }
    const places = (await Promise.all(outcomes)).flatMap((outcome) => appended(outcome));
    for (const partition of [0, 1]) {
      const offsets = places.filter((place) => place.partition === partition).map(({ offset }) => offset);
      expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, offset) => offset));
      const found = await recordsToEnd(log, partition);
      for (let caller = 0; caller < 10; caller++) {
        const own = found.filter(({ key }) => Buffer.from(key).toString() === `caller-${caller}`);
        expect(own.map(({ value }) => Number(Buffer.from(value ?? '').toString()))).toEqual([...Array(50).keys()]);
      }
    }
  });

  test('a record can be read at the moment its append is answered', async () => {
    const { log } = await make({});
    for (let offset = 0; offset < 20; offset++) {
      expect(appended(await log.append([record(0, 'k', String(offset))]))).toEqual([{ partition: 0, offset }]);
      expect(shown(await recordsToEnd(log, 0, offset))).toEqual([`k=${offset}@${offset}`]);
      expect(boundsOf(await log.bounds(), 0).endOffset).toBe(offset + 1);
    }
  });
}

function endStories(make: MakeLog): void {
  test('the end is one past the last record, also of one that was appended a moment ago', async () => {
    const { log } = await make({});
    const { id } = await log.describe();
    expect(await log.endOf(0)).toEqual({ logId: id, endOffset: 0 });
    for (let i = 0; i < 20; i++) {
      appended(await log.append([record(0, `k${i}`, 'v')]));
      expect(await log.endOf(0)).toEqual({ logId: id, endOffset: i + 1 });
    }
    expect(await log.endOf(1)).toEqual({ logId: id, endOffset: 0 });
  });

  test('many who ask at once, while others append, are each told an end at or past what was appended before', async () => {
    const { log } = await make({});
    const asker = async (partition: number): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        const [place] = appended(await log.append([record(partition, `${partition}-${turn}`, 'v')]));
        expect((await log.endOf(partition)).endOffset).toBeGreaterThan(place?.offset ?? 0);
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, at) => asker(at % 3)));
    expect((await log.endOf(0)).endOffset).toBe(200);
  });

  test('where nothing was left without an outcome, everything is settled; a partition that does not exist is refused', async () => {
    const { log } = await make({});
    appended(await log.append([record(0, 'a', '1')]));
    await log.settled(0);
    expect(log.appendProblem()).toBeUndefined();
    await expect(log.endOf(3)).rejects.toThrow('partition 3 does not exist');
    await expect(log.settled(3)).rejects.toThrow('partition 3 does not exist');
  });
}

function lifeStories(make: MakeLog): void {
  test('a lone worker is given every partition, and is told until it stops', async () => {
    const { log } = await make({ partitions: 4 });
    const stop = new AbortController();
    const told = log.membership('group', stop.signal)[Symbol.asyncIterator]();
    expect((await told.next()).value).toEqual(new Set([0, 1, 2, 3]));
    const more = told.next();
    expect(await Promise.race([more, pause(50)])).toBe('paused');
    stop.abort();
    expect(await Promise.race([more, pause(5000)])).toMatchObject({ done: true });
  });

  test('bounds and description tell what is there', async () => {
    const { log } = await make({ partitions: 4, minCompactionLagMs: 1234, deleteRetentionMs: 98_765 });
    expect(await log.describe()).toMatchObject({
      partitions: 4,
      minCompactionLagMs: 1234,
      deleteRetentionMs: 98_765,
      settings: { 'min.compaction.lag.ms': '1234', 'delete.retention.ms': '98765' },
      warnings: [],
    });
    await log.append([record(1, 'a', 'v'), record(1, 'b', 'v'), record(3, 'c', 'v')]);
    const bounds = await log.bounds();
    expect(bounds.size).toBe(4);
    expect([0, 1, 2, 3].map((partition) => boundsOf(bounds, partition).endOffset)).toEqual([0, 2, 0, 1]);
    for (const { startOffset, endOffset, stableEndOffset } of answeredBounds(bounds).values()) {
      expect(startOffset).toBe(0);
      expect(stableEndOffset).toBe(endOffset);
    }
  });

  test('who keeps a partition may tell how far the view has come', async () => {
    const { log } = await make({});
    await log.append([record(0, 'a', 'v'), record(2, 'b', 'v')]);
    // A process that keeps nothing of the group may say it too.
    await log.commit('other group', new Map([[0, 1]]));
    const stop = new AbortController();
    const told = log.membership('group', stop.signal)[Symbol.asyncIterator]();
    expect((await told.next()).value).toEqual(new Set([0, 1, 2]));
    const position = [0, 2].map((partition) => [partition, 1] as const);
    await log.commit('group', new Map(position));
    await log.commit('group', new Map());
    stop.abort();
    await told.next();
  });

  test('its identity stays when it is opened again, and is not that of another log', async () => {
    const one = await make({});
    const other = await make({});
    const { id } = await one.log.describe();
    expect(id).toMatch(/^[A-Za-z0-9_-]{1,100}$/);
    expect((await other.log.describe()).id).not.toBe(id);
    expect(await one.log.append([record(0, 'a', 'v')])).toMatchObject({ kind: 'appended', logId: id });
    expect((await (await one.reopen()).describe()).id).toBe(id);
  });

  test('opened again it holds the same records and goes on behind them', async () => {
    const under = await make({});
    await under.log.append([record(0, 'a', '1'), record(0, 'b', null), record(2, 'c', '3')]);
    const log = await under.reopen();
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a=1@0', 'b×@1']);
    expect(shown(await recordsToEnd(log, 2))).toEqual(['c=3@0']);
    expect(appended(await log.append([record(0, 'd', '4')]))).toEqual([{ partition: 0, offset: 2 }]);
  });

  test('close answers appends under way truly, refuses later ones, and ends those who wait', async () => {
    const under = await make({});
    const never = new AbortController().signal;
    const reader = under.log.read(1, { offset: 0 }, never)[Symbol.asyncIterator]().next();
    const member = under.log.membership('group', never)[Symbol.asyncIterator]();
    await member.next();
    const told = member.next();
    const underWay = [...Array(50).keys()].map((i) => under.log.append([record(0, `k${i}`, 'v')]));
    const closed = under.log.close();
    expect(await under.log.append([record(0, 'late', 'v')])).toMatchObject({ kind: 'unavailable' });
    await closed;
    await under.log.close();
    expect(await under.log.append([record(0, 'later', 'v')])).toMatchObject({ kind: 'unavailable' });
    expect(await Promise.race([reader, pause(1000)])).toMatchObject({ done: true });
    expect(await Promise.race([told, pause(1000)])).toMatchObject({ done: true });
    await expect(under.log.bounds()).rejects.toThrow(/^[^\n]+$/);
    await expect(under.log.endOf(0)).rejects.toThrow(/^[^\n]+$/);
    await expect(under.log.settled(0)).rejects.toThrow(/^[^\n]+$/);

    const outcomes = await Promise.all(underWay);
    const places = outcomes.flatMap((outcome) => (outcome.kind === 'appended' ? outcome.records : []));
    const found = await recordsToEnd(await under.reopen(), 0);
    expect(found.map(({ offset }) => offset)).toEqual(places.map(({ offset }) => offset));
  });
}

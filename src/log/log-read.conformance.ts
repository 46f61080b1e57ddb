/** The part of log.conformance.ts about reading: waiting, stopping, limits and back-pressure. */
import { expect, test } from 'vitest';
import { type Batch, hasDiverged, LogDiverged } from './log.ts';
import { tailOf } from './tail.ts';
import {
  appended,
  batchesToEnd,
  type MakeLog,
  pause,
  record,
  recordsToEnd,
  shown,
} from './log-under-test.conformance.ts';

export function readStories(make: MakeLog): void {
  test('rejects where the log is another one than the reader means', async () => {
    const { log } = await make({});
    appended(await log.append([record(0, 'a', '1')]));
    const { signal } = new AbortController();
    await expect(
      log.read(0, { offset: 0, logId: 'another' }, signal)[Symbol.asyncIterator]().next(),
    ).rejects.toBeInstanceOf(Error);
    const { id } = await log.describe();
    expect((await log.read(0, { offset: 0, logId: id }, signal)[Symbol.asyncIterator]().next()).value).toMatchObject({
      nextOffset: 1,
    });
  });

  test('reading begins anywhere', async () => {
    const { log } = await make({});
    await log.append([...Array(10).keys()].map((i) => record(0, `k${i}`, 'v')));
    expect(shown(await recordsToEnd(log, 0, 7))).toEqual(['k7=v@7', 'k8=v@8', 'k9=v@9']);
  });

  test('a reader beyond the end has read what the log does not hold', async () => {
    const { log } = await make({});
    await log.append([record(0, 'a', 'v'), record(0, 'b', 'v')]);
    const reading = log.read(0, { offset: 3 }, new AbortController().signal)[Symbol.asyncIterator]();
    const failure = await reading.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LogDiverged);
    expect(failure).toMatchObject({ partition: 0, offset: 2, message: expect.stringMatching(/^[^\n]*\b3\b[^\n]*$/) });
  });

  test('a reader that was at the end, and whose history is the log’s, goes on there', async () => {
    const { log } = await make({});
    await log.append([record(0, 'a', 'v')]);
    const [{ leaderEpoch } = { leaderEpoch: undefined }] = await batchesToEnd(log, 0);
    const { id: logId } = await log.describe();
    await log.append([record(0, 'b', 'v')]);
    const from = { offset: 1, leaderEpoch, logId };
    const reading = log.read(0, from, new AbortController().signal)[Symbol.asyncIterator]();
    const { value } = (await reading.next()) as { value: Batch };
    expect(shown(value.records)).toEqual(['b=v@1']);
    // What one batch told is what the log says of the epoch, where it has epochs.
    const end = leaderEpoch === undefined ? undefined : await log.epochEnd(0, leaderEpoch);
    expect(end === undefined || !hasDiverged(end, { offset: 2, leaderEpoch: leaderEpoch! })).toBe(true);
    await reading.return?.();
  });

  test('a tail tells whether the log still holds what was read; one that names no record tells nothing', async () => {
    const { log } = await make({});
    await log.append([record(0, 'a', '1'), record(0, 'b', '2')]);
    const { id: logId } = await log.describe();
    const [batch] = await batchesToEnd(log, 0);
    expect(batch?.tail).toBe(tailOf(batch!.records.at(-1)!));
    await log.append([record(0, 'c', '3')]);
    const next = async (tail: string): Promise<unknown> => {
      const reading = log.read(0, { offset: 2, tail, logId }, new AbortController().signal)[Symbol.asyncIterator]();
      const { value } = (await reading.next()) as { value: Batch };
      await reading.return?.();
      return shown(value.records);
    };
    for (const tail of [batch!.tail!, '99:xxxx', '']) expect(await next(tail)).toEqual(['c=3@2']);
    const other = await next('1:xxxx').catch((error: unknown) => error);
    expect(other).toBeInstanceOf(LogDiverged);
    expect(other).toMatchObject({ partition: 0, offset: 1, message: expect.stringMatching(/^[^\n]*\b1\b[^\n]*$/) });
  });

  test('one record is found by its offset, and nothing where there is none', async () => {
    const { log } = await make({});
    await log.append([record(0, 'a', '1'), record(0, 'b', null), record(0, 'c', '3')]);
    const found = await Promise.all([0, 1, 2].map((offset) => log.recordAt(0, offset)));
    expect(shown(found.filter((each) => each !== undefined))).toEqual(['a=1@0', 'b×@1', 'c=3@2']);
    expect([await log.recordAt(0, 3), await log.recordAt(1, 0)]).toEqual([undefined, undefined]);
    await expect(log.recordAt(3, 0)).rejects.toThrow(/\b3\b/);
  });

  test('a partition that does not exist is the caller’s error', async () => {
    const { log } = await make({});
    const reading = log.read(3, { offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toThrow(/\b3\b/);
    await expect(log.append([record(3, 'a', 'v')])).rejects.toThrow(/\b3\b/);
  });

  test('a reader at the end waits, then gets what is appended', async () => {
    const { log } = await make({});
    await log.append([record(0, 'old', 'v')]);
    const stop = new AbortController();
    const batches = log.read(0, { offset: 1 }, stop.signal)[Symbol.asyncIterator]();
    const first = batches.next();
    await log.append([record(1, 'elsewhere', 'v')]);
    expect(await Promise.race([first, pause(100)])).toBe('paused');
    await log.append([record(0, 'new', 'v')]);
    const { value } = (await first) as { value: Batch };
    expect(value.fromOffset).toBe(1);
    expect(value.nextOffset).toBe(2);
    expect(shown(value.records)).toEqual(['new=v@1']);
    const second = batches.next();
    await log.append([record(0, 'newer', 'v')]);
    expect(shown(((await second) as { value: Batch }).value.records)).toEqual(['newer=v@2']);
    stop.abort();
    expect((await batches.next()).done).toBe(true);
  });

  test('abort ends a waiting reader at once, and one that has more to read', async () => {
    const { log } = await make({});
    await log.append([...Array(600).keys()].map((i) => record(0, `k${i}`, 'v')));
    const stop = new AbortController();
    const waiting = log.read(1, { offset: 0 }, stop.signal)[Symbol.asyncIterator]();
    const halfway = log.read(0, { offset: 0 }, stop.signal)[Symbol.asyncIterator]();
    expect((await halfway.next()).done).toBe(false);
    const ended = waiting.next();
    await pause(50);
    stop.abort();
    expect(await Promise.race([ended, pause(1000)])).toMatchObject({ done: true });
    expect(await Promise.race([halfway.next(), pause(1000)])).toMatchObject({ done: true });
    expect((await log.read(0, { offset: 0 }, stop.signal)[Symbol.asyncIterator]().next()).done).toBe(true);
  });

  test('a batch holds at most 1,000 records', async () => {
    const { log } = await make({});
    await log.append([...Array(1201).keys()].map((i) => record(0, `k${i}`, 'v')));
    const batches = await batchesToEnd(log, 0);
    expect(Math.max(...batches.map(({ records }) => records.length))).toBeLessThanOrEqual(1000);
    expect(batches.flatMap(({ records }) => records).map(({ offset }) => offset)).toEqual([...Array(1201).keys()]);
  });

  test('a batch holds at most 512 KiB, unless it is a single record', async () => {
    const { log } = await make({});
    const kibibytes = [200, 200, 200, 700, 1, 512, 511, 1];
    await log.append(kibibytes.map((size, i) => record(0, `k${i}`, '', { value: new Uint8Array(size * 1024) })));
    const batches = await batchesToEnd(log, 0);
    for (const { records } of batches) {
      const bytes = records.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
      if (records.length > 1) expect(bytes).toBeLessThanOrEqual(512 * 1024);
    }
    expect(batches.flatMap(({ records }) => records).map(({ offset }) => offset)).toEqual([...kibibytes.keys()]);
  });

  test('a reader that does not pull holds up nobody and misses nothing', async () => {
    const { log } = await make({});
    await log.append([...Array(600).keys()].map((i) => record(0, `k${i}`, 'v')));
    const slow = log.read(0, { offset: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
    const first = (await slow.next()) as { value: Batch };
    await log.append([...Array(600).keys()].map((i) => record(0, `l${i}`, 'v')));
    expect(await recordsToEnd(log, 0)).toHaveLength(1200);
    let next = first.value.nextOffset;
    while (next < 1200) {
      const { value } = (await slow.next()) as { value: Batch };
      expect(value.fromOffset).toBe(next);
      expect(value.records.length).toBeLessThanOrEqual(1000);
      expect(value.records.map(({ offset }) => offset)).toEqual(value.records.map((_, i) => next + i));
      next = value.nextOffset;
    }
    expect(next).toBe(1200);
    await slow.return?.();
  });
}

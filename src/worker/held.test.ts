/** What ends a hold by itself, and what doesn't. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Bounds, Log, LogRecord } from '../log/log.ts';
import { tailOf } from '../log/tail.ts';
import { defineModel } from '../model/define.ts';
import { SILENT } from '../status/recorder.ts';
import type { View, ViewDescription } from '../view/view.ts';
import { makeGenerations } from './generation.ts';

const model = defineModel({ name: 'note', version: 2, partitions: 1, schema: z.strictObject({ n: z.number() }) });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The last record that the view was built from. */
const LAST: LogRecord = {
  partition: 0,
  offset: 8,
  key: Uint8Array.of(97),
  value: Uint8Array.of(123, 125),
  headers: {},
  timestamp: 1_700_000_000_000,
};

/** A worker, a view that is held for `reason`, and what becomes of it. */
function held(reason: string, bounds: Bounds, last: LogRecord | undefined) {
  const done: string[] = [];
  const seam = { tail: tailOf(LAST) };
  let view: ViewDescription = {
    generation: { id: 'g', logId: 'log', fingerprint: model.fingerprint, modelVersion: 2, partitions: 1 },
    partitions: new Map([[0, { checkpoint: 9, epoch: 1, live: true, caughtUpAt: Date.now(), seam }]]),
    quarantined: 0,
    doubt: { reason, evidence: 'seen', seen: 9, firstAt: 0, lastAt: 9_000_000 },
  };
  const settings = { minCompactionLagMs: 0, deleteRetentionMs: undefined, settings: {}, warnings: [] };
  const log = {
    describe: async () => ({ id: 'log', partitions: 1, ...settings }),
    bounds: async () => bounds,
    recordAt: async () => last,
  } as unknown as Log;
  const port = {
    describe: async () => view,
    release: async () => {
      done.push('released');
      const { doubt: _, ...plain } = view;
      view = plain;
    },
    begin: async () => done.push('begun'),
  } as unknown as View;
  const logger = pino({ level: 'silent' });
  const worker = makeGenerations({ model, log, view: port, owner: 'me', recorder: SILENT, logger, now: Date.now });
  return { worker, done };
}

async function lookFor10Seconds(
  reason: string,
  bounds: Bounds,
  last: LogRecord | 'compacted' = LAST,
): Promise<readonly string[]> {
  const { worker, done } = held(reason, bounds, last === 'compacted' ? undefined : last);
  for (let n = 0; n < 10; n += 1) {
    await worker.ensure().catch(() => undefined);
    vi.advanceTimersByTime(1_000);
  }
  return done;
}

const whole: Bounds = new Map([[0, { startOffset: 0, endOffset: 9, stableEndOffset: 9 }]]);

test('a hold ends by itself where the log holds again what the view was built from', async () => {
  expect(await lookFor10Seconds('LOG_SHORTER', whole)).toEqual(['released']);
});

test('not where only the length is there again: another record stands last, or none that could prove it', async () => {
  expect(await lookFor10Seconds('LOG_SHORTER', whole, { ...LAST, timestamp: 1 })).toEqual([]);
  expect(await lookFor10Seconds('LOG_SHORTER', whole, 'compacted')).toEqual([]);
});

test('a hold is ended neither by a partition that does not answer nor by a version that does not know its reason', async () => {
  expect(await lookFor10Seconds('LOG_SHORTER', new Map([[0, { problem: 'no leader' }]]))).toEqual([]);
  expect(await lookFor10Seconds('OF_A_NEWER_VERSION', whole)).toEqual([]);
});

test('a held view is not replaced where deletes may have been missed', async () => {
  const { worker, done } = held('LOG_SHORTER', whole, LAST);
  await expect(worker.replace('g', 'deletes may have been missed')).rejects.toThrow(/held|recover/);
  expect(done).toEqual([]);
});

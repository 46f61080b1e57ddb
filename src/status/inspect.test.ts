import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel } from '../model/define.ts';
import { inspect, type InspectedLog, type InspectedView, shared } from './inspect.ts';

const model = defineModel({ name: 'note', schema: z.strictObject({ text: z.string() }), partitions: 1 });

const log: InspectedLog = {
  describe: async () => ({
    id: 'log-1',
    partitions: 1,
    minCompactionLagMs: 0,
    deleteRetentionMs: 1,
    settings: {},
    warnings: [],
  }),
  bounds: async () => new Map([[0, { startOffset: 0, endOffset: 5, stableEndOffset: 5 }]]),
  owners: async (group) => new Map([[0, `${group}-worker`]]),
};
const view: InspectedView = {
  describe: async () => ({
    generation: { id: 'g', logId: 'log-1', fingerprint: model.fingerprint, modelVersion: 1, partitions: 1 },
    partitions: new Map([[0, { checkpoint: 5, epoch: 1, live: true, caughtUpAt: 0 }]]),
    quarantined: 0,
  }),
};
const never = (): Promise<never> => new Promise(() => undefined);

describe('inspecting a model', () => {
  test('asks log and view for what the report shows, at the moment given', async () => {
    const report = await inspect(model, log, view, 'readers', () => 0);
    expect(report).toMatchObject({ model: 'note', ok: true, at: '1970-01-01T00:00:00.000Z' });
    expect(report.partitions).toEqual([
      {
        partition: 0,
        startOffset: 0,
        endOffset: 5,
        stableEndOffset: 5,
        checkpoint: 5,
        lag: 0,
        owner: 'readers-worker',
        state: 'live',
      },
    ]);
  });

  test('turns what rejects into one line, and keeps the rest', async () => {
    const broken = { ...log, bounds: async () => Promise.reject(new Error('no\n leader')) };
    const report = await inspect(model, broken, view, 'readers');
    expect(report.problems).toEqual(['log: no leader']);
    expect(report.partitions[0]).toMatchObject({ checkpoint: 5, state: 'unknown' });
  });

  test('also what throws before there is a promise', async () => {
    const broken: InspectedView = {
      describe: () => {
        throw new Error('closed');
      },
    };
    expect((await inspect(model, log, broken, 'readers')).problems).toEqual(['view: closed']);
  });

  test('waits for nobody longer than it is told', async () => {
    const stuck = { describe: never, bounds: never, owners: never };
    const report = await inspect(model, stuck, { describe: never }, 'readers', Date.now, 50);
    expect(report.problems).toEqual(['log: no answer within 0.05 s', 'view: no answer within 0.05 s']);
  });
});

describe('a shared question', () => {
  test('is asked once for all who ask while it is under way, and again afterwards', async () => {
    let asked = 0;
    const ask = shared(async () => (asked += 1));
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(2);
  });

  test('that fails is asked again', async () => {
    let asked = 0;
    const ask = shared(async () => {
      asked += 1;
      if (asked === 1) throw new Error('once');
      return asked;
    });
    await expect(ask()).rejects.toThrow('once');
    expect(await ask()).toBe(2);
  });
});

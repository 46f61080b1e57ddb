import type { Logger } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel } from '../model/define.ts';
import { inspect, type InspectedLog, type InspectedView, type Inspector, shared, startInspector } from './inspect.ts';

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
};
const view: InspectedView = {
  describe: async () => ({
    generation: { id: 'g', logId: 'log-1', fingerprint: model.fingerprint, modelVersion: 1, partitions: 1 },
    partitions: new Map([
      [0, { checkpoint: 5, epoch: 1, live: true, caughtUpAt: 0, owner: { name: 'worker', seenMsAgo: 5 } }],
    ]),
    quarantined: 0,
  }),
};
const never = (): Promise<never> => new Promise(() => undefined);

describe('inspecting a model', () => {
  test('asks log and view for what the report shows, at the moment given', async () => {
    const report = await inspect(model, log, view, () => 0);
    expect(report).toMatchObject({ model: 'note', ok: true, at: '1970-01-01T00:00:00.000Z' });
    expect(report.partitions).toEqual([
      {
        partition: 0,
        startOffset: 0,
        endOffset: 5,
        stableEndOffset: 5,
        checkpoint: 5,
        lag: 0,
        owner: 'worker',
        state: 'live',
        problem: null,
      },
    ]);
  });

  test('turns what rejects into one line, and keeps the rest', async () => {
    const broken = { ...log, bounds: async () => Promise.reject(new Error('no\n leader')) };
    const report = await inspect(model, broken, view);
    expect(report.problems).toEqual(['log: no leader']);
    expect(report.partitions[0]).toMatchObject({ checkpoint: 5, state: 'unknown' });
  });

  test('also what throws before there is a promise', async () => {
    const broken: InspectedView = {
      describe: () => {
        throw new Error('closed');
      },
    };
    expect((await inspect(model, log, broken)).problems).toEqual(['view: closed']);
  });

  test('waits for nobody longer than it is told', async () => {
    const stuck = { describe: never, bounds: never };
    const report = await inspect(model, stuck, { describe: never }, Date.now, 50);
    expect(report.problems).toEqual(['log: no answer within 0.05 s', 'view: no answer within 0.05 s']);
  });
});

describe('a process that looks at one of its models', () => {
  const api = { logId: 'log-1', appendProblem: undefined };
  const lines: unknown[] = [];
  const logger = {
    info: (change: object, text: string) => lines.push([text, change]),
    warn: (change: object, text: string) => lines.push([text, change]),
  } as unknown as Pick<Logger, 'info' | 'warn'>;
  const started: Inspector[] = [];
  afterEach(() => {
    lines.length = 0;
    for (const one of started.splice(0)) one.stop();
  });

  function start(parts: { log?: InspectedLog; view?: InspectedView }): Inspector {
    const own = () => ({ api, worker: undefined });
    const inspector = startInspector({ model, log: parts.log ?? log, view: parts.view ?? view, logger, own });
    started.push(inspector);
    return inspector;
  }

  test('tells what begins and ends, once each, and says "starting" before the first readiness only', async () => {
    let fails = true;
    const inspector = start({
      view: { describe: () => (fails ? Promise.reject(new Error('no server')) : view.describe()) },
    });
    expect(await inspector.status()).toMatchObject({ reads: 'starting', problems: ['view: no server'] });
    expect(lines).toEqual([]);
    fails = false;
    expect(await inspector.status()).toMatchObject({ reads: 'ready', writes: 'ready' });
    await inspector.status();
    fails = true;
    expect(await inspector.status()).toMatchObject({ reads: 'unavailable', writes: 'degraded' });
    fails = false;
    await inspector.report();
    expect(lines.map((line) => (line as [string])[0])).toEqual([
      'reads are ready',
      'writes are ready',
      'reads are unavailable',
      'writes are degraded',
      'reads are ready again',
      'writes are ready again',
    ]);
    expect(lines[2]).toMatchObject([{}, { model: 'note', reads: 'unavailable', problems: ['view: no server'] }]);
  });

  test('a worker tells of its partitions, once', async () => {
    let phase: 'live' | 'replaying' = 'replaying';
    const partitions = () => [{ partition: 0, phase, checkpoint: 5, target: 5, problem: undefined }];
    const own = () => ({ api: undefined, worker: { assigned: true, partitions: partitions(), problem: undefined } });
    const inspector = startInspector({ model, log, view, logger, own });
    started.push(inspector);
    for (const next of ['live', 'replaying', 'live'] as const) {
      phase = next;
      await inspector.status();
    }
    expect(lines.map((line) => (line as [string])[0])).toEqual([
      'partitions are ready',
      'partitions are unavailable',
      'partitions are ready again',
    ]);
  });

  test('asks a question that failed once more, before it is a problem that pages somebody', async () => {
    let asked = 0;
    const once = start({
      view: { describe: () => ((asked += 1) === 1 ? Promise.reject(new Error('busy')) : view.describe()) },
    });
    expect(await once.report()).toMatchObject({ ok: true, reads: 'ready' });
    expect(asked).toBe(2);
  });

  test('with a log that has gone silent it answers within a second or so, by what was known; reads stay ready', async () => {
    let silent = false;
    const inspector = start({ log: { ...log, bounds: () => (silent ? never() : log.bounds()) } });
    expect(await inspector.status()).toMatchObject({ reads: 'ready', writes: 'ready' });
    silent = true;
    const began = performance.now();
    expect(await inspector.status()).toMatchObject({ reads: 'ready', writes: 'ready' });
    expect(performance.now() - began).toBeLessThan(5_000);
    await expect
      .poll(async () => (await inspector.status()).writes, { timeout: 30_000, interval: 500 })
      .toBe('unavailable');
    expect(await inspector.status()).toMatchObject({
      reads: 'ready',
      problems: [expect.stringMatching(/^log: no answer/)],
    });
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

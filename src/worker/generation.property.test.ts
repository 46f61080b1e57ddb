/** However log, view and other workers behave: generations are begun at a pace, and the first one at once. */
import * as fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Log } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import { SILENT } from '../status/recorder.ts';
import type { GenerationIdentity, View, ViewDescription } from '../view/view.ts';
import { makeGenerations } from './generation.ts';

const model = defineModel({ name: 'note', version: 2, partitions: 1, schema: z.strictObject({ n: z.number() }) });
const MINUTE_MS = 60_000;
const WINDOW_MS = 10 * MINUTE_MS;
/** By the pace of pace.ts, in any ten minutes. */
const MOST_IN_WINDOW = 15;

/** What becomes of the view between two looks. */
const ACCIDENTS = {
  none: (view: ViewDescription) => view,
  emptied: (): ViewDescription => ({ generation: undefined, partitions: new Map(), quarantined: 0 }),
  'of another log': (view: ViewDescription) => changed(view, { logId: 'another' }),
  'of another definition': (view: ViewDescription) => changed(view, { fingerprint: 'another' }),
  'of an older version': (view: ViewDescription) => changed(view, { fingerprint: 'another', modelVersion: 1 }),
  'with other partitions': (view: ViewDescription) => changed(view, { partitions: 2 }),
  'without a partition': (view: ViewDescription) => ({ ...view, partitions: new Map() }),
  evicted: (view: ViewDescription) => doubted(view, 'EVICTED'),
  torn: (view: ViewDescription) => doubted(view, 'CONTRADICTION'),
  miscounted: (view: ViewDescription) => doubted(view, 'COUNTS'),
} satisfies Record<string, (view: ViewDescription) => ViewDescription>;

type Accident = keyof typeof ACCIDENTS;

function changed(view: ViewDescription, more: Partial<GenerationIdentity>): ViewDescription {
  return view.generation === undefined ? view : { ...view, generation: { ...view.generation, ...more } };
}

function doubted(view: ViewDescription, reason: string): ViewDescription {
  if (view.generation === undefined) return view;
  return { ...view, doubt: { reason, evidence: 'seen', seen: 9, firstAt: 0, lastAt: 9_000_000 } };
}

/** A log of nine records, and a view that has them all once a generation was begun. */
class World {
  view: ViewDescription = ACCIDENTS.emptied();
  readonly begun: number[] = [];

  readonly log = {
    describe: async () => ({
      id: 'log',
      partitions: 1,
      minCompactionLagMs: 0,
      deleteRetentionMs: undefined,
      settings: {},
      warnings: [],
    }),
    bounds: async () => new Map([[0, { startOffset: 0, endOffset: 9, stableEndOffset: 9 }]]),
  } as unknown as Log;

  readonly port = {
    describe: async () => this.view,
    begin: async (identity: GenerationIdentity) => {
      this.begun.push(Date.now());
      const id = `g${this.begun.length}`;
      const state = { checkpoint: 9, epoch: 1, live: true, caughtUpAt: Date.now() };
      this.view = { generation: { ...identity, id }, partitions: new Map([[0, state]]), quarantined: 0 };
      return id;
    },
    standBy: async () => undefined,
  } as unknown as View;

  worker() {
    const logger = pino({ level: 'silent' });
    const now = (): number => Date.now();
    return makeGenerations({ model, log: this.log, view: this.port, owner: 'me', recorder: SILENT, logger, now });
  }

  /** The most generations in any ten minutes. */
  mostInWindow(): number {
    return Math.max(
      0,
      ...this.begun.map((from) => this.begun.filter((at) => at >= from && at < from + WINDOW_MS).length),
    );
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const accidents = fc.array(
  fc.record({
    kind: fc.constantFrom(...(Object.keys(ACCIDENTS) as Accident[])),
    /** As the worker's loops look: 0.1 … 5 s after the last time. */
    afterMs: fc.constantFrom(100, 500, 1_000, 5_000),
    /** How many looks in a row meet it. */
    times: fc.integer({ min: 1, max: 200 }),
  }),
  { minLength: 1, maxLength: 10 },
);

test('whatever becomes of the view, again and again: at most fifteen generations in ten minutes', async () => {
  await fc.assert(
    fc.asyncProperty(accidents, async (all) => {
      const world = new World();
      const worker = world.worker();
      await worker.ensure();
      expect(world.begun).toHaveLength(1);
      const until = Date.now() + 2 * WINDOW_MS;
      for (let at = 0; Date.now() < until; at += 1) {
        const { kind, afterMs, times } = all[at % all.length]!;
        for (let n = 0; n < times && Date.now() < until; n += 1) {
          world.view = ACCIDENTS[kind](world.view);
          await worker.ensure().catch(() => undefined);
          vi.advanceTimersByTime(afterMs);
        }
      }
      expect(world.mostInWindow()).toBeLessThanOrEqual(MOST_IN_WINDOW);
    }),
    { numRuns: 30 },
  );
});

test('one accident after a quiet time is mended at the first look, and a second one within seconds', async () => {
  for (const kind of ['emptied', 'of another log', 'of an older version', 'evicted'] as const) {
    const world = new World();
    const worker = world.worker();
    await worker.ensure();
    vi.advanceTimersByTime(WINDOW_MS);
    world.view = ACCIDENTS[kind](world.view);
    await worker.ensure();
    expect(world.begun, kind).toHaveLength(2);
    world.view = ACCIDENTS.emptied();
    for (let n = 0; n < 10; n += 1) {
      await worker.ensure().catch(() => undefined);
      vi.advanceTimersByTime(100);
    }
    expect(world.begun, kind).toHaveLength(3);
  }
});

test('two definitions whose workers are started again and again in turns: the pace is that of one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(100, 1_000, 5_000, 11_000), { minLength: 1 }), async (lives) => {
      const world = new World();
      const until = Date.now() + 2 * WINDOW_MS;
      for (let at = 0; Date.now() < until; at += 1) {
        // A new process has begun nothing: what was begun before it stands in the view.
        const worker = world.worker();
        world.view = ACCIDENTS['of another definition'](world.view);
        for (const end = Date.now() + lives[at % lives.length]!; Date.now() < end; vi.advanceTimersByTime(100))
          await worker.ensure().catch(() => undefined);
      }
      expect(world.mostInWindow()).toBeLessThanOrEqual(MOST_IN_WINDOW);
    }),
    { numRuns: 10 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LogDescription, PartitionBounds } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import type { PartitionState, ViewDescription } from '../view/view.ts';
import { type Answers, BEHIND_AFTER_MS, reportOf } from './report.ts';

const model = defineModel({ name: 'note', schema: z.strictObject({ text: z.string() }), partitions: 2 });
const NOW = Date.parse('2026-11-22T12:00:00Z');

const description: LogDescription = {
  id: 'log-1',
  partitions: 2,
  minCompactionLagMs: 0,
  deleteRetentionMs: 86_400_000,
  settings: { 'cleanup.policy': 'compact' },
  warnings: ['min.insync.replicas is 1: run kafka-configs …'],
};
const full: PartitionBounds = { startOffset: 3, endOffset: 10, stableEndOffset: 10 };
const caughtUp: PartitionState = { checkpoint: 10, epoch: 1, live: true, caughtUpAt: NOW };

function viewOf(...partitions: PartitionState[]): ViewDescription {
  const generation = {
    id: 'gen-1',
    logId: 'log-1',
    fingerprint: model.fingerprint,
    modelVersion: model.version,
    partitions: 2,
  };
  return { generation, partitions: new Map(partitions.entries()), quarantined: 0 };
}

interface Found {
  bounds?: Partial<PartitionBounds>;
  state?: Partial<PartitionState>;
  view?: ViewDescription;
  owners?: Answers['owners'];
}

/** Partition 0 as given, partition 1 caught up; both owned. */
function answers({ bounds = {}, state = {}, view, owners }: Found = {}): Answers {
  return {
    log: {
      kind: 'answered',
      value: {
        description,
        bounds: new Map([
          [0, { ...full, ...bounds }],
          [1, full],
        ]),
      },
    },
    owners: owners ?? {
      kind: 'answered',
      value: new Map([
        [0, 'worker-a'],
        [1, 'worker-b'],
      ]),
    },
    view: { kind: 'answered', value: view ?? viewOf({ ...caughtUp, ...state }, caughtUp) },
    at: NOW,
  };
}

const failed = (problem: string) => ({ kind: 'failed', problem }) as const;
const first = (found: Found) => reportOf(model, answers(found)).partitions[0];

test('a view that has everything needs nobody', () => {
  expect(reportOf(model, answers())).toEqual({
    model: 'note',
    ok: true,
    at: '2026-11-22T12:00:00.000Z',
    log: { id: 'log-1', settings: description.settings, warnings: description.warnings },
    view: { generation: 'gen-1', ofThisLog: true, ofThisModel: true },
    quarantined: 0,
    partitions: [
      { partition: 0, ...full, checkpoint: 10, lag: 0, owner: 'worker-a', state: 'live' },
      { partition: 1, ...full, checkpoint: 10, lag: 0, owner: 'worker-b', state: 'live' },
    ],
    problems: [],
  });
});

describe('a partition', () => {
  test('is replaying until the view holds its live mark, and that needs nobody', () => {
    expect(first({ state: { checkpoint: 4, live: false } })).toMatchObject({ state: 'replaying', lag: 6 });
    expect(reportOf(model, answers({ state: { live: false } })).ok).toBe(true);
  });

  test('is live with a few records unread, and behind once it has not caught up for long', () => {
    const at = (age: number) => first({ state: { checkpoint: 4, caughtUpAt: NOW - age } })?.state;
    expect([at(0), at(BEHIND_AFTER_MS), at(BEHIND_AFTER_MS + 1)]).toEqual(['live', 'live', 'behind']);
    const { ok, problems } = reportOf(model, answers({ state: { checkpoint: 4, caughtUpAt: undefined } }));
    expect(ok).toBe(false);
    expect(problems).toEqual([
      "for minutes the view has been behind the log's end in partition 0: see the log of the owner",
    ]);
  });

  test('without unread records is live, however long nobody looked', () => {
    expect(first({ state: { caughtUpAt: 0 } })?.state).toBe('live');
  });

  test('is held where only an open transaction stands between checkpoint and end', () => {
    const held = first({ bounds: { stableEndOffset: 7 }, state: { checkpoint: 7, caughtUpAt: 0 } });
    expect(held).toMatchObject({ state: 'held', stableEndOffset: 7, endOffset: 10, lag: 3 });
    expect(first({ bounds: { stableEndOffset: 7 }, state: { checkpoint: 7, live: false } })?.state).toBe('held');
    expect(first({ bounds: { stableEndOffset: 7 }, state: { checkpoint: 6, live: false } })?.state).toBe('replaying');
  });

  test('that nobody keeps is a problem, and all of them stand in one line', () => {
    const report = reportOf(model, answers({ owners: { kind: 'answered', value: new Map() } }));
    expect(report.partitions.map(({ state, owner }) => [state, owner])).toEqual([
      ['unowned', null],
      ['unowned', null],
    ]);
    expect(report.problems).toEqual(['no worker keeps partitions 0–1: start a worker']);
  });

  test('that was applied between the two looks has no negative lag', () => {
    expect(first({ state: { checkpoint: 12 } })).toMatchObject({ lag: 0, state: 'live' });
  });
});

describe('a log that is not well', () => {
  test('leaves one partition without an answer, and the others as they are', () => {
    const found = answers();
    if (found.log.kind !== 'answered') throw new Error('it answers');
    const bounds = new Map([...found.log.value.bounds, [0, { problem: 'partition 0 has no leader' }] as const]);
    const report = reportOf(model, { ...found, log: { kind: 'answered', value: { description, bounds } } });
    expect(report.partitions.map(({ state, endOffset }) => [state, endOffset])).toEqual([
      ['unknown', null],
      ['live', 10],
    ]);
    expect(report.problems).toEqual(['log: partition 0 has no leader']);
  });

  test('is a problem while it is unfit, with what it is like and how it is mended', () => {
    const found = answers();
    if (found.log.kind !== 'answered') throw new Error('it answers');
    const unfit = { ...description, unfit: 'topic note: it deletes; run: this' };
    const value = { ...found.log.value, description: unfit };
    const report = reportOf(model, { ...found, log: { kind: 'answered', value } });
    expect(report).toMatchObject({ ok: false, problems: ['log: topic note: it deletes; run: this'] });
    expect(report.partitions.map(({ state }) => state)).toEqual(['live', 'live']);
  });
});

describe('a view that is not of this log and model', () => {
  const generation = viewOf(caughtUp, caughtUp).generation!;
  const of = (change: Partial<typeof generation>): ViewDescription => ({
    ...viewOf(caughtUp, caughtUp),
    generation: { ...generation, ...change },
  });

  test('shows no checkpoint: it would be one of other records', () => {
    const report = reportOf(model, answers({ view: of({ logId: 'log-0' }) }));
    expect(report.view).toEqual({ generation: 'gen-1', ofThisLog: false, ofThisModel: true });
    expect(report.partitions[0]).toMatchObject({ checkpoint: null, lag: null, state: 'absent', owner: 'worker-a' });
    expect(report.problems).toEqual(['the view is of another log (log-0; this one is log-1): a worker builds it anew']);
  });

  test.each([{ fingerprint: 'other', modelVersion: 7 }, { partitions: 3 }])(
    'tells another definition: %j',
    (change) => {
      const report = reportOf(model, answers({ view: of(change) }));
      expect(report.view).toMatchObject({ ofThisLog: true, ofThisModel: false });
      expect(report.problems).toHaveLength(1);
      expect(report.problems[0]).toContain('another definition');
    },
  );

  test('or was never begun is absent', () => {
    const view: ViewDescription = { generation: undefined, partitions: new Map(), quarantined: 0 };
    const report = reportOf(model, answers({ view }));
    expect(report.view).toEqual({ generation: null, ofThisLog: false, ofThisModel: false });
    expect(report.partitions.map(({ state }) => state)).toEqual(['absent', 'absent']);
    expect(report.problems).toEqual(['the view has no generation yet: a worker begins it']);
  });
});

describe('where something does not answer', () => {
  test('the log is told once, and the view still shows what it knows', () => {
    const report = reportOf(model, { ...answers(), log: failed('no brokers'), owners: failed('no brokers') });
    expect(report.log).toEqual({ problem: 'no brokers' });
    expect(report.problems).toEqual(['log: no brokers']);
    expect(report.view).toEqual({ generation: 'gen-1', ofThisLog: true, ofThisModel: true });
    expect(report.partitions[0]).toEqual({
      partition: 0,
      startOffset: null,
      endOffset: null,
      stableEndOffset: null,
      checkpoint: 10,
      lag: null,
      owner: null,
      state: 'unknown',
    });
  });

  test('the view is told, and the log still shows its ends and owners', () => {
    const report = reportOf(model, { ...answers(), view: failed('no server') });
    expect(report).toMatchObject({ view: { problem: 'no server' }, quarantined: null, ok: false });
    expect(report.problems).toEqual(['view: no server']);
    expect(report.partitions[0]).toMatchObject({
      endOffset: 10,
      checkpoint: null,
      owner: 'worker-a',
      state: 'unknown',
    });
  });

  test('owners that can not be told make no partition unowned', () => {
    const report = reportOf(model, answers({ owners: failed('no coordinator') }));
    expect(report.partitions[0]).toMatchObject({ owner: null, state: 'live' });
    expect(report.problems).toEqual(['which worker keeps which partition can not be told: no coordinator']);
  });

  test('neither leaves nothing to show but the two problems', () => {
    const none = { log: failed('a'), owners: failed('a'), view: failed('b'), at: NOW };
    expect(reportOf(model, none)).toMatchObject({ partitions: [], problems: ['log: a', 'view: b'] });
  });
});

test('a record in quarantine needs a person', () => {
  const of = (quarantined: number) =>
    reportOf(model, answers({ view: { ...viewOf(caughtUp, caughtUp), quarantined } }));
  expect(of(1)).toMatchObject({ ok: false, quarantined: 1 });
  expect(of(1).problems[0]).toMatch(/^1 record is in quarantine/);
  expect(of(2).problems[0]).toMatch(/^2 records are in quarantine: kmodel quarantine list shows them/);
});

test('and hides nothing else that does', () => {
  const owners = { kind: 'answered', value: new Map([[0, 'a']]) } as const;
  const view = { ...viewOf(caughtUp, caughtUp), quarantined: 3 };
  const { problems } = reportOf(model, answers({ view, owners }));
  expect(problems).toHaveLength(2);
  expect(problems[0]).toContain('no worker keeps partition 1');
  expect(problems[1]).toMatch(/^3 records are in quarantine/);
});

test('whatever is found, lag is end minus checkpoint, and ok says whether there are problems', () => {
  const offset = fc.nat(20);
  fc.assert(
    fc.property(
      fc.record({ endOffset: offset, stableEndOffset: offset }),
      fc.record({ checkpoint: offset, live: fc.boolean(), caughtUpAt: fc.constantFrom(0, NOW, undefined) }),
      fc.boolean(),
      (bounds, state, owned) => {
        const owners = new Map(owned ? [[0, 'a'] as const, [1, 'b'] as const] : []);
        const found = answers({ bounds, state, owners: { kind: 'answered', value: owners } });
        const { ok, problems, partitions } = reportOf(model, found);
        expect(ok).toBe(problems.length === 0);
        expect(partitions[0]?.lag).toBe(Math.max(0, bounds.endOffset - state.checkpoint));
        expect(partitions[0]?.state === 'unowned').toBe(!owned);
      },
    ),
  );
});

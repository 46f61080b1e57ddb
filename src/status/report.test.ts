import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LogDescription, PartitionBounds, PartitionProblem } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import type { Owner, PartitionState, ViewDescription } from '../view/view.ts';
import type { Evidence, OwnPart } from './evidence.ts';
import { BEHIND_AFTER_MS, type ModelReport, reportOf } from './report.ts';
import type { PartitionStatus } from './status.ts';

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
const owner = (name: string, seenMsAgo = 1_000): Owner => ({ name, seenMsAgo });
const caughtUp: PartitionState = {
  checkpoint: 10,
  epoch: 1,
  live: true,
  caughtUpAt: NOW,
  owner: owner('worker-b'),
};

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
  log?: Partial<LogDescription>;
  own?: OwnPart;
}

/** Partition 0 as given, partition 1 caught up; both owned. */
function answers({ bounds = {}, state = {}, view, log = {}, own }: Found = {}): Evidence {
  const both = new Map([
    [0, { ...full, ...bounds }],
    [1, full],
  ]);
  return {
    log: { kind: 'answered', value: { description: { ...description, ...log }, bounds: both } },
    view: {
      kind: 'answered',
      value: view ?? viewOf({ ...caughtUp, owner: owner('worker-a'), ...state }, caughtUp),
    },
    at: NOW,
    own,
  };
}

const fitting: ModelReport['view'] = {
  generation: 'gen-1',
  ofThisLog: true,
  ofThisModel: true,
  incarnation: 'log-1',
  entities: null,
  doubt: null,
  rebuilds: {},
};
const failed = (problem: string) => ({ kind: 'failed', problem }) as const;
const first = (found: Found) => reportOf(model, answers(found)).partitions[0];

test('a view that has everything needs nobody', () => {
  expect(reportOf(model, answers())).toEqual({
    model: 'note',
    ok: true,
    at: '2026-11-22T12:00:00.000Z',
    reads: 'ready',
    writes: 'ready',
    log: { id: 'log-1', settings: description.settings, warnings: description.warnings },
    view: fitting,
    quarantined: 0,
    partitions: [
      { partition: 0, ...full, checkpoint: 10, lag: 0, owner: 'worker-a', state: 'live', problem: null },
      { partition: 1, ...full, checkpoint: 10, lag: 0, owner: 'worker-b', state: 'live', problem: null },
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
    const { owner: _, ...unowned } = caughtUp;
    const report = reportOf(model, answers({ view: viewOf(unowned, unowned) }));
    expect(report.partitions.map((one) => [one.state, one.owner])).toEqual([
      ['unowned', null],
      ['unowned', null],
    ]);
    expect(report.problems).toEqual(['no worker keeps partitions 0–1: start a worker']);
    expect(report).toMatchObject({ ok: false, reads: 'degraded', writes: 'degraded' });
  });

  test('whose owner was not seen for ten seconds is kept by nobody, whatever its group says', () => {
    const seen = (seenMsAgo: number) => first({ state: { owner: owner('worker-a', seenMsAgo) } })?.state;
    expect([seen(9_999), seen(10_000)]).toEqual(['live', 'unowned']);
    const report = reportOf(model, answers({ state: { owner: owner('worker-a', 41_000) } }));
    expect(report.partitions[0]).toMatchObject({
      owner: 'worker-a',
      problem: 'worker-a keeps it, and was last seen 41 s ago',
    });
    expect(report.problems[0]).toMatch(/^the worker of partition 0 was not seen lately \(worker-a\): /);
  });

  test('whose owner says why it gets no further is failing', () => {
    const report = reportOf(model, answers({ state: { owner: { ...owner('worker-a'), problem: 'no leader' } } }));
    expect(report.partitions[0]).toMatchObject({ state: 'failing', problem: 'no leader' });
    expect(report).toMatchObject({ reads: 'degraded', problems: ['partition 0 is failing: no leader'] });
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
    expect(report.view).toEqual({ ...fitting, ofThisLog: false, incarnation: 'log-0' });
    expect(report.partitions[0]).toMatchObject({ checkpoint: null, lag: null, state: 'absent', owner: 'worker-b' });
    expect(report.problems).toHaveLength(1);
    expect(report.problems[0]).toMatch(/belongs to another log \(log-0; this one is log-1\).* :redis \{:prefix …\}/);
    expect(report).toMatchObject({ reads: 'unavailable', writes: 'degraded' });
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

  test('tells on both sides who stands by, and why', () => {
    const standingBy = [{ name: 'host-7', why: 'another cluster keeps it', seenMsAgo: 10 }];
    const report = reportOf(model, answers({ view: { ...viewOf(caughtUp, caughtUp), standingBy } }));
    expect(report.problems).toEqual(['the worker host-7 stands by: another cluster keeps it']);
  });

  test('or was never begun is absent', () => {
    const view: ViewDescription = { generation: undefined, partitions: new Map(), quarantined: 0 };
    const report = reportOf(model, answers({ view }));
    expect(report.view).toEqual({
      ...fitting,
      generation: null,
      ofThisLog: false,
      ofThisModel: false,
      incarnation: null,
    });
    expect(report.partitions.map(({ state }) => state)).toEqual(['absent', 'absent']);
    expect(report.problems).toEqual(['the view has no generation yet: a worker begins it, so start one']);
  });
});

describe('where something does not answer', () => {
  test('the log is told once, and the view still shows what it knows', () => {
    const report = reportOf(model, { ...answers(), log: failed('no brokers') });
    expect(report.log).toEqual({ problem: 'no brokers' });
    expect(report.problems).toEqual(['log: no brokers']);
    expect(report.view).toEqual(fitting);
    expect(report.partitions[0]).toEqual({
      partition: 0,
      startOffset: null,
      endOffset: null,
      stableEndOffset: null,
      checkpoint: 10,
      lag: null,
      owner: 'worker-a',
      state: 'unknown',
      problem: null,
    });
    expect(report).toMatchObject({ reads: 'ready', writes: 'unavailable' });
  });

  test('the view is told, and the log still shows its ends', () => {
    const report = reportOf(model, { ...answers(), view: failed('no server') });
    expect(report).toMatchObject({ view: { problem: 'no server' }, quarantined: null, ok: false });
    expect(report.problems).toEqual(['view: no server']);
    expect(report.partitions[0]).toMatchObject({
      endOffset: 10,
      checkpoint: null,
      owner: null,
      state: 'unknown',
    });
    expect(report).toMatchObject({ reads: 'unavailable', writes: 'degraded' });
  });

  test('a partition without a leader is told by itself, and takes only its own writes along', () => {
    const evidence = answers();
    const value = evidence.log.kind === 'answered' ? evidence.log.value : undefined;
    const bounds = new Map<number, PartitionBounds | PartitionProblem>([
      [0, { problem: 'partition 0 has no leader' }],
      [1, full],
    ]);
    const report = reportOf(model, { ...evidence, log: { kind: 'answered', value: { ...value!, bounds } } });
    expect(report.partitions.map(({ state }) => state)).toEqual(['unknown', 'live']);
    expect(report).toMatchObject({
      reads: 'ready',
      writes: 'degraded',
      problems: ['log: partition 0 has no leader'],
    });
  });

  test('neither leaves nothing to show but the two problems', () => {
    const none = { log: failed('a'), view: failed('b'), at: NOW, own: undefined };
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
  const { owner: _, ...unowned } = caughtUp;
  const view = { ...viewOf(caughtUp, unowned), quarantined: 3 };
  const { problems } = reportOf(model, answers({ view }));
  expect(problems).toHaveLength(2);
  expect(problems[0]).toContain('no worker keeps partition 1');
  expect(problems[1]).toMatch(/^3 records are in quarantine/);
});

describe('what a doubt makes of reads and writes', () => {
  const doubt = (reason: string, seen = 2) => ({
    reason,
    evidence: 'partition 0: seen',
    seen,
    firstAt: NOW - 60_000,
    lastAt: NOW,
  });
  const of = (reason: string, seen?: number) =>
    reportOf(model, answers({ view: { ...viewOf(caughtUp, caughtUp), entities: 5, doubt: doubt(reason, seen) } }));

  test.each([
    ['CONTRADICTION', { reads: 'unavailable', writes: 'degraded' }, false],
    ['LOG_SHORTER', { reads: 'unavailable', writes: 'unavailable' }, true],
    ['RECORDS_REMOVED', { reads: 'ready', writes: 'unavailable' }, true],
  ])('%s', (reason, readiness, held) => {
    const report = of(reason);
    expect(report).toMatchObject({ ok: false, ...readiness });
    expect(report.view).toMatchObject({ entities: 5, doubt: { reason, evidence: 'partition 0: seen', held } });
    expect(report.problems).toHaveLength(1);
    if (held) expect(report.problems[0]).toContain('the view has 5 entities');
  });

  test('that was not seen often enough yet: nothing', () => {
    expect(of('CONTRADICTION', 1)).toMatchObject({ ok: true, reads: 'ready', view: { doubt: null } });
  });

  test('it says when the view is built anew, and asks a person where that came too often', () => {
    const lines = (...ages: number[]): string => {
      const view = viewOf(caughtUp, caughtUp);
      const rebuilds = ages.map((age) => ({ reason: 'COUNTS', at: NOW - age }));
      const generation = { ...view.generation!, rebuilds };
      return reportOf(model, answers({ view: { ...view, generation, doubt: doubt('COUNTS') } })).problems.join();
    };
    expect(lines()).toMatch(/a worker builds it anew$/);
    expect(lines(600_000)).toMatch(/again in 50 min; kmodel rebuild does it at once/);
    expect(lines(9_000_000, 4_000_000)).toMatch(/twice in a day already; find the cause, then run kmodel rebuild/);
  });
});

describe('what a process knows of itself', () => {
  const api = { logId: 'log-1', appendProblem: undefined };
  const never = { reads: false, writes: false };
  const before = { reads: true, writes: true };
  const at = (partition: number, phase: PartitionStatus['phase'], problem?: string): PartitionStatus => ({
    partition,
    phase,
    checkpoint: 10,
    target: 10,
    problem,
  });
  const live = [at(0, 'live'), at(1, 'live')];
  const worker = (partitions: readonly PartitionStatus[]) => ({ assigned: true, partitions, problem: undefined });

  test('"starting" is said before it was ready, "unavailable" after that', () => {
    const unbuilt = viewOf({ ...caughtUp, live: false }, caughtUp);
    const of = (own: OwnPart) => reportOf(model, answers({ view: unbuilt, own }));
    expect(of({ api, worker: undefined, wasReady: never })).toMatchObject({ reads: 'starting', writes: 'starting' });
    expect(of({ api, worker: undefined, wasReady: before })).toMatchObject({
      reads: 'unavailable',
      writes: 'degraded',
    });
  });

  test('a log that refuses what it appends is told, and writes are not ready', () => {
    const own = { api: { ...api, appendProblem: 'no right to write' }, worker: undefined, wasReady: before };
    expect(reportOf(model, answers({ own }))).toMatchObject({
      reads: 'ready',
      writes: 'unavailable',
      problems: ['writes: no right to write'],
    });
  });

  test('an unfit topic is told once', () => {
    const own = { api: { ...api, appendProblem: 'it deletes' }, worker: undefined, wasReady: before };
    const report = reportOf(model, answers({ own, log: { unfit: 'it deletes' } }));
    expect(report).toMatchObject({ writes: 'unavailable', problems: ['log: it deletes'] });
  });

  test('its own failing partitions are told with their cause', () => {
    const own = { api: undefined, worker: worker([at(0, 'failing', 'OOM'), at(1, 'live')]), wasReady: before };
    expect(reportOf(model, answers({ own }))).toMatchObject({
      reads: 'degraded',
      problems: ['partition 0 is failing: OOM'],
    });
    const all = { ...own, worker: worker([at(0, 'failing', 'OOM'), at(1, 'failing', 'OOM')]) };
    expect(reportOf(model, answers({ own: all }))).toMatchObject({
      reads: 'unavailable',
      problems: ['partitions 0–1 are failing: OOM'],
    });
  });

  test('API and worker in one process are ready once the worker has caught up, and stay while it fails', () => {
    const of = (partitions: readonly PartitionStatus[], wasReady: OwnPart['wasReady']) =>
      reportOf(model, answers({ own: { api, worker: worker(partitions), wasReady } })).reads;
    expect(of([at(0, 'replaying'), at(1, 'live')], never)).toBe('starting');
    expect(of([at(0, 'live')], never)).toBe('starting');
    expect(of(live, never)).toBe('ready');
    expect(of([at(0, 'failing', 'full'), at(1, 'live')], before)).toBe('degraded');
  });

  test('while the log is away, a view of the log that was seen last is read on', () => {
    const own = { api, worker: undefined, wasReady: before };
    const of = (logId: string) =>
      reportOf(model, { ...answers({ own: { ...own, api: { ...api, logId } } }), log: failed('frozen') });
    expect(of('log-1')).toMatchObject({ reads: 'ready', writes: 'unavailable' });
    expect(of('log-2')).toMatchObject({ reads: 'unavailable' });
  });
});

test('whatever is found, lag is end minus checkpoint, and what is not ready and no start has a problem that says so', () => {
  const offset = fc.nat(20);
  fc.assert(
    fc.property(
      fc.record({ endOffset: offset, stableEndOffset: offset }),
      fc.record({
        checkpoint: offset,
        live: fc.boolean(),
        caughtUpAt: fc.constantFrom(0, NOW, undefined),
        owner: fc.constantFrom(owner('a'), owner('a', 60_000), undefined),
      }),
      fc.boolean(),
      (bounds, { owner: found, ...state }, unfit) => {
        const { owner: _, ...rest } = caughtUp;
        const partition = { ...rest, ...state, ...(found === undefined ? {} : { owner: found }) };
        const log = unfit ? { unfit: 'it deletes' } : {};
        const report = reportOf(model, answers({ bounds, log, view: viewOf(partition, caughtUp) }));
        const { ok, problems, partitions, reads, writes } = report;
        expect(ok).toBe(problems.length === 0);
        expect(partitions[0]?.lag).toBe(Math.max(0, bounds.endOffset - state.checkpoint));
        expect(partitions[0]?.state === 'unowned').toBe(found === undefined || found.seenMsAgo > 10_000);
        if (ok) expect(['ready', 'starting']).toContain(reads);
        if (ok) expect(['ready', 'starting']).toContain(writes);
      },
    ),
  );
});

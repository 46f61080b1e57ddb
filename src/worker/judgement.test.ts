import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LogDescription, PartitionBounds } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import type { StoredDoubt, ViewDescription } from '../view/view.ts';
import { type Found, judge } from './judgement.ts';

const schema = z.strictObject({ n: z.number() });
const model = defineModel({ name: 'note', version: 2, partitions: 1, schema });
const log: LogDescription = {
  id: 'log',
  partitions: 1,
  minCompactionLagMs: 0,
  deleteRetentionMs: 1000,
  settings: {},
  warnings: [],
};
const bounds = (startOffset: number, endOffset: number): ReadonlyMap<number, PartitionBounds> =>
  new Map([[0, { startOffset, endOffset, stableEndOffset: endOffset }]]);
const generation = { id: 'g', logId: 'log', fingerprint: model.fingerprint, modelVersion: 2, partitions: 1 };
const view = (checkpoint: number, caughtUpAt: number | undefined, more: object = {}): ViewDescription => ({
  generation: { ...generation, ...more },
  partitions: new Map([[0, { checkpoint, epoch: 1, live: true, caughtUpAt }]]),
  quarantined: 0,
});
const none: ViewDescription = { generation: undefined, partitions: new Map(), quarantined: 0 };
const found = (more: Partial<Found>): Found => ({
  model,
  owner: 'me',
  log,
  bounds: bounds(0, 9),
  view: view(5, 100),
  now: 100,
  ...more,
});
const owned = (described: ViewDescription, name: string, seenMsAgo: number): ViewDescription => ({
  ...described,
  partitions: new Map([...described.partitions].map(([at, each]) => [at, { ...each, owner: { name, seenMsAgo } }])),
});
const doubted = (reason: string, described = view(5, 100)): ViewDescription => {
  const doubt: StoredDoubt = { reason, evidence: 'what was seen', seen: 2, firstAt: 0, lastAt: 5000 };
  return { ...described, doubt };
};

describe('a view is judged by its log, its model and its history', () => {
  test.each([
    ['nothing is wrong', view(5, 100), bounds(0, 9), 999, 'fits', ''],
    ['at the end nothing can be missed, however long ago', view(9, 100), bounds(0, 9), 10_000, 'fits', ''],
    ['there is none', none, bounds(0, 9), 0, 'begin', 'NO_VIEW'],
    ['another log', view(5, 100, { logId: 'other' }), bounds(0, 9), 0, 'begin', 'ANOTHER_LOG'],
    ['another definition', view(5, 100, { fingerprint: 'x' }), bounds(0, 9), 0, 'begin', 'ANOTHER_DEFINITION'],
    ['other partitions', view(5, 100, { partitions: 2 }), bounds(0, 9), 0, 'begin', 'ANOTHER_DEFINITION'],
    ['a newer definition', view(5, 100, { fingerprint: 'x', modelVersion: 3 }), bounds(0, 9), 0, 'stand-by', ''],
    ['ahead of the log', view(10, 100), bounds(0, 9), 0, 'sighting', 'LOG_SHORTER'],
    ['below the log', view(5, 100), bounds(6, 9), 0, 'sighting', 'RECORDS_REMOVED'],
    ['all that was read is gone', view(9, 100), bounds(9, 9), 0, 'sighting', 'RECORDS_REMOVED'],
    ['it was gone when the generation began', view(9, 100, { starts: { 0: 9 } }), bounds(9, 9), 0, 'fits', ''],
    ['more is gone since', view(9, 100, { starts: { 0: 8 } }), bounds(9, 9), 0, 'sighting', 'RECORDS_REMOVED'],
    ['nothing was read yet, and the log begins later', view(0, 100), bounds(6, 9), 100, 'fits', ''],
    ['tombstones may be gone', view(5, 100), bounds(0, 9), 1000, 'begin', 'DELETES_MISSED'],
    ['the worker before had a clock a little ahead', view(5, 200), bounds(0, 9), 100, 'fits', ''],
    ['the clock was set back', view(5, 201), bounds(0, 9), 100, 'begin', 'DELETES_MISSED'],
    ['the clock was set back, at the end', view(9, 201), bounds(0, 9), 100, 'fits', ''],
    ['a doubt that a rebuild ends', doubted('EVICTED'), bounds(0, 9), 100, 'doubtful', 'EVICTED'],
    ['a doubt that a person ends', doubted('LOG_DIVERGED'), bounds(0, 9), 100, 'held', ''],
    [
      'held, and the log was made anew since',
      doubted('LOG_SHORTER', view(5, 100, { logId: 'old' })),
      bounds(0, 9),
      100,
      'held',
      '',
    ],
    ['a doubt of a newer version', doubted('SOMETHING_NEW'), bounds(0, 9), 100, 'held', ''],
  ])('%s', (_, described, held, now, kind, reason) => {
    const verdict = judge(found({ view: described, bounds: held, now }));
    expect(verdict.kind).toBe(kind);
    if (reason !== '') expect(verdict).toMatchObject({ reason });
  });

  test('a partition that does not answer keeps no other from being judged', () => {
    const both = new Map([
      [0, { problem: 'no leader' }],
      [1, { startOffset: 0, endOffset: 4, stableEndOffset: 4 }],
    ]);
    const described = {
      ...view(10, 100),
      partitions: new Map([
        ...view(10, 100).partitions,
        [1, { checkpoint: 5, epoch: 1, live: true, caughtUpAt: 100 }] as const,
      ]),
    };
    expect(judge(found({ view: described, bounds: both }))).toMatchObject({ kind: 'sighting', reason: 'LOG_SHORTER' });
  });

  test('what one look may see wrongly is to be confirmed before a view is dropped', () => {
    expect(judge(found({ now: 1000 }))).toMatchObject({ kind: 'begin', reason: 'DELETES_MISSED', confirm: true });
    expect(judge(found({ view: none }))).toMatchObject({ kind: 'begin', confirm: false });
  });

  test('a lost record comes before whatever else would drop the view', () => {
    const other = view(10, 100, { fingerprint: 'x', modelVersion: 1 });
    expect(judge(found({ view: other }))).toMatchObject({ kind: 'sighting', reason: 'LOG_SHORTER' });
    expect(judge(found({ view: doubted('EVICTED', view(10, 100)) }))).toMatchObject({ kind: 'sighting' });
  });
});

describe('whose the view is', () => {
  const same = { fingerprint: 'another-definition' };

  test('another definition of the same version stands by while a worker of the other one lives', () => {
    const verdict = judge(found({ view: owned(view(5, 100, same), 'other', 3000) }));
    expect(verdict).toMatchObject({ kind: 'stand-by' });
    const { text } = verdict as { text: string };
    for (const said of ['other', 'another-', model.fingerprint.slice(0, 8), 'version']) expect(text).toContain(said);
  });

  test.each([
    ['the other was not seen for long', owned(view(5, 100, same), 'other', 10_000)],
    ['the claim is its own', owned(view(5, 100, same), 'me', 0)],
    ['the other is of an older version', owned(view(5, 100, { ...same, modelVersion: 1 }), 'other', 0)],
  ])('not where %s', (_, described) => {
    expect(judge(found({ view: described }))).toMatchObject({ kind: 'begin', reason: 'ANOTHER_DEFINITION' });
  });

  test('another log: it stands by, and says how each cluster gets its own view', () => {
    const verdict = judge(found({ view: owned(view(5, 100, { logId: 'theirs' }), 'other', 0) }));
    expect(verdict.kind).toBe('stand-by');
    expect((verdict as { text: string }).text).toMatch(/theirs.*log.*:prefix/);
  });
});

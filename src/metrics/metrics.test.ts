import { readFileSync } from 'node:fs';
import { expect, describe, test } from 'vitest';
import type { ModelReport } from '../status/report.ts';
import type { ModelStatus } from '../status/status.ts';
import { makeMetrics } from './metrics.ts';
import { BUCKETS, METRICS } from './table.ts';

const report: ModelReport = {
  model: 'note',
  ok: false,
  at: '2026-11-22T12:00:00.000Z',
  reads: 'ready',
  writes: 'ready',
  log: { id: 'log-1', settings: {}, warnings: ['weak'] },
  view: {
    generation: 'g',
    ofThisLog: true,
    ofThisModel: true,
    incarnation: 'log-1',
    entities: 7,
    doubt: null,
    rebuilds: {},
  },
  quarantined: 2,
  partitions: [
    {
      partition: 3,
      startOffset: 0,
      endOffset: 9,
      stableEndOffset: 9,
      checkpoint: 4,
      lag: 5,
      owner: 'a',
      state: 'live',
      problem: null,
    },
  ],
  problems: ['2 records are in quarantine'],
};
const status: ModelStatus = {
  reads: 'ready',
  writes: 'unavailable',
  keeps: true,
  quarantined: 2,
  partitions: [
    { partition: 3, phase: 'live', checkpoint: 4, target: 4, problem: undefined },
    { partition: 4, phase: 'replaying', checkpoint: 0, target: 4, problem: undefined },
  ],
  problems: ['writes: the topic deletes'],
};

/** The values of our own series, buckets left out. */
function valuesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith('kmodel_') && !line.includes('_bucket{'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('the gauges', () => {
  test('show what report and status say', async () => {
    const metrics = makeMetrics();
    metrics.observe('note', { report: async () => report, status: async () => status });
    expect(valuesOf(await metrics.text())).toMatchObject({
      'kmodel_end_offset{model="note",partition="3"}': 9,
      'kmodel_checkpoint_offset{model="note",partition="3"}': 4,
      'kmodel_lag_records{model="note",partition="3"}': 5,
      'kmodel_quarantine_records{model="note"}': 2,
      'kmodel_topic_warnings{model="note"}': 1,
      'kmodel_problems{model="note"}': 1,
      'kmodel_doubtful{model="note"}': 0,
      'kmodel_held{model="note"}': 0,
      'kmodel_ready{model="note"}': 1,
      'kmodel_writes_ready{model="note"}': 0,
      'kmodel_assigned_partitions{model="note"}': 2,
      'kmodel_live_partitions{model="note"}': 1,
    });
  });

  test('tell a doubt, a hold, and what made generations due', async () => {
    const metrics = makeMetrics();
    const view = report.view as Exclude<ModelReport['view'], { problem: string }>;
    const doubt = { reason: 'LOG_SHORTER', evidence: '', held: true };
    const doubted = { ...report, view: { ...view, doubt, rebuilds: { EVICTED: 2, NO_VIEW: 1 } } };
    metrics.observe('note', {
      report: async () => doubted,
      status: async () => ({ ...status, reads: 'degraded', keeps: false }),
    });
    expect(valuesOf(await metrics.text())).toMatchObject({
      'kmodel_doubtful{model="note"}': 1,
      'kmodel_held{model="note"}': 1,
      'kmodel_rebuilds{model="note",reason="EVICTED"}': 2,
      'kmodel_rebuilds{model="note",reason="NO_VIEW"}': 1,
      'kmodel_ready{model="note"}': 0,
      'kmodel_assigned_partitions{model="note"}': 0,
    });
  });

  test('have no value where nothing is known, also where something was known before', async () => {
    let now = report;
    const metrics = makeMetrics();
    metrics.observe('note', { report: async () => now });
    await metrics.text();
    now = { ...report, log: { problem: 'gone' }, view: { problem: 'gone' }, quarantined: null, partitions: [] };
    const values = valuesOf(await metrics.text());
    expect(Object.keys(values).filter((name) => name.includes('partition='))).toEqual([]);
    expect(values).not.toHaveProperty('kmodel_quarantine_records{model="note"}');
    expect(values).not.toHaveProperty('kmodel_topic_warnings{model="note"}');
    expect(values).not.toHaveProperty('kmodel_ready{model="note"}');
    expect(values).toHaveProperty('kmodel_problems{model="note"}', 1);
  });
});

describe('the counters and histograms', () => {
  test('count what the engine tells', async () => {
    const metrics = makeMetrics();
    const { recorder } = metrics;
    recorder.applied('note', 3, 10, 2, 0.002);
    recorder.applied('note', 3, 5, 0, 0.004);
    recorder.fenced('note', 3);
    recorder.moved('note', 4);
    recorder.rebalanced('note', 2);
    recorder.written('note', 'appended', 0.003);
    recorder.written('note', 'uncertain', 12);
    recorder.visible('note', 0.006);
    recorder.behind('note');
    const text = await metrics.text();
    expect(valuesOf(text)).toEqual({
      'kmodel_applied_records_total{model="note",partition="3"}': 15,
      'kmodel_quarantined_total{model="note",partition="3"}': 2,
      'kmodel_apply_seconds_sum{model="note"}': 0.006,
      'kmodel_apply_seconds_count{model="note"}': 2,
      'kmodel_fenced_total{model="note",partition="3"}': 1,
      'kmodel_moved_total{model="note",partition="4"}': 1,
      'kmodel_rebalances_total{model="note"}': 1,
      'kmodel_writes_total{model="note",outcome="appended"}': 1,
      'kmodel_writes_total{model="note",outcome="uncertain"}': 1,
      'kmodel_write_seconds_sum{model="note"}': 12.003,
      'kmodel_write_seconds_count{model="note"}': 2,
      'kmodel_visible_seconds_sum{model="note"}': 0.006,
      'kmodel_visible_seconds_count{model="note"}': 1,
      'kmodel_behind_reads_total{model="note"}': 1,
    });
    expect(text).toContain('kmodel_write_seconds_bucket{le="0.005",model="note"} 1');
  });

  test('of a model that is observed begin at 0', async () => {
    const metrics = makeMetrics();
    metrics.observe('note', { report: async () => report });
    expect(valuesOf(await metrics.text())).toMatchObject({
      'kmodel_writes_total{model="note",outcome="unavailable"}': 0,
      'kmodel_rebalances_total{model="note"}': 0,
      'kmodel_visible_seconds_count{model="note"}': 0,
    });
  });

  test('of two processes in one know nothing of each other', async () => {
    const [one, other] = [makeMetrics(), makeMetrics()];
    one.recorder.behind('note');
    expect(valuesOf(await other.text())).toEqual({});
  });
});

describe('the table', () => {
  const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
  const names = async (): Promise<string[]> =>
    [...(await makeMetrics().text()).matchAll(/^# TYPE (kmodel_\S+) (\S+)$/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );

  test('is what the text has, beside the figures of Node.js', async () => {
    expect((await names()).sort()).toEqual(
      Object.entries(METRICS)
        .map(([name, { type }]) => `${name} ${type}`)
        .sort(),
    );
    expect(await makeMetrics().text()).toContain('nodejs_eventloop_lag_seconds');
  });

  test('stands in docs/reference/metrics.md, in its order', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `kmodel_'));
    expect(rows).toEqual(
      Object.entries(METRICS).map(
        ([name, { type, labels, unit, help }]) =>
          `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${unit} | ${help} |`,
      ),
    );
    expect(page).toContain(BUCKETS.join(', '));
  });

  test('keeps to the usual endings', () => {
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect([name, name.endsWith('_seconds')]).toEqual([name, type === 'histogram']);
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
  });
});

/**
 * The one table of metrics: what each is called, counts and is labelled with. docs/reference/metrics.md shows the same table
 * and a test keeps the two equal. Labels are `model`, `partition` and fixed words alone, so that the number of series is bounded.
 */

export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly ('model' | 'partition' | 'outcome' | 'reason')[];
  /** What a value of 1 means. */
  readonly unit: string;
  readonly help: string;
}

/**
 * The gauges of the upper half are told by log and view, so every process of a model shows the same; counters and histograms
 * are the process's own.
 */
export const METRICS = {
  kmodel_end_offset: {
    type: 'gauge',
    labels: ['model', 'partition'],
    unit: 'offset',
    help: "One past the log's last readable record.",
  },
  kmodel_checkpoint_offset: {
    type: 'gauge',
    labels: ['model', 'partition'],
    unit: 'offset',
    help: 'Where the view stands: all records before it are applied.',
  },
  kmodel_lag_records: {
    type: 'gauge',
    labels: ['model', 'partition'],
    unit: 'offsets',
    help: 'End offset minus checkpoint, gaps of compaction counted in.',
  },
  kmodel_quarantine_records: {
    type: 'gauge',
    labels: ['model'],
    unit: 'records',
    help: 'Records in quarantine now.',
  },
  kmodel_topic_warnings: {
    type: 'gauge',
    labels: ['model'],
    unit: 'warnings',
    help: 'What makes the topic weaker than it should be; kmodel topic names it.',
  },
  kmodel_problems: {
    type: 'gauge',
    labels: ['model'],
    unit: 'problems',
    help: 'What needs a person; kmodel status names it.',
  },
  kmodel_doubtful: {
    type: 'gauge',
    labels: ['model'],
    unit: '1 or 0',
    help: 'Whether the view is not trusted; kmodel status says why.',
  },
  kmodel_held: {
    type: 'gauge',
    labels: ['model'],
    unit: '1 or 0',
    help: 'Whether the view is held until a person decides; no write is taken meanwhile.',
  },
  kmodel_rebuilds: {
    type: 'gauge',
    labels: ['model', 'reason'],
    unit: 'rebuilds',
    help: 'Generations that no person asked for, of the last 20 that the view remembers, by what made them due.',
  },
  kmodel_ready: {
    type: 'gauge',
    labels: ['model'],
    unit: '1 or 0',
    help: 'Whether this process answers reads as it should, as GET /health/ready says; of a worker, whether it keeps its partitions.',
  },
  kmodel_writes_ready: {
    type: 'gauge',
    labels: ['model'],
    unit: '1 or 0',
    help: 'Whether this process takes writes as it should, as GET /health/ready?for=writes says; of a worker, the same as kmodel_ready.',
  },
  kmodel_assigned_partitions: {
    type: 'gauge',
    labels: ['model'],
    unit: 'partitions',
    help: 'Partitions that this process keeps; 0 in a client.',
  },
  kmodel_live_partitions: {
    type: 'gauge',
    labels: ['model'],
    unit: 'partitions',
    help: 'Partitions of these that have passed the end offset captured when they were assigned.',
  },
  kmodel_applied_records_total: {
    type: 'counter',
    labels: ['model', 'partition'],
    unit: 'records',
    help: 'Records that the view took from this process.',
  },
  kmodel_quarantined_total: {
    type: 'counter',
    labels: ['model', 'partition'],
    unit: 'records',
    help: 'Records that this process put into quarantine.',
  },
  kmodel_apply_seconds: {
    type: 'histogram',
    labels: ['model'],
    unit: 'seconds',
    help: 'How long the view took for one apply.',
  },
  kmodel_generations_total: {
    type: 'counter',
    labels: ['model', 'reason'],
    unit: 'generations',
    help: 'Generations of the view that this worker began.',
  },
  kmodel_fenced_total: {
    type: 'counter',
    labels: ['model', 'partition'],
    unit: 'applies',
    help: 'Applies refused because another worker had claimed the partition.',
  },
  kmodel_moved_total: {
    type: 'counter',
    labels: ['model', 'partition'],
    unit: 'applies',
    help: 'Applies refused because the checkpoint was not where this worker thought.',
  },
  kmodel_rebalances_total: {
    type: 'counter',
    labels: ['model'],
    unit: 'rebalances',
    help: 'How often the log told this worker another set of partitions.',
  },
  kmodel_writes_total: {
    type: 'counter',
    labels: ['model', 'outcome'],
    unit: 'writes',
    help: 'Writes answered by the log: appended, unavailable (nothing written), refused (nothing written, and trying again does not help) or uncertain.',
  },
  kmodel_write_seconds: {
    type: 'histogram',
    labels: ['model'],
    unit: 'seconds',
    help: 'How long the log took to answer a write.',
  },
  kmodel_visible_seconds: {
    type: 'histogram',
    labels: ['model'],
    unit: 'seconds',
    help: "From the log's acknowledgement of a write until the view showed it.",
  },
  kmodel_behind_reads_total: {
    type: 'counter',
    labels: ['model'],
    unit: 'reads',
    help: 'Reads answered 503 VIEW_BEHIND.',
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricName = keyof typeof METRICS;

type NamesOf<Type extends MetricEntry['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

/** Upper bounds of the histograms' buckets, from 0.5 ms (an idle log on this machine) to 30 s (the longest wait). Seconds. */
export const BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

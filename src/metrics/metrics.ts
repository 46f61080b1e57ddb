/** What a process counts, in the text format of Prometheus; the names are those of table.ts. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Recorder } from '../status/recorder.ts';
import type { ModelReport } from '../status/report.ts';
import type { AskStatus, ModelStatus } from '../status/status.ts';
import { BUCKETS, type CounterName, type GaugeName, type HistogramName, METRICS, type MetricEntry } from './table.ts';

/** Whom the gauges of one model are asked from, each time somebody reads the metrics. Neither may reject. */
export interface GaugeSources {
  readonly report: () => Promise<ModelReport>;
  /** Undefined: the process keeps no partition and has no readiness of its own. */
  readonly status?: AskStatus | undefined;
}

export interface Metrics {
  /** Counts what the engine tells. */
  readonly recorder: Recorder;
  /** From now on the model's gauges are shown. */
  observe(model: string, sources: GaugeSources): void;
  /** The media type of `text`. */
  readonly contentType: string;
  /** Asks all sources and answers everything as text, the figures of Node.js and the process included. */
  text(): Promise<string>;
}

/** Metrics with a registry of their own: several of them in one process know nothing of each other. */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const parts = makeParts(registry);
  const observed = new Map<string, GaugeSources>();
  return {
    recorder: makeRecorder(parts),
    observe(model, sources) {
      observed.set(model, sources);
      begin(parts, model);
    },
    contentType: registry.contentType,
    async text() {
      const seen = await Promise.all([...observed].map(([model, sources]) => ask(model, sources)));
      // In one turn: whoever reads at the same time sees either the former gauges or these.
      for (const gauge of Object.values(parts.gauges)) gauge.reset();
      for (const one of seen) show(parts.gauges, one);
      return registry.metrics();
    },
  };
}

interface Parts {
  readonly counters: Readonly<Record<CounterName, Counter>>;
  readonly gauges: Readonly<Record<GaugeName, Gauge>>;
  readonly histograms: Readonly<Record<HistogramName, Histogram>>;
}

function makeParts(registry: Registry): Parts {
  const ofType = <Part>(type: MetricEntry['type'], make: (options: Options) => Part): Record<string, Part> =>
    Object.fromEntries(
      Object.entries<MetricEntry>(METRICS)
        .filter(([, entry]) => entry.type === type)
        .map(([name, { help, labels }]) => [
          name,
          make({ name, help, labelNames: [...labels], registers: [registry] }),
        ]),
    );
  return {
    counters: ofType('counter', (options) => new Counter(options)) as Parts['counters'],
    gauges: ofType('gauge', (options) => new Gauge(options)) as Parts['gauges'],
    histograms: ofType(
      'histogram',
      (options) => new Histogram({ ...options, buckets: [...BUCKETS] }),
    ) as Parts['histograms'],
  };
}

interface Options {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

/** Series that are there from the start, at 0: else the first event of each would be no increase to whoever computes rates. */
function begin({ counters, histograms }: Parts, model: string): void {
  counters.kmodel_rebalances_total.inc({ model }, 0);
  counters.kmodel_behind_reads_total.inc({ model }, 0);
  for (const outcome of ['appended', 'unavailable', 'refused', 'uncertain'])
    counters.kmodel_writes_total.inc({ model, outcome }, 0);
  for (const histogram of Object.values(histograms)) histogram.zero({ model });
}

function makeRecorder({ counters, histograms }: Parts): Recorder {
  return {
    applied(model, partition, records, quarantined, seconds) {
      counters.kmodel_applied_records_total.inc({ model, partition }, records);
      if (quarantined > 0) counters.kmodel_quarantined_total.inc({ model, partition }, quarantined);
      histograms.kmodel_apply_seconds.observe({ model }, seconds);
    },
    generation: (model, reason) => counters.kmodel_generations_total.inc({ model, reason }),
    fenced: (model, partition) => counters.kmodel_fenced_total.inc({ model, partition }),
    moved: (model, partition) => counters.kmodel_moved_total.inc({ model, partition }),
    rebalanced: (model) => counters.kmodel_rebalances_total.inc({ model }),
    written(model, outcome, seconds) {
      counters.kmodel_writes_total.inc({ model, outcome });
      histograms.kmodel_write_seconds.observe({ model }, seconds);
    },
    visible: (model, seconds) => histograms.kmodel_visible_seconds.observe({ model }, seconds),
    behind: (model) => counters.kmodel_behind_reads_total.inc({ model }),
  };
}

interface Seen {
  readonly model: string;
  readonly report: ModelReport;
  readonly status: ModelStatus | undefined;
}

async function ask(model: string, { report, status }: GaugeSources): Promise<Seen> {
  const [reported, now] = await Promise.all([report(), status?.()]);
  return { model, report: reported, status: now };
}

/** Sets the gauges; what is not known has no value, rather than a wrong one. */
function show(gauges: Parts['gauges'], { model, report, status }: Seen): void {
  const set = (name: GaugeName, value: number | null, partition?: number): void => {
    if (value !== null) gauges[name].set(partition === undefined ? { model } : { model, partition }, value);
  };
  for (const { partition, endOffset, checkpoint, lag } of report.partitions) {
    set('kmodel_end_offset', endOffset, partition);
    set('kmodel_checkpoint_offset', checkpoint, partition);
    set('kmodel_lag_records', lag, partition);
  }
  set('kmodel_quarantine_records', report.quarantined);
  set('kmodel_topic_warnings', 'problem' in report.log ? null : report.log.warnings.length);
  set('kmodel_problems', report.problems.length);
  if (!('problem' in report.view)) {
    const { doubt, rebuilds } = report.view;
    set('kmodel_doubtful', doubt === null ? 0 : 1);
    set('kmodel_held', doubt?.held === true ? 1 : 0);
    for (const [reason, count] of Object.entries(rebuilds)) gauges.kmodel_rebuilds.set({ model, reason }, count);
  }
  if (status === undefined) return;
  set('kmodel_ready', status.reads === 'ready' ? 1 : 0);
  set('kmodel_writes_ready', status.writes === 'ready' ? 1 : 0);
  const kept = status.keeps ? status.partitions : [];
  set('kmodel_assigned_partitions', kept.length);
  set('kmodel_live_partitions', kept.filter(({ phase }) => phase === 'live').length);
}

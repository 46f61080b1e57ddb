/** What an HTTP server is given to answer GET /status, GET /status/<model>/quarantine and GET /metrics from. */
import type { Log } from './log/log.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Model } from './model/model.ts';
import { type Inspector, shared } from './status/inspect.ts';
import type { ModelReport } from './status/report.ts';
import type { ServedQuarantine } from './http/quarantine.ts';
import type { View } from './view/view.ts';

/** One model of the process, as status and metrics see it. */
export interface Observed {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  readonly inspector: Inspector;
}

export interface Reports {
  readonly report: () => Promise<readonly ModelReport[]>;
  readonly metrics: Metrics;
  readonly quarantines: readonly ServedQuarantine[];
}

/** All for a whole process; the gauges of the metrics are of the same report. */
export function makeReports(observed: readonly Observed[], metrics: Metrics): Reports {
  const asked = observed.map(({ model, inspector }) => {
    const report = shared(() => inspector.report());
    metrics.observe(model.name, { report, status: () => inspector.status() });
    return report;
  });
  const quarantines = observed.map(({ model, view }): ServedQuarantine => {
    return { model: model.name, page: (after, limit) => view.quarantine(after, limit) };
  });
  return { report: () => Promise.all(asked.map((report) => report())), metrics, quarantines };
}

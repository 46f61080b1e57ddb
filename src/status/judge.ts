/**
 * The one judgement of a model: whether reads and writes are answered, from the evidence and from the report that was made of
 * it. GET /status, GET /health/ready, the metrics and `kmodel status` all show this one. Pure.
 */
import { isHeld, refusing } from '../doubts.ts';
import type { Evidence, OwnWorker } from './evidence.ts';
import type { PartitionReport, PartitionStateName, ViewReport } from './report.ts';
import type { Readiness } from './status.ts';

/** What the report has found so far. */
export interface Found {
  readonly view: ViewReport;
  readonly partitions: readonly PartitionReport[];
  readonly problems: readonly string[];
}

/** Whether reads and writes are answered. A process that only keeps partitions says for both whether it does. */
export function judge(evidence: Evidence, found: Found): { readonly reads: Readiness; readonly writes: Readiness } {
  const { own } = evidence;
  if (own !== undefined && own.api === undefined && own.worker !== undefined) {
    const keeping = keepingOf(evidence, own.worker);
    return { reads: keeping, writes: keeping };
  }
  const reads = readsOf(evidence, found);
  return { reads, writes: writesOf(evidence, found, reads) };
}

/** A partition in one of these states may show old content, or soon will. */
const TROUBLED: ReadonlySet<PartitionStateName> = new Set(['unowned', 'behind', 'failing']);

function readsOf(evidence: Evidence, { view, partitions, problems }: Found): Readiness {
  const { own } = evidence;
  // Whoever looks from outside can't know what was before: what needs a person is no start.
  const wasReady = own === undefined ? problems.length > 0 : own.wasReady.reads;
  const not = wasReady ? 'unavailable' : 'starting';
  if (!isReadable(evidence, view)) return not;
  const keeps = own?.worker;
  const allLive = keeps === undefined || (areLive(keeps) && keeps.partitions.length === partitions.length);
  // Until it has passed the log's end once, what it would answer may be as old as its last stop.
  if (!allLive && !wasReady) return not;
  return allLive && !partitions.some(({ state }) => TROUBLED.has(state)) ? 'ready' : 'degraded';
}

/** Whether the view itself answers reads, whatever its keepers believe. The log needn't answer for that. */
function isReadable({ view }: Evidence, report: ViewReport): boolean {
  if (view.kind === 'failed' || 'problem' in report) return false;
  const { generation, partitions, doubt, doubts = doubt === undefined ? [] : [doubt] } = view.value;
  if (generation === undefined || !report.ofThisLog || !report.ofThisModel) return false;
  if (refusing(doubts) !== undefined) return false;
  return partitions.size === generation.partitions && [...partitions.values()].every(({ live }) => live);
}

function writesOf({ log, view, own }: Evidence, { problems }: Found, reads: Readiness): Readiness {
  const wasReady = own === undefined ? problems.length > 0 : own.wasReady.writes;
  const isHeldNow = view.kind === 'answered' && isHeld(view.value.doubt);
  if (log.kind === 'failed' || own?.api?.appendProblem !== undefined || isHeldNow)
    return wasReady ? 'unavailable' : 'starting';
  const { description, bounds } = log.value;
  if (description.unfit !== undefined) return wasReady ? 'unavailable' : 'starting';
  // A plain POST needs no view, but every other write looks at it first.
  if (reads === 'starting') return 'starting';
  const isWhole = reads === 'ready' && [...bounds.values()].every((each) => !('problem' in each));
  return isWhole ? 'ready' : 'degraded';
}

function keepingOf({ log, view, own }: Evidence, worker: OwnWorker): Readiness {
  const wasReady = own?.wasReady.reads === true;
  const answers = log.kind === 'answered' && view.kind === 'answered';
  if (answers && worker.assigned && worker.problem === undefined) {
    if (areLive(worker)) return 'ready';
    if (wasReady && worker.partitions.some(({ phase }) => phase === 'live')) return 'degraded';
  }
  return wasReady ? 'unavailable' : 'starting';
}

function areLive({ assigned, problem, partitions }: OwnWorker): boolean {
  return assigned && problem === undefined && partitions.every(({ phase }) => phase === 'live');
}

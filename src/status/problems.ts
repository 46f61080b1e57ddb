/** What of a model's log and view needs a person, one line each. Pure. */
import { doubtEntry, doubtPermission } from '../doubts.ts';
import type { Model } from '../model/model.ts';
import type { Rebuild, ViewDescription } from '../view/view.ts';
import type { Evidence } from './evidence.ts';
import { heldText } from './held-text.ts';
import type { PartitionReport, PartitionStateName, ViewReport } from './report.ts';

/** What there is to say of a view that is of another log than this process's. */
export function foreignView(logId: string, ownId?: string): string {
  const own = ownId === undefined ? '' : `; this one is ${ownId}`;
  return (
    `the view at this prefix belongs to another log (${logId}${own}): a worker builds it anew if that log was replaced; ` +
    "if it is another cluster's, give each cluster its own :redis {:prefix …}"
  );
}

/** The lines; none where all is well. What passes by itself (a replay, a held partition) is no problem. */
export function problemsOf(
  model: Model,
  evidence: Evidence,
  found: { readonly view: ViewReport; readonly partitions: readonly PartitionReport[] },
): readonly string[] {
  const lines = [
    ...logProblems(evidence),
    ...(evidence.view.kind === 'failed'
      ? [`view: ${evidence.view.problem}`]
      : viewProblems(model, evidence, evidence.view.value, found.view)),
    ...ownProblems(evidence),
    ...partitionProblems(found.partitions),
    quarantineProblem(evidence),
  ];
  return [...new Set(lines.filter((line) => line !== undefined))];
}

/** The log as a whole, then partitions that it doesn't answer for: each problem names its own. */
function logProblems({ log }: Evidence): string[] {
  if (log.kind === 'failed') return [`log: ${log.problem}`];
  const { description, bounds } = log.value;
  const troubles = [...bounds.values()].flatMap((each) => ('problem' in each ? [each.problem] : []));
  return [...(description.unfit === undefined ? [] : [description.unfit]), ...new Set(troubles)].map(
    (problem) => `log: ${problem}`,
  );
}

function viewProblems(model: Model, { log, at }: Evidence, view: ViewDescription, report: ViewReport): string[] {
  const { generation, doubt, entities, standingBy = [] } = view;
  if ('problem' in report) return [];
  const lines = standingBy.map(({ name, why }) => `the worker ${name} stands by: ${why}`);
  if (generation === undefined) return ['the view has no generation yet: a worker begins it, so start one', ...lines];
  if (!report.ofThisLog)
    lines.push(foreignView(generation.logId, log.kind === 'answered' ? log.value.description.id : undefined));
  if (!report.ofThisModel) {
    lines.push(
      `the view was built by another definition of the model (version ${generation.modelVersion}, ${generation.partitions} partitions, ${generation.fingerprint.slice(0, 8)}; this one is version ${model.version}, ${model.partitions} partitions, ${model.fingerprint.slice(0, 8)}): a worker of this version builds it anew`,
    );
  }
  if (report.doubt !== null && doubt !== undefined) {
    const { title } = doubtEntry(report.doubt.reason);
    lines.push(
      report.doubt.held
        ? heldText({ doubt, ...(entities === undefined ? {} : { entities }) })
        : `the view is not trusted: ${title} (${report.doubt.evidence}): ${rebuildText(doubt.reason, generation.rebuilds ?? [], at)}`,
    );
  }
  return lines;
}

/** When a view that is doubted is built anew, and who does it. */
function rebuildText(reason: string, rebuilds: readonly Rebuild[], now: number): string {
  const permission = doubtPermission(rebuilds, reason, now);
  if (permission.kind === 'now') return 'a worker builds it anew';
  if (permission.kind === 'person')
    return 'it was built anew for this twice in a day already; find the cause, then run kmodel rebuild';
  const minutes = Math.ceil((permission.at - now) / 60_000);
  return `it was built anew for this already, and is again in ${minutes} min; kmodel rebuild does it at once`;
}

/** What this process says of itself. Where the log doesn't answer at all, that says it already. */
function ownProblems({ log, own }: Evidence): (string | undefined)[] {
  const append = own?.api?.appendProblem;
  const unfit = log.kind === 'answered' ? log.value.description.unfit : undefined;
  const isTold = append === undefined || append === unfit || log.kind === 'failed';
  return [isTold ? undefined : `writes: ${append}`, own?.worker?.problem && `worker: ${own.worker.problem}`];
}

function partitionProblems(partitions: readonly PartitionReport[]): (string | undefined)[] {
  const inState = (name: PartitionStateName): readonly PartitionReport[] =>
    partitions.filter(({ state }) => state === name);
  const unowned = inState('unowned');
  const [unclaimed, unseen] = [
    unowned.filter(({ owner }) => owner === null),
    unowned.filter(({ owner }) => owner !== null),
  ];
  const failing = Map.groupBy(inState('failing'), ({ problem }) => problem ?? 'its worker can not go on');
  const behind = inState('behind');
  return [
    ...[...failing].map(
      ([problem, some]) => `${numbers(some)} ${some.length === 1 ? 'is' : 'are'} failing: ${problem}`,
    ),
    unclaimed.length === 0 ? undefined : `no worker keeps ${numbers(unclaimed)}: start a worker`,
    unseen.length === 0
      ? undefined
      : `the worker of ${numbers(unseen)} was not seen lately (${ownersOf(unseen)}): it is gone, or can not write to the view; see its log, or start a worker`,
    behind.length === 0
      ? undefined
      : `for minutes the view has been behind the log's end in ${numbers(behind)}: see the log of the owner`,
  ];
}

function numbers(partitions: readonly PartitionReport[]): string {
  return named(partitions.map(({ partition }) => partition));
}

function ownersOf(partitions: readonly PartitionReport[]): string {
  return [...new Set(partitions.map(({ owner }) => owner))].join(', ');
}

function quarantineProblem({ view }: Evidence): string | undefined {
  const count = view.kind === 'answered' ? view.value.quarantined : 0;
  if (count === 0) return undefined;
  const records = count === 1 ? 'record is' : 'records are';
  return `${count} ${records} in quarantine: kmodel quarantine list shows them, and why they could not be applied; put their entities anew, or delete them`;
}

/** `partition 3`, or `partitions 0–4, 7`. The numbers ascend. */
function named(partitions: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const partition of partitions) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === partition - 1) run.last = partition;
    else runs.push({ first: partition, last: partition });
  }
  const shown = runs.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
  return `${partitions.length === 1 ? 'partition' : 'partitions'} ${shown}`;
}

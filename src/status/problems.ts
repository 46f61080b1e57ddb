/** What of a model's log and view needs a person, one line each. Pure. */
import type { Model } from '../model/model.ts';
import type { Answers, PartitionReport, PartitionStateName, ViewReport } from './report.ts';

/** What there is to say of a view that is of another log than this process's. */
export function foreignView(logId: string): string {
  return `The view at this prefix belongs to another log (${logId}). A worker builds it anew if that log was replaced; if it is another cluster's, give each cluster its own :redis {:prefix …}.`;
}

/** The lines; none where all is well. What passes by itself (a replay, a held partition) is no problem. */
export function problemsOf(
  model: Model,
  answers: Answers,
  found: { readonly view: ViewReport; readonly partitions: readonly PartitionReport[] },
): readonly string[] {
  const lines = [
    answers.log.kind === 'failed' ? `log: ${answers.log.problem}` : undefined,
    ...(answers.view.kind === 'failed'
      ? [`view: ${answers.view.problem}`]
      : generationProblems(model, answers, found.view)),
    answers.log.kind === 'answered' && answers.log.value.description.unfit !== undefined
      ? `log: ${answers.log.value.description.unfit}`
      : undefined,
    ...unansweredProblems(answers),
    ownersProblem(answers),
    ...partitionProblems(found.partitions),
    quarantineProblem(answers),
  ];
  return lines.filter((line) => line !== undefined);
}

function generationProblems(model: Model, { log, view }: Answers, report: ViewReport): string[] {
  const generation = view.kind === 'answered' ? view.value.generation : undefined;
  if ('problem' in report) return [];
  if (generation === undefined) return ['the view has no generation yet: a worker begins it'];
  const lines: string[] = [];
  if (!report.ofThisLog && log.kind === 'answered') {
    const { id } = log.value.description;
    lines.push(`the view is of another log (${generation.logId}; this one is ${id}): a worker builds it anew`);
  }
  if (!report.ofThisModel) {
    lines.push(
      `the view was built by another definition of the model (version ${generation.modelVersion}, ${generation.partitions} partitions; this one is version ${model.version}, ${model.partitions} partitions): a worker of this version builds it anew`,
    );
  }
  return lines;
}

/** Partitions that the log doesn't answer for: each problem names its own. */
function unansweredProblems({ log }: Answers): string[] {
  if (log.kind === 'failed') return [];
  const problems = [...log.value.bounds.values()].flatMap((bounds) => ('problem' in bounds ? [bounds.problem] : []));
  return [...new Set(problems)].map((problem) => `log: ${problem}`);
}

/** Where the whole log failed, one line is enough. */
function ownersProblem({ log, owners }: Answers): string | undefined {
  if (log.kind === 'failed' || owners.kind === 'answered') return undefined;
  return `which worker keeps which partition can not be told: ${owners.problem}`;
}

function partitionProblems(partitions: readonly PartitionReport[]): (string | undefined)[] {
  const inState = (name: PartitionStateName): number[] =>
    partitions.filter(({ state }) => state === name).map(({ partition }) => partition);
  const [unowned, behind] = [inState('unowned'), inState('behind')];
  return [
    unowned.length === 0 ? undefined : `no worker keeps ${named(unowned)}: start a worker`,
    behind.length === 0
      ? undefined
      : `for minutes the view has been behind the log's end in ${named(behind)}: see the log of the owner`,
  ];
}

function quarantineProblem({ view }: Answers): string | undefined {
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

/**
 * What a model's log and view look like from outside, for people and tools: `kmodel status` and GET /status. Pure: the
 * answers of the ports come in, the report goes out. A report is plain JSON.
 */
import type { Bounds, LogDescription, PartitionBounds } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { PartitionState, ViewDescription } from '../view/view.ts';
import { problemsOf } from './problems.ts';

/** What a port answered, or one line about why it did not. */
export type Answer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly problem: string };

/** What the ports answered, all asked at about the same moment. */
export interface Answers {
  readonly log: Answer<{
    readonly description: LogDescription;
    readonly bounds: Bounds;
  }>;
  readonly owners: Answer<ReadonlyMap<number, string>>;
  readonly view: Answer<ViewDescription>;
  /** When they were asked. Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * `live`: the view has it. `replaying`: its first build is under way. `behind`: it was live, but has not reached the log's end for
 * longer than BEHIND_AFTER_MS. `held`: all that can be read is applied; an open transaction of some producer holds back the
 * rest. `unowned`: no worker keeps it. `absent`: there is no view of it for this log and this definition of the model.
 * `unknown`: the log or the view did not answer.
 */
export type PartitionStateName = 'live' | 'replaying' | 'behind' | 'held' | 'unowned' | 'absent' | 'unknown';

/** One partition; null stands for what is not known. */
export interface PartitionReport {
  readonly partition: number;
  readonly startOffset: number | null;
  readonly endOffset: number | null;
  readonly stableEndOffset: number | null;
  readonly checkpoint: number | null;
  /** endOffset − checkpoint: records that the view has not seen, gaps of compaction counted in. */
  readonly lag: number | null;
  /** The worker that keeps it, by the name the log knows. */
  readonly owner: string | null;
  readonly state: PartitionStateName;
}

export type LogReport =
  | {
      readonly id: string;
      readonly settings: Readonly<Record<string, string>>;
      readonly warnings: readonly string[];
    }
  | { readonly problem: string };

export type ViewReport =
  | {
      /** The generation's id; null where none was begun. */
      readonly generation: string | null;
      /** Whether the generation was built from this log, and by this definition of the model. */
      readonly ofThisLog: boolean;
      readonly ofThisModel: boolean;
    }
  | { readonly problem: string };

export interface ModelReport {
  readonly model: string;
  /** Nothing needs a person: there is no problem. */
  readonly ok: boolean;
  /** When log and view were asked: RFC 3339 in UTC with milliseconds. */
  readonly at: string;
  readonly log: LogReport;
  readonly view: ViewReport;
  /** Records in quarantine; null where the view did not answer. */
  readonly quarantined: number | null;
  readonly partitions: readonly PartitionReport[];
  /** What needs a person, one line each. */
  readonly problems: readonly string[];
}

/**
 * A live partition with records unread counts as behind once its last moment at the log's end is as long ago. Workers
 * store that moment every 30 s while idle, so anything shorter would call idle partitions behind. Milliseconds.
 */
export const BEHIND_AFTER_MS = 120_000;

/** The report of one model. */
export function reportOf(model: Model, answers: Answers): ModelReport {
  const { at } = answers;
  const log = logReport(answers.log);
  const view = viewReport(model, answers);
  const partitions = partitionNumbers(answers).map((partition) => partitionReport(partition, view, answers));
  const problems = problemsOf(model, answers, { view, partitions });
  return {
    model: model.name,
    ok: problems.length === 0,
    at: new Date(at).toISOString(),
    log,
    view,
    quarantined: answers.view.kind === 'answered' ? answers.view.value.quarantined : null,
    partitions,
    problems,
  };
}

function logReport(log: Answers['log']): LogReport {
  if (log.kind === 'failed') return { problem: log.problem };
  const { id, settings, warnings } = log.value.description;
  return { id, settings, warnings };
}

function viewReport(model: Model, { log, view }: Answers): ViewReport {
  if (view.kind === 'failed') return { problem: view.problem };
  const { generation } = view.value;
  if (generation === undefined) return { generation: null, ofThisLog: false, ofThisModel: false };
  // Where the log doesn't answer, nothing speaks against its generation.
  const ofThisLog = log.kind === 'failed' || generation.logId === log.value.description.id;
  const sameCount = generation.partitions === model.partitions;
  return {
    generation: generation.id,
    ofThisLog,
    ofThisModel: sameCount && generation.fingerprint === model.fingerprint,
  };
}

/** Every partition that log or view has. */
function partitionNumbers({ log, view }: Answers): number[] {
  const ofLog = log.kind === 'answered' ? log.value.description.partitions : 0;
  const ofView = view.kind === 'answered' ? (view.value.generation?.partitions ?? 0) : 0;
  return [...Array(ofLog > 0 ? ofLog : ofView).keys()];
}

function partitionReport(partition: number, view: ViewReport, answers: Answers): PartitionReport {
  const told = answers.log.kind === 'answered' ? answers.log.value.bounds.get(partition) : undefined;
  const bounds = told === undefined || 'problem' in told ? undefined : told;
  const built =
    isFit(view) && answers.view.kind === 'answered' ? answers.view.value.partitions.get(partition) : undefined;
  const owner = answers.owners.kind === 'answered' ? answers.owners.value.get(partition) : undefined;
  return {
    partition,
    startOffset: bounds?.startOffset ?? null,
    endOffset: bounds?.endOffset ?? null,
    stableEndOffset: bounds?.stableEndOffset ?? null,
    checkpoint: built?.checkpoint ?? null,
    // Log and view are not asked in one step: what was applied in between is no negative lag.
    lag: bounds === undefined || built === undefined ? null : Math.max(0, bounds.endOffset - built.checkpoint),
    owner: owner ?? null,
    state: stateOf(bounds, built, owner, answers),
  };
}

function isFit(view: ViewReport): boolean {
  return !('problem' in view) && view.ofThisLog && view.ofThisModel;
}

function stateOf(
  bounds: PartitionBounds | undefined,
  built: PartitionState | undefined,
  owner: string | undefined,
  { owners, view, at }: Answers,
): PartitionStateName {
  if (owners.kind === 'answered' && owner === undefined) return 'unowned';
  if (bounds === undefined || view.kind === 'failed') return 'unknown';
  if (built === undefined) return 'absent';
  const { checkpoint, live, caughtUpAt } = built;
  const { endOffset, stableEndOffset } = bounds;
  if (stableEndOffset < endOffset && checkpoint >= stableEndOffset) return 'held';
  if (!live) return 'replaying';
  const late = caughtUpAt === undefined || at - caughtUpAt > BEHIND_AFTER_MS;
  return checkpoint < stableEndOffset && late ? 'behind' : 'live';
}

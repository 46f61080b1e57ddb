/**
 * What a model's log and view look like, for people and tools: `kmodel status` and GET /status. Pure: the evidence comes in, the
 * report goes out. A report is plain JSON.
 */
import { counts, isHeld } from '../doubts.ts';
import { incarnationText } from '../incarnation.ts';
import type { PartitionBounds, PartitionProblem } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import { OWNER_LIVES_MS, type Owner, type PartitionState, type ViewDescription } from '../view/view.ts';
import type { Evidence } from './evidence.ts';
import { judge } from './judge.ts';
import { problemsOf } from './problems.ts';
import type { PartitionStatus, Readiness } from './status.ts';

/**
 * `live`: the view has it. `replaying`: its first build is under way. `behind`: it was live, but has not reached the log's end for
 * longer than BEHIND_AFTER_MS. `held`: all that can be read is applied; an open transaction of some producer holds back the
 * rest. `failing`: its worker can't go on. `unowned`: no worker that lives keeps it. `absent`: there is no view of it for this log
 * and this definition of the model. `unknown`: the log or the view did not answer.
 */
export type PartitionStateName =
  | 'live'
  | 'replaying'
  | 'behind'
  | 'held'
  | 'failing'
  | 'unowned'
  | 'absent'
  | 'unknown';

/** One partition; null stands for what is not known. */
export interface PartitionReport {
  readonly partition: number;
  readonly startOffset: number | null;
  readonly endOffset: number | null;
  readonly stableEndOffset: number | null;
  readonly checkpoint: number | null;
  /** endOffset − checkpoint: records that the view has not seen, gaps of compaction counted in. */
  readonly lag: number | null;
  /** The worker that has claimed it, by the name that it gave the view. */
  readonly owner: string | null;
  readonly state: PartitionStateName;
  /** Why it is failing or unknown, or since when its owner was not seen: one line. */
  readonly problem: string | null;
}

export type LogReport =
  | {
      readonly id: string;
      readonly settings: Readonly<Record<string, string>>;
      readonly warnings: readonly string[];
    }
  | { readonly problem: string };

/** Why the view is not trusted. */
export interface DoubtReport {
  /** A reason of the table of doubts. */
  readonly reason: string;
  readonly evidence: string;
  /** A person decides how it goes on; else the view is built anew by itself. */
  readonly held: boolean;
}

export type ViewReport =
  | {
      /** The generation's id; null where none was begun. */
      readonly generation: string | null;
      /** Whether the generation was built from this log, and by this definition of the model. */
      readonly ofThisLog: boolean;
      readonly ofThisModel: boolean;
      /** The log's incarnation that it was built from; null where none was begun. */
      readonly incarnation: string | null;
      /** How many entities it holds; null where that is not counted. */
      readonly entities: number | null;
      /** Null: nothing speaks against it. */
      readonly doubt: DoubtReport | null;
      /** The rebuilds that no person asked for, as far as the view remembers them: reason → how many. */
      readonly rebuilds: Readonly<Record<string, number>>;
    }
  | { readonly problem: string };

export interface ModelReport {
  readonly model: string;
  /** Nothing needs a person: there is no problem. */
  readonly ok: boolean;
  /** When log and view were asked: RFC 3339 in UTC with milliseconds. */
  readonly at: string;
  /** Whether reads and writes are answered by the process that was asked; `kmodel status` judges from outside. */
  readonly reads: Readiness;
  readonly writes: Readiness;
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
export function reportOf(model: Model, evidence: Evidence): ModelReport {
  const view = viewReport(model, evidence);
  const partitions = partitionNumbers(evidence).map((partition) => partitionReport(partition, view, evidence));
  const problems = problemsOf(model, evidence, { view, partitions });
  return {
    model: model.name,
    ok: problems.length === 0,
    at: new Date(evidence.at).toISOString(),
    ...judge(evidence, { view, partitions, problems }),
    log: logReport(evidence.log),
    view,
    quarantined: evidence.view.kind === 'answered' ? evidence.view.value.quarantined : null,
    partitions,
    problems,
  };
}

function logReport(log: Evidence['log']): LogReport {
  if (log.kind === 'failed') return { problem: log.problem };
  const { id, settings, warnings } = log.value.description;
  return { id, settings, warnings };
}

function viewReport(model: Model, { log, view, own }: Evidence): ViewReport {
  if (view.kind === 'failed') return { problem: view.problem };
  const { generation, entities = null } = view.value;
  // Where the log doesn't answer, it is the one that was seen last.
  const logId = log.kind === 'answered' ? log.value.description.id : own?.api?.logId;
  const sameCount = generation?.partitions === model.partitions;
  const rebuilds = Object.groupBy(generation?.rebuilds ?? [], ({ reason }) => reason);
  return {
    generation: generation?.id ?? null,
    ofThisLog: generation !== undefined && (logId === undefined || generation.logId === logId),
    ofThisModel: sameCount && generation?.fingerprint === model.fingerprint,
    incarnation: generation === undefined ? null : incarnationText(generation.logId, generation.incarnation),
    entities,
    doubt: doubtReport(view.value),
    rebuilds: Object.fromEntries(Object.entries(rebuilds).map(([reason, all]) => [reason, all?.length ?? 0])),
  };
}

/** A doubt that was not seen often enough yet says nothing. */
function doubtReport({ doubt }: ViewDescription): DoubtReport | null {
  if (doubt === undefined || !counts(doubt)) return null;
  return { reason: doubt.reason, evidence: doubt.evidence, held: isHeld(doubt) };
}

/** Every partition that log or view has. */
function partitionNumbers({ log, view }: Evidence): number[] {
  const ofLog = log.kind === 'answered' ? log.value.description.partitions : 0;
  const ofView = view.kind === 'answered' ? (view.value.generation?.partitions ?? 0) : 0;
  return [...Array(ofLog > 0 ? ofLog : ofView).keys()];
}

function partitionReport(partition: number, view: ViewReport, evidence: Evidence): PartitionReport {
  const asked = evidence.log.kind === 'answered' ? evidence.log.value.bounds.get(partition) : undefined;
  const bounds = asked === undefined || 'problem' in asked ? undefined : asked;
  const stored = evidence.view.kind === 'answered' ? evidence.view.value.partitions.get(partition) : undefined;
  const built = isFit(view) ? stored : undefined;
  const own = evidence.own?.worker?.partitions.find((one) => one.partition === partition);
  return {
    partition,
    startOffset: bounds?.startOffset ?? null,
    endOffset: bounds?.endOffset ?? null,
    stableEndOffset: bounds?.stableEndOffset ?? null,
    checkpoint: built?.checkpoint ?? null,
    // Log and view are not asked in one step: what was applied in between is no negative lag.
    lag: bounds === undefined || built === undefined ? null : Math.max(0, bounds.endOffset - built.checkpoint),
    owner: stored?.owner?.name ?? null,
    ...stateOf(asked, built, own, evidence),
  };
}

function isFit(view: ViewReport): boolean {
  return !('problem' in view) && view.ofThisLog && view.ofThisModel;
}

type State = Pick<PartitionReport, 'state' | 'problem'>;

const plain = (state: PartitionStateName): State => ({ state, problem: null });

function stateOf(
  bounds: PartitionBounds | PartitionProblem | undefined,
  built: PartitionState | undefined,
  own: PartitionStatus | undefined,
  { view, at }: Evidence,
): State {
  if (view.kind === 'failed') return plain('unknown');
  if (own?.phase === 'failing') return { state: 'failing', problem: own.problem ?? null };
  if (built === undefined) return plain('absent');
  const owned = ownerState(built.owner);
  if (owned !== undefined) return owned;
  if (bounds === undefined || 'problem' in bounds) return { state: 'unknown', problem: bounds?.problem ?? null };
  const { checkpoint, live, caughtUpAt } = built;
  const { endOffset, stableEndOffset } = bounds;
  if (stableEndOffset < endOffset && checkpoint >= stableEndOffset) return plain('held');
  if (!live) return plain('replaying');
  const late = caughtUpAt === undefined || at - caughtUpAt > BEHIND_AFTER_MS;
  return plain(checkpoint < stableEndOffset && late ? 'behind' : 'live');
}

/** What the owner's claim says, where that is no good; undefined where it keeps the partition. */
function ownerState(owner: Owner | undefined): State | undefined {
  if (owner === undefined) return plain('unowned');
  if (owner.seenMsAgo >= OWNER_LIVES_MS) {
    const seconds = Math.round(owner.seenMsAgo / 1000);
    return { state: 'unowned', problem: `${owner.name} keeps it, and was last seen ${seconds} s ago` };
  }
  return owner.problem === undefined ? undefined : { state: 'failing', problem: owner.problem };
}

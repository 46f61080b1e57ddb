/** Asks log and view of a model, judges, and remembers what the judgement was. */
import type { Logger } from 'pino';
import { defineLoop, every } from '../core/loop.ts';
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { View } from '../view/view.ts';
import type { Evidence, OwnPart } from './evidence.ts';
import { ANSWER_WITHIN_MS, bothTriesMs, type Question, questionOf } from './question.ts';
import { type ModelReport, reportOf } from './report.ts';
import type { ModelStatus, PartitionStatus, Readiness } from './status.ts';

/** The questions a report asks the log. */
export type InspectedLog = Pick<Log, 'describe' | 'bounds'>;
/** The question it asks the view. */
export type InspectedView = Pick<View, 'describe'>;

/** A process judges itself so often, so that what changes stands in its log also where nobody asks. */
const JUDGE = defineLoop('status.judge', { everyMs: 5_000 });
/** Readiness is asked by those who wait little: an answer of a moment ago does. Milliseconds. */
const READY_WITHIN_MS = 1_000;

interface Questions {
  readonly log: Question<Extract<Evidence['log'], { kind: 'answered' }>['value']>;
  readonly view: Question<Extract<Evidence['view'], { kind: 'answered' }>['value']>;
}

function questionsOf(log: InspectedLog, view: InspectedView, tryMs: number): Questions {
  return {
    log: questionOf(async () => {
      const [description, bounds] = await Promise.all([log.describe(), log.bounds()]);
      return { description, bounds };
    }, tryMs),
    view: questionOf(async () => view.describe(), tryMs),
  };
}

async function gather({ log, view }: Questions, withinMs: number, at: number, own?: OwnPart): Promise<Evidence> {
  const [ofLog, ofView] = await Promise.all([log.answer(withinMs), view.answer(withinMs)]);
  return { log: ofLog, view: ofView, at, own };
}

/**
 * The report of one model now, by one who is no part of the system. `now` is the clock in milliseconds since the epoch. Never
 * rejects: what fails twice, or takes longer than `tryMs` twice, is a problem in the report. It only reads.
 */
export async function inspect(
  model: Model,
  log: InspectedLog,
  view: InspectedView,
  now: () => number = Date.now,
  tryMs: number = ANSWER_WITHIN_MS,
): Promise<ModelReport> {
  return reportOf(model, await gather(questionsOf(log, view, tryMs), bothTriesMs(tryMs), now()));
}

/** What a process of the system says of one of its models. */
export interface Inspector {
  /** For people: waits for log and view. */
  report(): Promise<ModelReport>;
  /** For those who wait little. */
  status(): Promise<ModelStatus>;
  stop(): void;
}

export interface InspectorParts {
  readonly model: Model;
  readonly log: InspectedLog;
  readonly view: InspectedView;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** What the process knows of itself now; taken before log and view are asked, so that it is never newer than their word. */
  readonly own: () => Pick<OwnPart, 'api' | 'worker'>;
}

/** Begins to judge now and then; each change of whether reads and writes are answered stands in the log. */
export function startInspector({ model, log, view, logger, own }: InspectorParts): Inspector {
  const questions = questionsOf(log, view, ANSWER_WITHIN_MS);
  const told = remember(model.name, logger);
  async function judgeNow(withinMs: number): Promise<{ report: ModelReport; known: ReturnType<typeof own> }> {
    const known = own();
    const evidence = await gather(questions, withinMs, Date.now(), { ...known, wasReady: told.wasReady() });
    const report = reportOf(model, evidence);
    told.tell(report, known.api === undefined);
    return { report, known };
  }
  const judging = every(JUDGE, async () => {
    await judgeNow(READY_WITHIN_MS);
  });
  return {
    report: async () => (await judgeNow(bothTriesMs())).report,
    async status() {
      const { report, known } = await judgeNow(READY_WITHIN_MS);
      const { reads, writes, quarantined, problems } = report;
      const partitions = known.worker?.partitions ?? partitionsOf(report);
      const keeps = known.worker !== undefined;
      return { reads, writes, quarantined: quarantined ?? 0, partitions, keeps, problems };
    },
    stop: () => judging.stop(),
  };
}

/** A process that keeps no partition shows where the view stands. */
function partitionsOf({ partitions }: ModelReport): PartitionStatus[] {
  return partitions.map(({ partition, checkpoint, endOffset, state, problem }) => {
    const phase = state === 'failing' || problem !== null ? 'failing' : state === 'replaying' ? 'replaying' : 'live';
    return {
      partition,
      phase: state === 'absent' ? 'claiming' : phase,
      checkpoint: checkpoint ?? 0,
      target: endOffset ?? 0,
      problem: problem ?? undefined,
    };
  });
}

type Side = 'reads' | 'writes';

interface Told {
  readonly wasReady: () => OwnPart['wasReady'];
  /** `keepsOnly`: both sides are one, whether it keeps its partitions. */
  readonly tell: (report: ModelReport, keepsOnly: boolean) => void;
}

/** Remembers what was ready, and tells what changes after that. */
function remember(model: string, logger: InspectorParts['logger']): Told {
  const last: Record<Side, Readiness> = { reads: 'starting', writes: 'starting' };
  const was: Record<Side, boolean> = { reads: false, writes: false };
  return {
    wasReady: () => ({ ...was }),
    tell(report, keepsOnly) {
      for (const side of ['reads', 'writes'] as const) {
        const [before, now] = [last[side], report[side]];
        last[side] = now;
        if (now === 'ready') was[side] = true;
        if (before === now || (keepsOnly && side === 'writes')) continue;
        const what = keepsOnly ? 'partitions' : side;
        const change = { model, [what]: now, before };
        if (now === 'ready')
          logger.info(change, before === 'starting' ? `${what} are ready` : `${what} are ready again`);
        else if (was[side]) logger.warn({ ...change, problems: report.problems }, `${what} are ${now}`);
      }
    },
  };
}

/** The same question, but one at a time: who asks while an answer is under way is given that one. */
export function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

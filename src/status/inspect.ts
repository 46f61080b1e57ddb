/** Asks log and view for a model's report, within a bounded time. */
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { View } from '../view/view.ts';
import { type Answer, type ModelReport, reportOf } from './report.ts';

/** The questions a report asks the log. */
export type InspectedLog = Pick<Log, 'describe' | 'bounds' | 'owners'>;
/** The question it asks the view. */
export type InspectedView = Pick<View, 'describe'>;

/** How long log and view may take to answer; who doesn't in time is reported as failed. Milliseconds. */
export const INSPECT_WITHIN_MS = 5_000;

/**
 * The report of one model now. `group` is the one that its workers share, `now` the clock in milliseconds since the epoch.
 * Never rejects: what fails, or takes longer than `withinMs`, is a problem in the report. It only reads.
 */
export async function inspect(
  model: Model,
  log: InspectedLog,
  view: InspectedView,
  group: string,
  now: () => number = Date.now,
  withinMs: number = INSPECT_WITHIN_MS,
): Promise<ModelReport> {
  const at = now();
  const [ofLog, owners, ofView] = await Promise.all([
    answerOf(() => Promise.all([log.describe(), log.bounds()]), withinMs),
    answerOf(() => log.owners(group), withinMs),
    answerOf(() => view.describe(), withinMs),
  ]);
  const described: Parameters<typeof reportOf>[1]['log'] =
    ofLog.kind === 'failed'
      ? ofLog
      : { kind: 'answered', value: { description: ofLog.value[0], bounds: ofLog.value[1] } };
  return reportOf(model, { log: described, owners, view: ofView, at });
}

/** What the step answers, or why it doesn't. Never rejects. */
async function answerOf<T>(step: () => Promise<T>, withinMs: number): Promise<Answer<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Answer<T>>();
  const timer = setTimeout(resolve, withinMs, { kind: 'failed', problem: `no answer within ${withinMs / 1000} s` });
  const asked = (async (): Promise<Answer<T>> => {
    try {
      return { kind: 'answered', value: await step() };
    } catch (error) {
      return { kind: 'failed', problem: oneLine(error) };
    }
  })();
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim() || 'unknown reason';
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

/**
 * A question to log or view, asked again once before it counts as failed, and with a memory: what was answered a moment ago does
 * where an answer is late. One is under way at a time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './evidence.ts';

/** A port may take so long to answer; one that doesn't is asked once more. Milliseconds. */
export const ANSWER_WITHIN_MS = 5_000;
/** Before a question that failed is asked once more. Milliseconds. */
const AGAIN_AFTER_MS = 250;
/** Timers come late. Milliseconds. */
const TIMERS_LATE_MS = 100;
/** An answer does for so long where the next one is late. Milliseconds. */
export const REMEMBERED_MS = 10_000;

/** How long both tries of a question take at most. Milliseconds. */
export function bothTriesMs(tryMs = ANSWER_WITHIN_MS): number {
  return 2 * tryMs + AGAIN_AFTER_MS + TIMERS_LATE_MS;
}

export interface Question<T> {
  /** The next answer, if it comes within so long, else the last one, if that isn't too old. Never rejects. */
  answer(withinMs: number): Promise<Answer<T>>;
}

/** The question `ask`, with so long for each of its two tries. */
export function questionOf<T>(ask: () => Promise<T>, tryMs = ANSWER_WITHIN_MS): Question<T> {
  let underWay: Promise<Answer<T>> | undefined;
  let last: { readonly answer: Answer<T>; readonly at: number } | undefined;

  async function askTwice(): Promise<Answer<T>> {
    const began = performance.now();
    const first = await answerOf(ask, tryMs);
    const answer = first.kind === 'answered' ? first : await pause(AGAIN_AFTER_MS).then(() => answerOf(ask, tryMs));
    // What a question is answered with was so when it was asked.
    last = { answer, at: answer.kind === 'answered' ? began : performance.now() };
    return answer;
  }

  function remembered(waitedMs: number): Answer<T> {
    if (last !== undefined && performance.now() - last.at <= REMEMBERED_MS) return last.answer;
    return { kind: 'failed', problem: `no answer within ${waitedMs / 1000} s` };
  }

  return {
    async answer(withinMs) {
      underWay ??= askTwice().finally(() => {
        underWay = undefined;
      });
      const { promise: late, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(resolve, withinMs, undefined);
      const answered = await Promise.race([underWay, late]).finally(() => clearTimeout(timer));
      return answered ?? remembered(withinMs);
    },
  };
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

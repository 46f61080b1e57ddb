/** Tries a step again and again, with growing pauses while it fails, and remembers what is wrong. */
import { setTimeout as sleep } from 'node:timers/promises';

/** First and greatest pause before a failed step is tried again. Milliseconds. */
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5_000;

export interface Retry {
  /** One line while the last step failed. */
  problem(): string | undefined;
  /** What failed works again. */
  mended(): void;
  /** The step got further than before: the next pause is a short one. */
  progressed(): void;
  /** Takes the step until `signal` aborts; never rejects. `report` is told each failure. */
  run(step: () => Promise<void>): Promise<void>;
}

export function makeRetry(signal: AbortSignal, report: (problem: string, retryInMs: number) => void): Retry {
  let problem: string | undefined;
  let pause = RETRY_FIRST_MS;

  async function pauseAfter(found: string): Promise<void> {
    problem = found;
    report(found, pause);
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, RETRY_MOST_MS);
  }

  return {
    problem: () => problem,
    mended() {
      problem = undefined;
    },
    progressed() {
      problem = undefined;
      pause = RETRY_FIRST_MS;
    },
    async run(step) {
      while (!signal.aborted) {
        try {
          await step();
        } catch (error) {
          if (!signal.aborted) await pauseAfter(error instanceof Error ? error.message : String(error));
        }
      }
    },
  };
}

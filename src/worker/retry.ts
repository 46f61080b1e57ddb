/** Tries a step again and again, with growing pauses while it fails, and remembers what is wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Loop, repeat } from '../core/loop.ts';

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

/** A loop of steps that are tried again: its pace is the pauses after failures. */
export function makeRetry(
  loop: Loop,
  signal: AbortSignal,
  report: (problem: string, retryInMs: number) => void,
): Retry {
  const { everyMs, mostMs = everyMs } = loop;
  let problem: string | undefined;
  let pause = everyMs;

  async function pauseAfter(found: string): Promise<void> {
    problem = found;
    report(found, pause);
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, mostMs);
  }

  return {
    problem: () => problem,
    mended() {
      problem = undefined;
    },
    progressed() {
      problem = undefined;
      pause = everyMs;
    },
    async run(step) {
      await repeat(loop, signal, async () => {
        try {
          await step();
        } catch (error) {
          if (!signal.aborted) await pauseAfter(error instanceof Error ? error.message : String(error));
        }
        return 'go-on';
      });
    },
  };
}

/** Runs a process until SIGTERM or SIGINT. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { closing } from './closers.ts';

/** What runs: something that was opened and is closed at the end. */
export interface Running {
  /** Resolves where it has closed itself, since a part of it died. */
  readonly gone: Promise<Error>;
  close(): Promise<void>;
}

/**
 * A process that is told to stop has ended after so long, whatever doesn't answer. Milliseconds: what stops processes (a
 * supervisor, a cluster) waits for 10 s to 30 s before it kills them.
 */
export const STOP_WITHIN_MS = 10_000;
/** So long a start under way is waited for, so that what it has opened is closed. Milliseconds. */
const START_ENDS_WITHIN_MS = 3_000;

/**
 * Starts it, tells `started`, and from then on a signal closes it and ends the process with 0: where the start is still under
 * way, once that is done, or after 3 s. What isn't closed 10 s after the signal is named, and the process ends with 1, as it
 * does where a part of it dies. A second signal ends it at once. Rejects where the start does.
 */
export async function runUntilSignal<T extends Running>(
  start: () => Promise<T>,
  started: (running: T) => void,
  logger: Logger,
): Promise<void> {
  const starting = Promise.withResolvers<T>();
  const signals = stopOnSignal(starting.promise, logger);
  starting.resolve(start());
  const running = await starting.promise;
  void running.gone.then(() => process.exit(1));
  if (!signals.stopping()) started(running);
}

function stopOnSignal(starting: Promise<Running>, logger: Logger): { stopping(): boolean } {
  let stopping: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    const soon = sleep(START_ENDS_WITHIN_MS, 'starting' as const, { ref: false });
    // A start that fails tells so itself, and ends the process.
    const running = await Promise.race([starting.catch(() => undefined), soon]);
    if (running === undefined) return clearTimeout(stopping);
    if (running === 'starting') logger.warn('it stops while it is still starting');
    else await running.close();
    process.exit(0);
  };
  const stop = (signal: string): void => {
    if (stopping !== undefined) process.exit(1);
    stopping = setTimeout(() => endAnyway(logger), STOP_WITHIN_MS);
    logger.info({ signal }, 'stopping');
    close().catch((error: unknown) => {
      logger.error({ err: error }, 'did not stop cleanly');
      process.exit(1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return { stopping: () => stopping !== undefined };
}

function endAnyway(logger: Logger): never {
  logger.fatal({ unfinished: closing() }, `it did not stop within ${STOP_WITHIN_MS / 1000} s: it ends all the same`);
  process.exit(1);
}

/** Runs a process until SIGTERM or SIGINT. */
import type { Logger } from 'pino';

/** What runs: something that was opened and is closed at the end. */
export interface Running {
  close(): Promise<void>;
}

/**
 * Starts it, tells `started`, and from then on a signal closes it and ends the process: where the start is still under
 * way, once that is done. A second signal ends it at once. Rejects where the start does.
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
  if (!signals.stopping()) started(running);
}

function stopOnSignal(starting: Promise<Running>, logger: Logger): { stopping(): boolean } {
  let stopping = false;
  const close = async (): Promise<void> => {
    // A start that fails tells so itself, and ends the process.
    const running = await starting.catch(() => undefined);
    if (running === undefined) return;
    await running.close();
    process.exit(0);
  };
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    close().catch((error: unknown) => {
      logger.error({ err: error }, 'did not stop cleanly');
      process.exit(1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return { stopping: () => stopping };
}

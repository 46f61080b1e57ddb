/** Waiting that has an end. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the promise settles, whatever with, or after `ms` milliseconds. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  const settled = promise.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([settled, late]);
  over.abort();
}

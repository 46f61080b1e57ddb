/** Turns: CPU-bound steps of many loops, at most one per turn of the event loop, so that HTTP answers in between. */

export interface Turns {
  /** Resolves when it's the caller's turn, first come first served. The step after it should last a few milliseconds. */
  take(): Promise<void>;
}

export function makeTurns(): Turns {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  };
  return {
    take() {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
      return promise;
    },
  };
}

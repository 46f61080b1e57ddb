/** Turns: CPU-bound steps of many loops, at most one per turn of the event loop, so that HTTP answers in between. */

export interface Turns {
  /**
   * Resolves when it's the caller's turn: first come, first served, but whoever had the last turn and wants one more goes
   * first. The step after it should last a few milliseconds.
   */
  take(caller: object): Promise<void>;
}

interface Waiting {
  readonly caller: object;
  readonly resolve: () => void;
}

export function makeTurns(): Turns {
  const waiting: Waiting[] = [];
  let last: object | undefined;
  const next = (): void => {
    const again = waiting.findIndex(({ caller }) => caller === last);
    const [chosen] = waiting.splice(Math.max(0, again), 1);
    last = chosen?.caller;
    chosen?.resolve();
    if (waiting.length > 0) setImmediate(next);
  };
  return {
    take(caller) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ caller, resolve });
      if (waiting.length === 1) setImmediate(next);
      return promise;
    },
  };
}

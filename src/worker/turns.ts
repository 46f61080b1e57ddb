/** Turns: CPU-bound steps of many loops, at most one per turn of the event loop, so that HTTP answers in between. */

export interface Turns {
  /**
   * Resolves when it's the caller's turn: at once where this turn of the event loop is nobody's yet; else first come, first
   * served, but whoever had the last turn and wants one more goes first. The step after it should last a few milliseconds.
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
  let isTaken = false;
  const give = (caller: object): void => {
    last = caller;
    isTaken = true;
    setImmediate(next);
  };
  const next = (): void => {
    isTaken = false;
    const again = waiting.findIndex(({ caller }) => caller === last);
    const [chosen] = waiting.splice(Math.max(0, again), 1);
    if (chosen === undefined) return;
    give(chosen.caller);
    chosen.resolve();
  };
  return {
    take(caller) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (isTaken) waiting.push({ caller, resolve });
      else {
        give(caller);
        resolve();
      }
      return promise;
    },
  };
}

/** One step at a time for each key, in the order of asking; steps of different keys run side by side. */

export interface OneByOne {
  /**
   * Runs `step` when every earlier step of the same key has ended, and answers what it answers; `late` where they have not
   * ended within so many milliseconds: then `step` never runs. Without earlier steps it begins at once.
   */
  run<T extends object>(key: string, withinMs: number, step: () => Promise<T>): Promise<T | 'late'>;
}

/** For one process. Keys are forgotten as soon as nobody waits for them. */
export function makeOneByOne(): OneByOne {
  const last = new Map<string, Promise<void>>();
  return {
    async run(key, withinMs, step) {
      const before = last.get(key);
      const mine = before === undefined ? step() : inTurn(before, withinMs, step);
      // Who comes next only waits for the end; an error belongs to the caller of this step.
      const ended = mine.then(
        () => undefined,
        () => undefined,
      );
      // Who gives up must not let the next one run beside an earlier step.
      const over = before === undefined ? ended : Promise.all([before, ended]).then(() => undefined);
      last.set(key, over);
      void over.then(() => {
        if (last.get(key) === over) last.delete(key);
      });
      return mine;
    },
  };
}

/** Runs `step` once `before` has ended, if that is in time. */
async function inTurn<T extends object>(
  before: Promise<void>,
  withinMs: number,
  step: () => Promise<T>,
): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, withinMs, 'late');
  const first = await Promise.race([before, late]);
  clearTimeout(timer);
  return first === 'late' ? first : step();
}

/** One step at a time for each key, in the order of asking; steps of different keys run side by side. */

/** `late`: earlier steps had not ended in time; the step never runs. */
export type Turn<T> = { readonly kind: 'ran'; readonly answer: T } | { readonly kind: 'late' };

export interface OneByOne {
  /**
   * Runs `step` when every earlier step of the same key has ended, if they end within so many milliseconds. Without
   * earlier steps it begins at once. Rejects as `step` does.
   */
  run<T>(key: string, withinMs: number, step: () => Promise<T>): Promise<Turn<T>>;
}

/** For one process. Keys are forgotten as soon as nobody waits for them. */
export function makeOneByOne(): OneByOne {
  const last = new Map<string, Promise<void>>();
  return {
    async run(key, withinMs, step) {
      const before = last.get(key);
      const mine = inTurn(before, withinMs, step);
      // Who comes next only waits for the end; an error belongs to the caller of this step.
      const ended = mine.then(
        () => undefined,
        () => undefined,
      );
      // Who gives up must not let the next one run beside an earlier step.
      const both = before === undefined ? ended : Promise.all([before, ended]).then(() => undefined);
      const over = both.finally(() => {
        if (last.get(key) === over) last.delete(key);
      });
      last.set(key, over);
      return mine;
    },
  };
}

/** Runs `step` once `before` has ended, if that is in time. */
async function inTurn<T>(
  before: Promise<void> | undefined,
  withinMs: number,
  step: () => Promise<T>,
): Promise<Turn<T>> {
  if (before !== undefined) {
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, withinMs, 'late');
    const first = await Promise.race([before, late]);
    clearTimeout(timer);
    if (first === 'late') return { kind: 'late' };
  }
  return { kind: 'ran', answer: await step() };
}

/** One step at a time for each key, in the order of asking; steps of different keys run side by side. */

export interface OneByOne {
  /** Runs `step` when every earlier step of the same key has ended. Answers what `step` answers. */
  run<T>(key: string, step: () => Promise<T>): Promise<T>;
}

/** For one process. Keys are forgotten as soon as nobody waits for them. */
export function makeOneByOne(): OneByOne {
  const last = new Map<string, Promise<void>>();
  return {
    async run(key, step) {
      const before = last.get(key);
      const mine = before === undefined ? step() : before.then(step);
      // Who comes next only waits for the end; an error belongs to the caller of this step.
      const ended = mine.then(
        () => undefined,
        () => undefined,
      );
      last.set(key, ended);
      try {
        return await mine;
      } finally {
        if (last.get(key) === ended) last.delete(key);
      }
    },
  };
}

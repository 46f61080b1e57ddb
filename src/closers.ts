/** What a process has opened, and frees again when it stops. */

/** Frees one thing that was opened. */
export interface Closer {
  /** Its name for people: `the log of work`, say. */
  readonly what: string;
  readonly close: () => Promise<void> | void;
}

/** What is being freed at this moment, in this process. */
const underWay = new Set<Closer>();

/** Names what is being freed at this moment: where a process doesn't come to its end, that is what it waits for. */
export function closing(): readonly string[] {
  return [...underWay].map(({ what }) => what);
}

/** The same for parts that don't need each other, all at once. */
export async function closeTogether(parts: readonly (readonly Closer[])[]): Promise<void> {
  const ended = await Promise.allSettled(parts.map(async (closers) => await closeAll(closers)));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Runs all closers, the last opened first, whatever becomes of each; then throws the first error. */
export async function closeAll(closers: readonly Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.toReversed()) {
    underWay.add(closer);
    try {
      await closer.close();
    } catch (error) {
      failures.push(error);
    } finally {
      underWay.delete(closer);
    }
  }
  if (failures.length > 0) throw failures[0];
}

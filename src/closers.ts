/** What a process has opened, and frees again when it stops. */

/** Frees one thing that was opened. */
export type Closer = () => Promise<void> | void;

/** The same for parts that don't need each other, all at once. */
export async function closeTogether(parts: readonly (readonly Closer[])[]): Promise<void> {
  const ended = await Promise.allSettled(parts.map(async (closers) => await closeAll(closers)));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Runs all closers, the last opened first, whatever becomes of each; then throws the first error. */
export async function closeAll(closers: readonly Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

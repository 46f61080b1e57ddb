/** Tries one way after the other. */

/** There is no way to the service on this machine: the message is a paragraph for a person. */
export class NothingFound extends Error {}

/**
 * What the first way gives that works. Why earlier ones failed is told by `lost`, whose text is thrown as `NothingFound`
 * when none is left.
 */
export async function firstThatWorks<Way extends { readonly kind: string }, T>(
  ways: readonly Way[],
  go: (way: Way) => Promise<T>,
  lost: (failures: readonly string[]) => string,
): Promise<T> {
  const failures: string[] = [];
  for (const way of ways) {
    try {
      return await go(way);
    } catch (error) {
      failures.push(`by ${way.kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new NothingFound(lost(failures));
}

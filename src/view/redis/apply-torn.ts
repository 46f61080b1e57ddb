/**
 * Whether an update met entities that one part of the view held and another did not. Every entity stands in the hash of entities
 * and in every order, so what is new or gone is so in all of them; Redis tells how many were. Pure.
 */
import type { OrderedUpdate } from './apply-transaction.ts';
import type { Reply } from './pipe.ts';

/**
 * Compares what the commands on rows and those on the orders answered: one line where they differ. `replies`: those of EXEC, of
 * which the first are those on rows, and from `first` on those on `orders` orders.
 */
export function tornIn(
  replies: readonly Reply[],
  { puts, deletes }: Pick<OrderedUpdate, 'puts' | 'deletes'>,
  orders: number,
  first: number,
): string | undefined {
  const words = [...(puts.length > 0 ? ['new'] : []), ...(deletes.length > 0 ? ['deleted'] : [])];
  for (let order = 0; order < orders; order += 1) {
    for (const [at, word] of words.entries()) {
      const [rows, places] = [replies[at], replies[first + order * words.length + at]];
      if (rows !== places)
        return `${String(rows)} entities were ${word} among the rows, and ${String(places)} in an order`;
    }
  }
  return undefined;
}

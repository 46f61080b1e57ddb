/** Notes in the view, every few seconds, that this worker lives: others leave what it keeps alone (judgement.ts). */
import { defineLoop, every } from '../core/loop.ts';
import type { View } from '../view/view.ts';
import type { PartitionLoop } from './partition-loop.ts';

const SEEN = defineLoop('worker.note-that-it-lives', { everyMs: 3_000 });

/** What the view is to know of one worker's claims. */
export interface Seen {
  /** The claims of loops that have ended are given up. */
  leave(loops: Iterable<PartitionLoop>): Promise<void>;
  stop(): void;
}

/** `loops` are those that keep partitions now. A note that fails is made up for by the next. */
export function startSeen(view: View, owner: string, loops: () => Iterable<PartitionLoop>): Seen {
  const noting = every(SEEN, async () => {
    // A loop that fails lives all the same, and says why it gets no further.
    for (const [problem, some] of Map.groupBy(loops(), (loop) => loop.status().problem))
      for (const [generation, claims] of claimsOf(some))
        await view.keepSeen(generation, claims, owner, problem).catch(() => undefined);
  });
  return {
    async leave(ended) {
      for (const [generation, claims] of claimsOf(ended)) await view.leave(generation, claims).catch(() => undefined);
    },
    stop: () => noting.stop(),
  };
}

/** Generation → partition → epoch. */
function claimsOf(loops: Iterable<PartitionLoop>): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const claims = new Map<string, Map<number, number>>();
  for (const loop of loops) {
    const held = loop.claim();
    if (held === undefined) continue;
    const ofGeneration = claims.get(held.generation) ?? new Map<number, number>();
    claims.set(held.generation, ofGeneration.set(held.partition, held.epoch));
  }
  return claims;
}

/** How fast generations may follow each other. Pure; times in milliseconds since the epoch. */
import type { Permission } from '../doubts.ts';
import type { Rebuild } from '../view/view.ts';

/** So many rebuilds are remembered. */
const MOST_REMEMBERED = 20;

/** The pause after the first generation that follows another within WINDOW_MS; it doubles with each further one. Milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 300_000;
const WINDOW_MS = 600_000;

/**
 * When the next generation may begin, whatever it is begun for: at once after none in the last ten minutes, then half a second
 * after the last one, one second, two and so on, at most five minutes.
 */
export function beginPermission(rebuilds: readonly Rebuild[], now: number): Permission {
  const before = rebuilds.filter((each) => now - each.at < WINDOW_MS && each.at <= now);
  const last = before.at(-1);
  if (last === undefined) return { kind: 'now' };
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (before.length - 1));
  return now - last.at >= pause ? { kind: 'now' } : { kind: 'later', at: last.at + pause };
}

/** Both lists as one, in their order, each rebuild once; the newest MOST_REMEMBERED. */
export function mergeRebuilds(one: readonly Rebuild[], other: readonly Rebuild[]): readonly Rebuild[] {
  const byText = new Map([...one, ...other].map((each) => [`${each.at} ${each.reason}`, each]));
  return [...byText.values()].sort((a, b) => a.at - b.at).slice(-MOST_REMEMBERED);
}

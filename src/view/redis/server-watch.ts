/**
 * Whether the server may have removed keys of a generation since it was looked at last. Its history decides: a server that
 * evicted for a moment looks as if nothing had been.
 */
import type { Commands } from './dropping.ts';

/** What a server says of itself now. */
export interface ServerNow {
  readonly runId: string;
  /** Keys evicted since it was started, or since its statistics were reset. */
  readonly evicted: number;
}

/** Asks the server. Rejects where it can't be asked. */
export async function askServerNow(commands: Commands): Promise<ServerNow> {
  const [server, stats] = await Promise.all([commands.send(['INFO', 'server']), commands.send(['INFO', 'stats'])]);
  return { runId: field(server, 'run_id'), evicted: Number(field(stats, 'evicted_keys') || '0') };
}

function field(text: unknown, name: string): string {
  return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(String(text))?.[1] ?? '';
}

/**
 * What follows from two looks. `evicted`: the generation may lack keys. `count-from`: from now on these numbers are compared
 * with. A new run id is no doubt by itself, since counts are compared beside; but what a new run has evicted may have been ours,
 * and so may what was evicted before statistics were reset.
 */
export type Verdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'count-from' }
  | { readonly kind: 'evicted'; readonly evidence: string };

export function judgeServer(before: ServerNow | undefined, now: ServerNow): Verdict {
  if (before === undefined) return { kind: 'count-from' };
  const isSameRun = before.runId === now.runId;
  const since = isSameRun && now.evicted >= before.evicted ? now.evicted - before.evicted : now.evicted;
  if (since > 0) {
    return {
      kind: 'evicted',
      evidence: `expected no evicted key since the last look, found ${since} (evicted_keys of INFO stats)`,
    };
  }
  return isSameRun && now.evicted === before.evicted ? { kind: 'same' } : { kind: 'count-from' };
}

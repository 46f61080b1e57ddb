/**
 * Removes the keys of dropped generations, in small steps and in the background. Generations are dropped by `begin`, in the
 * step that replaces them, and never come back: their ids are random. So any number of processes may do this at once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { defineLoop, every } from '../../core/loop.ts';
import { findRoot } from './generations.ts';
import { droppedKey, type ViewNames } from './layout.ts';
import type { Scripts } from './script.ts';

export interface Commands extends Scripts {
  send(command: readonly string[]): Promise<unknown>;
}

/** Keys that one SCAN looks at. */
const STEP = 500;
/** Between two steps, so that others come in. Milliseconds. */
const PAUSE_MS = 2;

/**
 * Removes what is left of all dropped generations, in one pass over the server's keys however many they are: so it is faster than
 * generations can be begun (worker/pace.ts). Ends early where `signal` aborts; rejects where Redis fails.
 */
export async function removeDropped(commands: Commands, names: ViewNames, signal: AbortSignal): Promise<void> {
  const listed = (await commands.send(['SMEMBERS', droppedKey(names)])) as string[];
  if (listed.length === 0) return;
  const current = (await findRoot(commands, names))?.generation;
  const dropped = new Set(listed.filter((generation) => generation !== current));
  if (dropped.size === 0) return;
  await removeKeys(commands, names, dropped, signal);
  if (!signal.aborted) await commands.send(['SREM', droppedKey(names), ...dropped]);
}

async function removeKeys(
  commands: Commands,
  names: ViewNames,
  dropped: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const pattern = `${escapeGlob(`${names.prefix}:{${names.model}/`)}*}:*`;
  let cursor = '0';
  do {
    const step = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(STEP)];
    const [next, keys] = (await commands.send(step)) as [string, string[]];
    const garbage = keys.filter((key) => dropped.has(generationOf(key)));
    if (garbage.length > 0) await commands.send(['UNLINK', ...garbage]);
    else await pause(PAUSE_MS);
    cursor = next;
  } while (cursor !== '0' && !signal.aborted);
}

/** Of `<prefix>:{<model>/<partition>}:<generation>:<more>`. */
function generationOf(key: string): string {
  const from = key.indexOf('}:') + 2;
  return key.slice(from, key.indexOf(':', from));
}

/** The glob pattern of all keys of one generation, in every partition. */
export function keysPattern({ prefix, model }: ViewNames, generation: string): string {
  return `${escapeGlob(`${prefix}:{${model}/`)}*}:${escapeGlob(generation)}:*`;
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, '\\$&');
}

/** How often it is looked whether something is left. */
const LOOK = defineLoop('redis.dropping', { everyMs: 60_000 });

export interface Dropping {
  /** Looks now, or right after the look under way. */
  look(): void;
  stop(): Promise<void>;
}

/** Removes in the background what was dropped: now, whenever told to, and once a minute. What fails is tried next time. */
export function startDropping(commands: Commands, names: ViewNames): Dropping {
  const stopping = new AbortController();
  let running = Promise.resolve();
  function look(): void {
    running = running
      .then(async () => (stopping.signal.aborted ? undefined : removeDropped(commands, names, stopping.signal)))
      .catch(() => undefined);
  }
  const timer = every(LOOK, look);
  look();
  return {
    look,
    async stop() {
      timer.stop();
      stopping.abort();
      await running;
    },
  };
}

/** The workers that stand by, as they note it themselves: View.standBy, and what View.describe tells of it. */
import { type StandingBy, STANDING_BY_MS } from '../trust.ts';
import { NOW } from './generation-scripts.ts';
import { standingKey, type ViewNames } from './layout.ts';
import { defineScript, type Scripts } from './script.ts';

/** More names than that are no workers': the oldest notes go with all others. */
const MOST_NAMES = 1_000;

/** KEYS: the notes. ARGV: name, why, how long they stay, the most names. */
const NOTE = defineScript(`${NOW}
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now()) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/** KEYS: the notes. Answers the time, and the notes. */
const NOTES = defineScript(`${NOW}
return {now(), redis.call('HGETALL', KEYS[1])}
`);

/** View.standBy. */
export async function noteStandingBy(scripts: Scripts, names: ViewNames, name: string, why: string): Promise<void> {
  const args = [name, why.replaceAll(/\s+/g, ' '), String(STANDING_BY_MS), String(MOST_NAMES)];
  await scripts.run(NOTE, [standingKey(names)], args);
}

/** Those that are to be told of now, by name. */
export async function readStandingBy(scripts: Scripts, names: ViewNames): Promise<readonly StandingBy[]> {
  const [now, flat] = (await scripts.run(NOTES, [standingKey(names)], [])) as [number, string[]];
  const found: StandingBy[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const match = /^(\d+) (.*)$/.exec(flat[at + 1]!);
    const seenMsAgo = Math.max(0, now - Number(match?.[1]));
    if (match !== null && seenMsAgo < STANDING_BY_MS) found.push({ name: flat[at]!, why: match[2]!, seenMsAgo });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

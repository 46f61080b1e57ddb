/** What the topic's settings say about appends. Pure. */

export interface AppendLimits {
  /** A record batch may take so many bytes; undefined: not known. */
  readonly maxBatchBytes: number | undefined;
  /** Records whose time is longer ago are refused, so a batch under way can't land later. Milliseconds; undefined: there is no such bound. */
  readonly oldestMs: number | undefined;
  /** The broker gives records its own time. */
  readonly stamps: boolean;
}

/** Longer than any bound that somebody means: Kafka's default is the greatest number there is. Milliseconds. */
const NO_BOUND_MS = 100 * 365 * 86_400_000;

/** `settings`: by Kafka's names, as they were seen last. */
export function appendLimits(settings: Readonly<Record<string, string>>): AppendLimits {
  const number = (name: string): number | undefined => {
    const value = Number(settings[name] ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const stamps = settings['message.timestamp.type'] === 'LogAppendTime';
  const oldestMs = number('message.timestamp.before.max.ms');
  return {
    maxBatchBytes: number('max.message.bytes'),
    oldestMs: stamps || oldestMs === undefined || oldestMs > NO_BOUND_MS ? undefined : oldestMs,
    stamps,
  };
}

/** Until when a record of this time may land, by the brokers' clocks. Milliseconds since the epoch. */
export function landsUntil({ oldestMs }: AppendLimits, timestamp: number): number | undefined {
  return oldestMs === undefined ? undefined : timestamp + oldestMs;
}

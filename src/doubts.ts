/**
 * Why a view may no longer be trusted: the one table of doubts. The view stores the doubts of its generation, and
 * each process latches them too, since a failover can lose what was stored. docs/spec.md shows this table and a test keeps the
 * two equal. It imports nothing, so that every part can know it.
 */

/** What the table says about one reason. */
export interface DoubtEntry {
  /** What was found, for people. */
  readonly title: string;
  /** Whether reads are answered meanwhile: true only where what the view holds is still what was acknowledged. */
  readonly serves: boolean;
  /** How often it must be seen before it counts, the sightings at least `apartMs` apart. */
  readonly sightings: number;
  /** Milliseconds. */
  readonly apartMs: number;
  /** `rebuild`: a new generation ends it, automatic and paced. `person`: the view is held until somebody decides. */
  readonly ends: 'rebuild' | 'person';
}

/** How far apart two sightings of one contradiction must be. Milliseconds. */
const APART_MS = 2_000;

export const DOUBTS = {
  EVICTED: {
    title: 'the server removed keys for want of memory',
    serves: false,
    sightings: 1,
    apartMs: 0,
    ends: 'rebuild',
  },
  CONTRADICTION: {
    title: 'one part of the view contradicts another',
    serves: false,
    sightings: 2,
    apartMs: APART_MS,
    ends: 'rebuild',
  },
  OVERWRITTEN: {
    title: 'an update wrote over a contradiction, which can not be seen again',
    serves: false,
    sightings: 1,
    apartMs: 0,
    ends: 'rebuild',
  },
  COUNTS: {
    title: 'the view holds another number of entities than its indexes',
    serves: false,
    sightings: 2,
    apartMs: APART_MS,
    ends: 'rebuild',
  },
  LOG_DIVERGED: {
    title: 'the log no longer holds the records that the view was built from: its end was lost',
    serves: false,
    sightings: 2,
    apartMs: APART_MS,
    ends: 'person',
  },
  LOG_SHORTER: {
    title: "the view is ahead of the log's end: the log has lost records",
    serves: false,
    sightings: 2,
    apartMs: APART_MS,
    ends: 'person',
  },
  RECORDS_REMOVED: {
    title: 'records were removed from the log by other means than compaction',
    serves: true,
    sightings: 2,
    apartMs: APART_MS,
    ends: 'person',
  },
} as const satisfies Record<string, DoubtEntry>;

export type DoubtReason = keyof typeof DOUBTS;

/** A reason and what was seen; the view port has the same shape. */
export interface Doubt {
  /** A DoubtReason, or the reason of a newer version. */
  readonly reason: string;
  /** One line: what was expected, what was found, and in which partition. */
  readonly evidence: string;
  /** How often it was seen. */
  readonly seen: number;
  /** Of the first and the last sighting. Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What a version that doesn't know the reason does: the safe thing. */
const UNKNOWN: DoubtEntry = {
  title: 'a newer version of kmodel does not trust the view',
  serves: false,
  sightings: 1,
  apartMs: 0,
  ends: 'person',
};

/** Whether the table has the reason: else it is a newer version's, or no doubt. */
export function isKnownDoubt(reason: string): reason is DoubtReason {
  return Object.hasOwn(DOUBTS, reason);
}

/** What the table says of a reason. */
export function doubtEntry(reason: string): DoubtEntry {
  return isKnownDoubt(reason) ? DOUBTS[reason] : UNKNOWN;
}

/** Whether the doubt was seen as often as its reason asks for; one seen too rarely is noted, and nothing follows from it yet. */
export function counts(doubt: Doubt): boolean {
  const { sightings, apartMs } = doubtEntry(doubt.reason);
  return doubt.seen >= sightings && doubt.lastAt - doubt.firstAt >= apartMs;
}

/** A doubt that doesn't count yet is forgotten when it was not seen again for so long. Milliseconds. */
const FORGOTTEN_AFTER_MS = 60_000;

/** The doubts of a generation, at most one of each reason, after one more sighting of a reason at `at`. */
export function afterSighting(
  stored: readonly Doubt[],
  reason: string,
  evidence: string,
  at: number,
): readonly Doubt[] {
  const kept = stored.filter((doubt) => counts(doubt) || at - doubt.lastAt <= FORGOTTEN_AFTER_MS);
  const former = kept.find((doubt) => doubt.reason === reason);
  const seen: Doubt =
    former === undefined
      ? { reason, evidence, seen: 1, firstAt: at, lastAt: at }
      : { ...former, evidence, seen: former.seen + 1, lastAt: Math.max(at, former.lastAt) };
  return [...kept.filter((doubt) => doubt !== former), seen];
}

/** The doubts of both; of one reason, what was seen last. */
export function mergeDoubts(one: readonly Doubt[], other: readonly Doubt[]): readonly Doubt[] {
  const byReason = new Map(one.map((doubt) => [doubt.reason, doubt]));
  for (const doubt of other) {
    const known = byReason.get(doubt.reason);
    if (known === undefined || known.seen < doubt.seen) byReason.set(doubt.reason, doubt);
  }
  return [...byReason.values()];
}

/** The worst of them: one that counts, then what needs a person, then what must not serve, then the first one. */
export function worstOf(doubts: readonly Doubt[]): Doubt | undefined {
  return doubts.reduce<Doubt | undefined>(
    (worst, doubt) => (worst === undefined || weight(doubt) > weight(worst) ? doubt : worst),
    undefined,
  );
}

function weight(doubt: Doubt): number {
  const { ends, serves } = doubtEntry(doubt.reason);
  return (counts(doubt) ? 4 : 0) + (ends === 'person' ? 2 : 0) + (serves ? 0 : 1);
}

/** Whether the view is held: a person decides how it goes on. */
export function isHeld(doubt: Doubt | undefined): boolean {
  return doubt !== undefined && counts(doubt) && doubtEntry(doubt.reason).ends === 'person';
}

/** What keeps reads from being answered: the worst of the doubts that count and may not serve; undefined: nothing does. */
export function refusing(doubts: readonly Doubt[]): Doubt | undefined {
  return worstOf(doubts.filter((doubt) => counts(doubt) && !doubtEntry(doubt.reason).serves));
}

/** A doubt's second rebuild comes no earlier after the first; for a third one a person is asked. Milliseconds. */
const DOUBT_PAUSE_MS = 3_600_000;
const MOST_FOR_A_DOUBT = 2;
/** After so long a rebuild no longer counts against its reason. Milliseconds. */
const DOUBT_FORGOTTEN_MS = 24 * 3_600_000;

/** `later`: at that moment. `person`: it came too often to come by itself. */
export type Permission =
  | { readonly kind: 'now' }
  | { readonly kind: 'person' }
  | { readonly kind: 'later'; readonly at: number };

/**
 * Whether a doubt may be ended by a rebuild without a person, by the rebuilds so far (milliseconds since the epoch): at most one an
 * hour for a reason, and after two in a day a person is asked.
 */
export function doubtPermission(
  rebuilds: readonly { readonly reason: string; readonly at: number }[],
  reason: string,
  now: number,
): Permission {
  const before = rebuilds.filter((each) => each.reason === reason && now - each.at < DOUBT_FORGOTTEN_MS);
  if (before.length >= MOST_FOR_A_DOUBT) return { kind: 'person' };
  const last = before.at(-1);
  if (last === undefined || now - last.at >= DOUBT_PAUSE_MS) return { kind: 'now' };
  return { kind: 'later', at: last.at + DOUBT_PAUSE_MS };
}

/** A part of the View port: what a view keeps so that it is known whether it can be trusted. */

/** How to find out whether a log still holds what was applied up to a checkpoint; an absent part is not known. */
export interface Seam {
  /** The leader epoch of the last record that was read (KIP-320). */
  readonly leaderEpoch?: number;
  /** `<offset>:<hash>` of the last record that was read: its key, value and timestamp. Compaction may have removed it since. */
  readonly tail?: string;
}

/** A reason not to trust the view, and what was seen; src/doubts.ts has the table. */
export interface StoredDoubt {
  readonly reason: string;
  readonly evidence: string;
  readonly seen: number;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A worker that was seen so lately lives. Milliseconds. */
export const OWNER_LIVES_MS = 10_000;

/** Who keeps a partition, as the view knows it. */
export interface Owner {
  /** A name for people: host and process. */
  readonly name: string;
  /** How long ago it was last seen, by the view's own clock. Milliseconds. */
  readonly seenMsAgo: number;
  /** Why it gets no further, one line, where it said so; absent: it said nothing. */
  readonly problem?: string;
}

/** An owner as adapters store it: its name, and behind a newline what it says is wrong. */
export function ownerText(name: string, problem: string | undefined): string {
  const [oneLine, said] = [name, problem].map((text) => text?.replaceAll(/\s+/g, ' '));
  return said === undefined || said === '' ? oneLine! : `${oneLine}\n${said}`;
}

/** The owner of such a text. */
export function ownerOfText(text: string, seenMsAgo: number): Owner {
  const [name = '', problem] = text.split('\n');
  return { name, seenMsAgo, ...(problem === undefined ? {} : { problem }) };
}

/** A worker that keeps nothing, since the view is another worker's: for another log, or by another definition. */
export interface StandingBy {
  /** A name for people: host and process. */
  readonly name: string;
  /** One line. */
  readonly why: string;
  /** By the view's own clock. Milliseconds. */
  readonly seenMsAgo: number;
}

/** So long after it was noted a worker that stands by is told of: it notes so again every few seconds. Milliseconds. */
export const STANDING_BY_MS = 15_000;

/** A generation that was begun without a person's asking, and why: it paces the next one. */
export interface Rebuild {
  /** A doubt's reason, or a word for what else made it due. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

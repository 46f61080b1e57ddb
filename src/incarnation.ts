/**
 * Incarnations: which content of a log an answer is true for, as text. `<logId>`, and `<logId>.<n>` once the log had lost
 * records and went on under its id: offsets are used again then, so the id alone says too little. Positions, cursors, versions
 * and ETags carry it.
 */

/** The text of a log's incarnation; 0 is the first. */
export function incarnationText(logId: string, incarnation = 0): string {
  return incarnation === 0 ? logId : `${logId}.${incarnation}`;
}

/** The id of the log that an incarnation is of. */
export function logIdOf(incarnation: string): string {
  const [logId = ''] = incarnation.split('.', 1);
  return logId;
}

/** What the view last said that it is built from. */
export interface SeenIncarnation {
  /** The view showed this incarnation. */
  see(incarnation: string): void;
  /** The last incarnation that the view showed of this log; one that it never showed is the first. */
  of(logId: string): string;
}

/** Remembers the last incarnation that was seen. */
export function rememberIncarnation(): SeenIncarnation {
  let seen: string | undefined;
  return {
    see(incarnation) {
      seen = incarnation;
    },
    of: (logId) => (seen !== undefined && logIdOf(seen) === logId ? seen : logId),
  };
}

/**
 * Positions as text: `0=17,3=4;log=abc` (partition=nextOffset, ascending, no spaces; the log's incarnation last). What a write
 * returns, what a read demands and what every answer carries.
 */

/** Partition → nextOffset. */
export type Position = ReadonlyMap<number, number>;

/** A position as somebody sent it: the log may be left out. */
export interface DemandedPosition {
  readonly position: Position;
  /** The incarnation of the log that the position is of. */
  readonly logId: string | undefined;
}

export type ParsedPosition =
  | { readonly kind: 'parsed'; readonly demanded: DemandedPosition }
  | { readonly kind: 'malformed'; readonly detail: string };

const ENTRY = /^(0|[1-9][0-9]{0,5})=(0|[1-9][0-9]{0,15})$/;
/** A log's incarnation (incarnation.ts). */
const LOG_ID = /^[A-Za-z0-9_-]{1,100}(?:\.[1-9][0-9]{0,8})?$/;

/** The position as text; `logId`, the log's incarnation, is appended. */
export function formatPosition(position: Position, logId: string): string {
  const entries = [...position].sort(([a], [b]) => a - b).map(([partition, next]) => `${partition}=${next}`);
  return `${entries.join(',')};log=${logId}`;
}

/**
 * Reads a position's text. Any subset of partitions 0 … partitions - 1 is well-formed, in any order, each once; the log's
 * id may be left out.
 */
export function parsePosition(text: string, partitions: number): ParsedPosition {
  const [list = '', suffix, ...rest] = text.trim().split(';');
  const logId = suffix?.startsWith('log=') ? suffix.slice(4) : undefined;
  if (rest.length > 0 || (suffix !== undefined && (logId === undefined || !LOG_ID.test(logId)))) {
    return malformed(text, 'behind the first ; only log=<id> may stand');
  }
  const position = new Map<number, number>();
  for (const entry of list === '' ? [] : list.split(',')) {
    const match = ENTRY.exec(entry);
    const partition = Number(match?.[1]);
    const next = Number(match?.[2]);
    if (match === null || !Number.isSafeInteger(next))
      return malformed(text, `"${shorten(entry)}" is not <partition>=<nextOffset>`);
    if (partition >= partitions)
      return malformed(text, `partition ${partition} does not exist; there are ${partitions}`);
    if (position.has(partition)) return malformed(text, `partition ${partition} stands there twice`);
    position.set(partition, next);
  }
  return { kind: 'parsed', demanded: { position, logId } };
}

function malformed(text: string, why: string): ParsedPosition {
  return {
    kind: 'malformed',
    detail: `expected a position such as 0=17,3=4;log=<id>, found "${shorten(text)}": ${why}`,
  };
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Whether `reached` is at or past `demanded` in every partition that `demanded` names. */
export function covers(reached: Position, demanded: Position): boolean {
  for (const [partition, next] of demanded) {
    if ((reached.get(partition) ?? 0) < next) return false;
  }
  return true;
}

/** The greatest nextOffset per partition of both. */
export function mergePositions(one: Position, other: Position): Position {
  const merged = new Map(one);
  for (const [partition, next] of other) merged.set(partition, Math.max(next, merged.get(partition) ?? 0));
  return merged;
}

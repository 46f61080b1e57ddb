/**
 * What this browser session has written: the merged position of all answers to its writes. Reads demand it, so that
 * everybody sees their own writes at once. Kept in sessionStorage too, for a reload right after a write.
 */

interface Parsed {
  readonly partitions: ReadonlyMap<string, number>;
  readonly log: string;
}

function parse(text: string): Parsed {
  const [list = '', log = ''] = text.split(';');
  const entries = list.split(',').flatMap((entry): [string, number][] => {
    const [partition, next] = entry.split('=');
    return partition !== undefined && next !== undefined ? [[partition, Number(next)]] : [];
  });
  return { partitions: new Map(entries), log };
}

/** Partition-wise maximum. Where the logs differ the newer text wins: the older log has been replaced. */
export function mergePositions(older: string | undefined, newer: string): string {
  if (older === undefined) return newer;
  const one = parse(older);
  const other = parse(newer);
  if (one.log !== other.log) return newer;
  const merged = new Map(one.partitions);
  for (const [partition, next] of other.partitions) merged.set(partition, Math.max(next, merged.get(partition) ?? 0));
  const list = [...merged].sort(([a], [b]) => Number(a) - Number(b)).map(([partition, next]) => `${partition}=${next}`);
  return other.log === '' ? list.join(',') : `${list.join(',')};${other.log}`;
}

const STORED_AS = 'kmodel-position';

// Storage may be forbidden (private windows, embedded pages): the memory alone is then good until the next reload.
function stored(): string | undefined {
  try {
    return sessionStorage.getItem(STORED_AS) ?? undefined;
  } catch {
    return undefined;
  }
}

function store(position: string | undefined): void {
  try {
    if (position === undefined) sessionStorage.removeItem(STORED_AS);
    else sessionStorage.setItem(STORED_AS, position);
  } catch {
    // See above.
  }
}

let written = stored();

/** The position that reads must demand; undefined: this session has written nothing. */
export function writtenPosition(): string | undefined {
  return written;
}

export function rememberWrite(position: string): void {
  written = mergePositions(written, position);
  store(written);
}

/** Forgets the position: the server said that it belongs to another log. */
export function forgetWrites(): void {
  written = undefined;
  store(undefined);
}

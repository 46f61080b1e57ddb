/**
 * The reader: answers from the view, at or past the position that the request demands (I8). It never touches the log.
 */
import type { DemandedPosition } from '../position.ts';
import { covers, type Position } from '../position.ts';
import type { ListQuery, Page, QuarantineNote, Read, StoredDoubt, StoredEntity, View } from '../view/view.ts';

/** What a read demands of the view. */
export interface Demand extends DemandedPosition {
  /** How long to wait for the position at most. Milliseconds. */
  readonly waitMs: number;
  /** Aborted where nobody waits for the answer any more; undefined: never. */
  readonly signal: AbortSignal | undefined;
}

/**
 * `behind`: the position was not reached in time; `position` is where the view stood. `other-log`: the demanded position
 * was made for another log. `foreign`: the view is of `logId`, which is not the log that writes land in. `not-ready`: there is
 * no complete view. `doubtful`: what the view holds is not to be trusted. `unavailable`: the view can't be read, `reason` is one
 * line for the operator.
 */
export type ReadOutcome<T> =
  | {
      readonly kind: 'read';
      readonly logId: string;
      readonly position: Position;
      readonly value: T;
      /** Of a get that found no entity: its newest record, where that is in quarantine. */
      readonly quarantined?: QuarantineNote;
    }
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'doubtful'; readonly doubt: StoredDoubt }
  | { readonly kind: 'foreign'; readonly logId: string }
  | { readonly kind: 'behind'; readonly logId: string; readonly position: Position }
  | { readonly kind: 'other-log'; readonly logId: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Reader {
  get(id: string, demand: Demand): Promise<ReadOutcome<StoredEntity | undefined>>;
  list(query: ListQuery, demand: Demand): Promise<ReadOutcome<Page>>;
  /** Ends the wait for notices; reads under way that wait answer `behind`. */
  close(): Promise<void>;
}

export interface ReaderOptions {
  /** Whether that incarnation is of the log that writes land in: else no read is answered. Default: every one is. */
  readonly isThisLog?: (logId: string) => boolean | Promise<boolean>;
  /** Told the incarnation of the log that each answer of the view is true for. */
  readonly answeredFrom?: (logId: string) => void;
  /** Told each notice of the view. */
  readonly moved?: (position: Position) => void;
  /** Told each read that the view was behind of. */
  readonly behind?: () => void;
}

/** How long a read waits for a notice that its position was reached before it asks the view all the same. Milliseconds. */
const TRUST_NOTICES_MS = 50;

/** Opens a reader on the view: one subscription to its notices wakes every waiting read of the process. */
export function openReader(view: View, options: ReaderOptions = {}): Reader {
  const { isThisLog = () => true, answeredFrom, moved, behind } = options;
  const notices = watch(view, moved);
  const answer = async <T>(read: () => Promise<Read<T>>, demand: Demand): Promise<ReadOutcome<T>> => {
    const outcome = await readAt(read, demand, notices, isThisLog);
    if (outcome.kind === 'behind') behind?.();
    if ('logId' in outcome && outcome.kind !== 'foreign') answeredFrom?.(outcome.logId);
    return outcome;
  };
  return {
    get: (id, demand) => answer(() => view.get(id), demand),
    list: (query, demand) => answer(() => view.list(query), demand),
    close: () => notices.close(),
  };
}

/** Reads until the answer itself is at or past the position: a notice only says that it's worth trying again. */
async function readAt<T>(
  read: () => Promise<Read<T>>,
  demand: Demand,
  notices: Notices,
  isThisLog: NonNullable<ReaderOptions['isThisLog']>,
): Promise<ReadOutcome<T>> {
  const deadline = performance.now() + demand.waitMs;
  if (notices.seenBehind(demand.position)) await waitForNotice(demand, deadline, notices);
  const left = (): number =>
    notices.closed || demand.signal?.aborted === true ? 0 : Math.max(0, deadline - performance.now());
  let moved = notices.next();
  try {
    let outcome = await readOnce(read, demand, notices, isThisLog);
    while (outcome.kind === 'behind' && left() > 0) {
      await moved.within(left(), demand.signal);
      moved.forget();
      moved = notices.next();
      outcome = await readOnce(read, demand, notices, isThisLog);
    }
    return outcome;
  } finally {
    moved.forget();
  }
}

async function readOnce<T>(
  read: () => Promise<Read<T>>,
  demand: Demand,
  notices: Notices,
  isThisLog: NonNullable<ReaderOptions['isThisLog']>,
): Promise<ReadOutcome<T>> {
  const answer = await attempt(read);
  if (answer.kind !== 'read') return answer;
  const { logId, position } = answer;
  const ours = isThisLog(logId);
  if (ours !== true && !(await ours)) return { kind: 'foreign', logId };
  notices.see(position);
  if (demand.logId !== undefined && demand.logId !== logId) return { kind: 'other-log', logId };
  return covers(position, demand.position) ? answer : { kind: 'behind', logId, position };
}

/**
 * Waits until a notice says that the position was reached, but not long: notices can be missed, and prove nothing. Where the
 * last one was behind, a read right now would most likely be in vain, and cost the view as much as the one after it.
 */
async function waitForNotice(demand: Demand, deadline: number, notices: Notices): Promise<void> {
  const until = Math.min(deadline, performance.now() + TRUST_NOTICES_MS);
  const left = (): number =>
    notices.closed || demand.signal?.aborted === true ? 0 : Math.max(0, until - performance.now());
  while (left() > 0 && notices.seenBehind(demand.position)) {
    // Nothing can be missed: the wait begins in the same turn as the look before it.
    const moved = notices.next();
    await moved.within(left(), demand.signal);
    moved.forget();
  }
}

async function attempt<T>(read: () => Promise<Read<T>>): Promise<Read<T> | { kind: 'unavailable'; reason: string }> {
  try {
    return await read();
  } catch (error) {
    return { kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A wait that was begun before the read, so that a notice between read and wait isn't missed. */
interface Wait {
  within(ms: number, signal: AbortSignal | undefined): Promise<void>;
  forget(): void;
}

interface Notices {
  readonly closed: boolean;
  /** Whether a demanded partition was last seen before the position; one that was never seen is not. */
  seenBehind(position: Position): boolean;
  /** A read was answered at this position. */
  see(position: Position): void;
  next(): Wait;
  close(): Promise<void>;
}

function watch(view: View, moved: ReaderOptions['moved']): Notices {
  const waiting = new Set<() => void>();
  const stop = new AbortController();
  const seen = new Map<number, number>();
  const see = (position: Position): void => {
    for (const [partition, nextOffset] of position) seen.set(partition, nextOffset);
  };
  let closed = false;
  const wake = (): void => {
    for (const resolve of waiting) resolve();
  };
  // Where notices end or fail, nothing would wake a wait: reads that would have to wait answer `behind` at once.
  const end = (): void => {
    closed = true;
    wake();
  };
  const following = (async () => {
    for await (const position of view.moved(stop.signal)) {
      see(position);
      wake();
      moved?.(position);
    }
  })().then(end, end);

  return {
    get closed() {
      return closed;
    },
    see,
    seenBehind: (position) => [...position].some(([partition, next]) => (seen.get(partition) ?? next) < next),
    next() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wakeUp = (): void => resolve();
      waiting.add(wakeUp);
      return {
        async within(ms, signal) {
          const timer = setTimeout(wakeUp, Math.ceil(ms));
          signal?.addEventListener('abort', wakeUp, { once: true });
          await promise;
          clearTimeout(timer);
          signal?.removeEventListener('abort', wakeUp);
        },
        forget: () => waiting.delete(wakeUp),
      };
    },
    async close() {
      stop.abort();
      await following;
    },
  };
}

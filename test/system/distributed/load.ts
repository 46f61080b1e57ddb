/** Writes through the API all the time, and remembers what each write was told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom, storySeed, thingOf, type Random } from './things.ts';

export interface LoadOptions {
  /** Connections that write, one write after the other. Default 6. */
  readonly writers?: number;
  /** About so many writes a second at most, of all of them together: two cores are shared by everybody. Default 120. */
  readonly perSecond?: number;
  /** What each connection waits after a write instead. Milliseconds. */
  readonly pauseMs?: number;
  /** It ends after so many acknowledged writes. Default: never. */
  readonly mostWrites?: number;
  /** No longer than this. Milliseconds, default 90,000. */
  readonly forMs?: number;
  /** Ids that are written again and again. Default 40. */
  readonly keys?: number;
}

/**
 * One write. `acknowledged`: 2xx, at this place of the log. `refused`: sure to have written nothing. `unknown`: it may
 * have been written or not (504, or no answer).
 */
export interface LoadedWrite {
  readonly id: string;
  /** What the record's field `mark` says; undefined: a delete. */
  readonly mark: string | undefined;
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  readonly partition: number | undefined;
  readonly offset: number | undefined;
  /** The HTTP status; undefined: no answer. */
  readonly status: number | undefined;
}

export interface Load {
  /** All writes that have ended so far. */
  readonly writes: readonly LoadedWrite[];
  count(outcome: LoadedWrite['outcome']): number;
  /** Waits until so many writes more are acknowledged; rejects where the load ends before, or it takes too long. */
  acknowledgedMore(writes: number, withinMs?: number): Promise<void>;
  /** Ends it after the writes under way. */
  stop(): Promise<readonly LoadedWrite[]>;
}

/** Nobody wrote anything: not there, no complete view, overloaded. */
const REFUSED = new Set([404, 429, 503]);
const AGAIN_AFTER_MS = 50;
const ANSWER_WITHIN_MS = 20_000;

let loads = 0;

/** Every fifth writer only adds new things: these need no view, and go on while no worker does. */
const ADDS_ONLY = 5;

/** Starts writing to `/api/<model>` of the clients; `urls` is asked before each write, so that clients may come and go. */
export function startLoad(model: string, urls: () => readonly string[], options: LoadOptions = {}): Load {
  const { writers = 6, perSecond = 120, mostWrites = Infinity, forMs = 90_000, keys = 40 } = options;
  const { pauseMs = (1000 * writers) / perSecond } = options;
  const load = (loads += 1);
  const writes: LoadedWrite[] = [];
  const until = Date.now() + forMs;
  let begun = 0;
  let acknowledged = 0;
  let stopped = false;
  const ended = (): boolean => stopped || acknowledged >= mostWrites || Date.now() > until;

  async function writer(number: number, random: Random): Promise<void> {
    while (!ended()) {
      const found = urls();
      if (found.length === 0) {
        await sleep(10);
        continue;
      }
      const url = found[Math.floor(random() * found.length)]!;
      begun += 1;
      const mark = `l${load}w${number}n${begun}`;
      const request = number % ADDS_ONLY === 0 ? addition(random, mark) : requestOf(random, mark, keys);
      const write = await writeOne(`${url}/api/${model}`, request);
      writes.push(write);
      if (write.outcome === 'acknowledged') acknowledged += 1;
      await sleep(write.outcome === 'acknowledged' || write.status === 404 ? pauseMs : AGAIN_AFTER_MS);
    }
  }

  const seed = storySeed();
  const running = Promise.all(
    Array.from({ length: writers }, (_, at) => writer(at, randomFrom(seed + 1000 * load + at))),
  );
  const count = (outcome: LoadedWrite['outcome']): number => writes.filter((write) => write.outcome === outcome).length;
  return {
    writes,
    count,
    async acknowledgedMore(more, withinMs = 15_000) {
      const wanted = count('acknowledged') + more;
      const deadline = Date.now() + withinMs;
      while (count('acknowledged') < wanted) {
        if (Date.now() > deadline || ended())
          throw new Error(`the load got ${count('acknowledged')} of ${wanted} acknowledgements: ${shown(writes)}`);
        await sleep(5);
      }
    },
    async stop() {
      stopped = true;
      await running;
      return writes;
    },
  };
}

function shown(writes: readonly LoadedWrite[]): string {
  const statuses = new Map<string, number>();
  for (const { status } of writes) statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1);
  return JSON.stringify(Object.fromEntries(statuses));
}

interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly id: string | undefined;
  readonly mark: string | undefined;
  readonly body: object | undefined;
}

function requestOf(random: Random, mark: string, keys: number): WriteRequest {
  const draw = random();
  const known = `key-${Math.floor(random() * keys)}`;
  if (draw < 0.15) return { method: 'DELETE', id: known, mark: undefined, body: undefined };
  if (draw > 0.85) return addition(random, mark);
  const body = thingOf(random, mark);
  if (draw < 0.65) return { method: 'PUT', id: known, mark, body };
  return { method: 'PUT', id: `new-${mark}`, mark, body };
}

function addition(random: Random, mark: string): WriteRequest {
  return { method: 'POST', id: undefined, mark, body: thingOf(random, mark) };
}

async function writeOne(address: string, { method, id, mark, body }: WriteRequest): Promise<LoadedWrite> {
  const none = { id: id ?? '', mark, partition: undefined, offset: undefined };
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(id === undefined ? address : `${address}/${encodeURIComponent(id)}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { prefer: 'wait=1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await answer.text();
  } catch (error) {
    // A connection that was never made carried nothing.
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    return { ...none, outcome: code === 'ECONNREFUSED' ? 'refused' : 'unknown', status: undefined };
  }
  const { status } = answer;
  if (answer.ok) {
    const [, partition, next] = /^(\d+)=(\d+);log=/.exec(answer.headers.get('kmodel-position') ?? '')!;
    const written = id ?? (JSON.parse(text) as { id: string }).id;
    return {
      id: written,
      mark,
      outcome: 'acknowledged',
      partition: Number(partition),
      offset: Number(next) - 1,
      status,
    };
  }
  if (REFUSED.has(status)) return { ...none, outcome: 'refused', status };
  if (status === 504) return { ...none, outcome: 'unknown', status };
  throw new Error(`${method} ${id ?? ''} was answered ${status}: ${text}`);
}

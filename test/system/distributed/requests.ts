/** Single requests to the story's model, and a watch over what its lists answer meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RoleProcess } from './processes.ts';
import type { Stage } from './stage.ts';

export interface RequestOptions {
  readonly position?: string | undefined;
  readonly body?: object;
  /** Idempotency-Key. */
  readonly key?: string;
  /** Seconds that a read may wait, by `Prefer`. */
  readonly wait?: number;
}

export interface Answer {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The code of the problem; undefined where it is none. */
  readonly code: string | undefined;
  /** Kmodel-Position. */
  readonly position: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** How long the answer took. Milliseconds. */
  readonly ms: number;
}

const WITHIN_MS = 30_000;

/** Sends one request to the model's address and the path; never rejects. */
export async function ask(
  { path }: Stage,
  { url }: RoleProcess,
  method: string,
  more: string,
  { position, body, key, wait }: RequestOptions = {},
): Promise<Answer> {
  const began = performance.now();
  const headers = {
    ...(position === undefined ? {} : { 'kmodel-position': position }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(wait === undefined ? {} : { prefer: `wait=${wait}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    const signal = AbortSignal.timeout(WITHIN_MS);
    const answer = await fetch(`${url}${path}${more}`, { method, headers, signal, ...sent });
    const text = await answer.text();
    const parsed = (text === '' ? {} : JSON.parse(text)) as Answer['body'] & { readonly code?: string };
    const told = answer.headers.get('kmodel-position') ?? undefined;
    return { status: answer.status, code: parsed.code, position: told, body: parsed, ms: performance.now() - began };
  } catch (error) {
    return { status: 0, code: String(error), position: undefined, body: {}, ms: performance.now() - began };
  }
}

/** A read at the position that an answer told. */
export function at({ position }: Answer): RequestOptions {
  return { position };
}

/** The ids of a list's answer. */
export function idsOf({ body }: Answer): string[] {
  return (body['items'] as readonly { readonly id: string }[]).map(({ id }) => id);
}

/** What lists answered while a story went on. */
export interface Watched {
  /** The answers so far, in their order. */
  readonly answers: readonly Answer[];
  /** All answers; the last one was asked for after the call. */
  stop(): Promise<readonly Answer[]>;
}

const ASK_EVERY_MS = 10;
/** A watch that a story forgot ends all the same. */
const WATCHED_FOR_MS = 120_000;

/** Asks the client for the whole list, again and again. */
export function watchLists(stage: Stage, client: RoleProcess): Watched {
  const answers: Answer[] = [];
  const until = Date.now() + WATCHED_FOR_MS;
  const stopping = new AbortController();
  const askOnce = async () => answers.push(await ask(stage, client, 'GET', '?limit=1000'));
  const watching = (async () => {
    while (!stopping.signal.aborted && Date.now() < until) {
      await askOnce();
      await sleep(ASK_EVERY_MS);
    }
  })();
  return {
    answers,
    async stop() {
      stopping.abort();
      await watching;
      // The last answer so far may be older than what the story saw by another request: one more, asked now, is not.
      await askOnce();
      return answers;
    },
  };
}

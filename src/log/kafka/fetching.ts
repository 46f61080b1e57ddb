/**
 * Fetching for all readers of a topic: what several want of one broker goes into one request. A broker answers the requests
 * of a connection in turn, so there are two connections to each: one where a request waits long for new records, and one
 * for those who come while it does.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FetchAnswer, FetchPlace, FetchRequest, PartitionAnswer } from './fetch-answer.ts';

export interface FetchLimits {
  /** How long a request waits for new records; new ones answer it at once. Milliseconds. */
  readonly waitMs: number;
  /** The same for a request that goes out while another one waits: so long may a third one have to wait. Milliseconds. */
  readonly soonWaitMs: number;
  /** An answer holds no more, but for a single record batch that is larger. */
  readonly maxBytes: number;
  /** The most that a reader asks for at once. */
  readonly maxPartitionBytes: number;
}

/** Measured: 1 MiB for each partition makes reading no faster and takes 80 MB more of memory. */
export const FETCH_LIMITS: FetchLimits = {
  waitMs: 500,
  soonWaitMs: 10,
  maxBytes: 5120 * 1024,
  maxPartitionBytes: 512 * 1024,
};

/** One reader's next place. */
export interface Wish extends FetchPlace {
  readonly leaderId: number;
  readonly topicUuid: string;
  /** Goes to the front: the reader's former answer held nothing whole although there is more. */
  readonly urgent: boolean;
  readonly signal: AbortSignal;
}

/**
 * `complete`: no limit of size can have kept records back, so an answer without any means that there are none. `connectedAt`:
 * since when the connection that the answer came over has been in use.
 */
export type Fetched =
  | {
      readonly kind: 'answer';
      readonly answer: PartitionAnswer;
      readonly complete: boolean;
      readonly connectedAt: number;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

export type FetchUse = 'fetching' | 'fetching-soon';

/** Sends a request to a broker, over the connection for this use. */
export type Ask = (leaderId: number, use: FetchUse, request: FetchRequest) => Promise<FetchAnswer>;

type Waiting = Wish & { readonly answer: (fetched: Fetched) => void };

export class Fetcher {
  readonly #ask: Ask;
  readonly #limits: FetchLimits;
  readonly #queues = new Map<number, BrokerQueue>();

  constructor(ask: Ask, limits: FetchLimits) {
    this.#ask = ask;
    this.#limits = limits;
  }

  /** Resolves with what the broker says about the place, after at most its waiting time. Never rejects; an aborted wish may stay unanswered. */
  fetch(wish: Wish): Promise<Fetched> {
    let queue = this.#queues.get(wish.leaderId);
    if (queue === undefined) {
      queue = new BrokerQueue((use, request) => this.#ask(wish.leaderId, use, request), this.#limits);
      this.#queues.set(wish.leaderId, queue);
    }
    const { promise, resolve } = Promise.withResolvers<Fetched>();
    queue.add({ ...wish, answer: resolve });
    return promise;
  }
}

/** What readers want of one broker. */
class BrokerQueue {
  readonly #ask: (use: FetchUse, request: FetchRequest) => Promise<FetchAnswer>;
  readonly #limits: FetchLimits;
  readonly #busy = new Set<FetchUse>();
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(ask: (use: FetchUse, request: FetchRequest) => Promise<FetchAnswer>, limits: FetchLimits) {
    this.#ask = ask;
    this.#limits = limits;
  }

  add(wish: Waiting): void {
    if (wish.urgent) this.#waiting.unshift(wish);
    else this.#waiting.push(wish);
    this.#schedule();
  }

  /** Not at once: an answer makes several readers come again in the same turn. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#busy.has('fetching')) void this.#send('fetching');
      if (!this.#busy.has('fetching-soon')) void this.#send('fetching-soon');
    });
  }

  async #send(use: FetchUse): Promise<void> {
    const wishes = this.#take();
    const [first] = wishes;
    if (first === undefined) return;
    this.#busy.add(use);
    const places = wishes.map(({ partition, offset, leaderEpoch, fetchedEpoch, maxBytes }) => ({
      partition,
      offset,
      leaderEpoch,
      fetchedEpoch,
      maxBytes,
    }));
    const limits = this.#limits;
    const waitMs = use === 'fetching' ? limits.waitMs : limits.soonWaitMs;
    const request: FetchRequest = { topicUuid: first.topicUuid, places, waitMs, maxBytes: limits.maxBytes };
    try {
      const answer = await this.#ask(use, request);
      const answers = wishes.map((wish, turn) => ({ wish, fetched: fetchedOf(answer, wish.partition, turn === 0) }));
      const full = answers.filter(({ fetched }) => holdsRecords(fetched));
      for (const { wish, fetched } of full) wish.answer(fetched);
      // All others only ask again. There can be many, and in the same turn each would go in between the steps of the first.
      if (full.length > 0 && full.length < answers.length) await nextTurn();
      for (const { wish, fetched } of answers) if (!holdsRecords(fetched)) wish.answer(fetched);
    } catch (error) {
      for (const wish of wishes) wish.answer({ kind: 'failed', error });
    } finally {
      this.#busy.delete(use);
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  /** Those that fit into one request: of one incarnation of the topic, and one for each partition. */
  #take(): readonly Waiting[] {
    const taken = new Map<number, Waiting>();
    const left: Waiting[] = [];
    let topicUuid: string | undefined;
    for (const wish of this.#waiting) {
      if (wish.signal.aborted) continue;
      topicUuid ??= wish.topicUuid;
      if (wish.topicUuid === topicUuid && !taken.has(wish.partition)) taken.set(wish.partition, wish);
      else left.push(wish);
    }
    this.#waiting = left;
    return [...taken.values()];
  }
}

function holdsRecords(fetched: Fetched): boolean {
  return fetched.kind === 'answer' && fetched.answer.records.length > 0;
}

/** A broker that holds back because of a quota answers with no partition at all: then nothing is known. */
function fetchedOf(answer: FetchAnswer, partition: number, first: boolean): Fetched {
  const own = answer.partitions.find((each) => each.partition === partition);
  const said = { partition, code: answer.code, stableEndOffset: -1 };
  const nothing = { ...said, aborted: [], divergence: undefined, records: Buffer.alloc(0) };
  const complete = first || answer.partitions.every(({ records }) => records.length === 0);
  const { connectedAt } = answer;
  return { kind: 'answer', answer: own ?? nothing, complete: own !== undefined && complete, connectedAt };
}

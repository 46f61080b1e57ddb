/** One call of `append`: counts what became of each of its records, and answers once. */
import type { AppendOutcome, Appended, NewRecord, RefusalReason } from '../log.ts';

/** Why a record isn't in the log and never will be. `why`: nor when it is sent again. */
export interface Refusal {
  readonly reason: string;
  readonly why?: RefusalReason;
}

/** Where a record landed. `timestamp`: the time that the log gave it; undefined: it kept its own. */
export interface Landed {
  readonly offset: number;
  readonly timestamp: number | undefined;
}

export class Call {
  readonly outcome: Promise<AppendOutcome>;
  /** When its caller is answered at the latest. Milliseconds, of the clock that the queue is given. */
  readonly deadline: number;
  readonly #places: Appended[];
  readonly #answer: (outcome: AppendOutcome) => void;
  #open: number;
  #landed = 0;
  #logId: string | undefined;
  /** Why the call isn't simply `appended`: the first trouble. */
  #reason: string | undefined;
  #why: RefusalReason | undefined;
  #unsure = false;
  /** The latest moment at which one of its records may land; infinite: no bound is known. */
  #until = Number.NEGATIVE_INFINITY;
  #answered = false;

  constructor(records: readonly NewRecord[], deadline: number) {
    const { promise, resolve } = Promise.withResolvers<AppendOutcome>();
    this.outcome = promise;
    this.#answer = resolve;
    this.deadline = deadline;
    this.#open = records.length;
    this.#places = records.map(({ partition }) => ({ partition, offset: -1 }));
  }

  get answered(): boolean {
    return this.#answered;
  }

  /** The record at `index` of the call is durable in the log `logId`. */
  landed(index: number, { offset, timestamp }: Landed, logId: string): void {
    const place = this.#places[index];
    if (place === undefined) return;
    const { partition } = place;
    this.#places[index] = timestamp === undefined ? { partition, offset } : { partition, offset, timestamp };
    this.#landed++;
    this.#logId ??= logId;
    if (this.#logId !== logId) this.#doubt('the topic was replaced by another one while the records were appended');
    this.#close();
  }

  /** One record isn't in the log and never will be. */
  refused({ reason, why }: Refusal): void {
    // What sending again can't help says more than what it can.
    if (this.#why === undefined && why !== undefined && !this.#unsure) this.#reason = reason;
    this.#why ??= why;
    this.#reason ??= reason;
    this.#close();
  }

  /** One record may be in the log, or may come into it, until the time `until` at most; undefined: nobody knows until when. */
  unsure(reason: string, until: number | undefined): void {
    this.#doubt(reason);
    this.#until = Math.max(this.#until, until ?? Number.POSITIVE_INFINITY);
    this.#close();
  }

  #doubt(reason: string): void {
    if (!this.#unsure) this.#reason = reason;
    this.#unsure = true;
  }

  #close(): void {
    this.#open--;
    if (this.#open > 0 || this.#answered) return;
    this.#answered = true;
    this.#answer(this.#result());
  }

  #result(): AppendOutcome {
    const reason = this.#reason ?? 'no reason is known';
    if (this.#unsure) {
      return Number.isFinite(this.#until)
        ? { kind: 'uncertain', reason, until: this.#until }
        : { kind: 'uncertain', reason };
    }
    if (this.#landed === this.#places.length) {
      return { kind: 'appended', logId: this.#logId ?? '', records: this.#places };
    }
    if (this.#landed === 0) {
      return this.#why === undefined ? { kind: 'unavailable', reason } : { kind: 'refused', why: this.#why, reason };
    }
    return {
      kind: 'uncertain',
      reason: `only ${this.#landed} of ${this.#places.length} records are in the log: ${reason}`,
    };
  }
}

/** One call of `append`: counts what became of each of its records, and answers once. */
import type { AppendOutcome, Appended, NewRecord } from '../log.ts';

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
  #unsure = false;
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
  landed(index: number, offset: number, logId: string): void {
    const place = this.#places[index];
    if (place === undefined) return;
    this.#places[index] = { partition: place.partition, offset };
    this.#landed++;
    this.#logId ??= logId;
    if (this.#logId !== logId) this.#doubt('the topic was replaced by another one while the records were appended');
    this.#close();
  }

  /** One record isn't in the log and never will be. */
  refused(reason: string): void {
    this.#reason ??= reason;
    this.#close();
  }

  /** One record may be in the log, or may come into it. */
  unsure(reason: string): void {
    this.#doubt(reason);
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
    if (this.#landed === this.#places.length && !this.#unsure) {
      return { kind: 'appended', logId: this.#logId ?? '', records: this.#places };
    }
    if (this.#landed === 0 && !this.#unsure) return { kind: 'unavailable', reason };
    if (this.#unsure) return { kind: 'uncertain', reason };
    return {
      kind: 'uncertain',
      reason: `only ${this.#landed} of ${this.#places.length} records are in the log: ${reason}`,
    };
  }
}

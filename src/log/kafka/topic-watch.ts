/** What this process knows of its topic: asked of the brokers when it is too old for the purpose, by one request at a time. */
import type { Brokers, TopicState } from './connection.ts';

/** What the brokers said last, and when (milliseconds of performance.now). */
export interface Sighting {
  /** Undefined: there was no such topic. */
  readonly state: TopicState | undefined;
  readonly at: number;
}

export class TopicWatch {
  readonly name: string;
  readonly #brokers: Brokers;
  #last: Sighting | undefined;
  #asking: Promise<Sighting> | undefined;
  /** Since when the topic is missing; undefined while it is there. */
  #missingSince: number | undefined;

  constructor(brokers: Brokers, name: string) {
    this.#brokers = brokers;
    this.name = name;
  }

  get last(): Sighting | undefined {
    return this.#last;
  }

  /** How long the brokers have been saying that there is no such topic; 0 while there is one. Milliseconds. */
  get missingForMs(): number {
    return this.#missingSince === undefined ? 0 : performance.now() - this.#missingSince;
  }

  /** What was seen last is out of date: the next look asks the brokers. */
  forget(): void {
    this.#last = undefined;
  }

  /** The topic as it was at most `maxAgeMs` ago. Rejects with Unreachable. */
  async look(maxAgeMs: number): Promise<Sighting> {
    if (this.#last !== undefined && performance.now() - this.#last.at <= maxAgeMs) return this.#last;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  async #ask(): Promise<Sighting> {
    // The answer is at least as new as the question.
    const at = performance.now();
    const state = await this.#brokers.topic(this.name);
    this.#last = { state, at };
    if (state === undefined) this.#missingSince ??= at;
    else this.#missingSince = undefined;
    return this.#last;
  }
}

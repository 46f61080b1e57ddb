/**
 * What the topic is like now, and whether it still fits the model: asked again and again while this process appends or is
 * asked for its status, so that nothing is written for long to a topic that has begun to delete.
 */
import { defineLoop, every } from '../../core/loop.ts';
import type { LogDescription } from '../log.ts';
import type { Brokers } from './connection.ts';
import { describeTopic } from './topic.ts';
import type { TopicWanted } from './topic-judgement.ts';
import type { TopicWatch } from './topic-watch.ts';

/** A description may be so old. Milliseconds. */
const MAX_AGE_MS = 500;
/** An append is judged by a description that is no older, if the brokers answer. Milliseconds. */
const APPEND_AGE_MS = 5000;
/** So long an append waits for a newer one. Milliseconds. */
const APPEND_WAITS_MS = 1000;
/** Who has been idle for so long asks no more by itself. Milliseconds. */
const IDLE_MS = 10_000;

const LOOK = defineLoop('kafka.topic-fitness', { everyMs: 1500 });

interface Known {
  readonly description: LogDescription;
  readonly at: number;
}

export class TopicFitness {
  readonly #brokers: Brokers;
  readonly #watch: TopicWatch;
  readonly #wanted: TopicWanted;
  readonly #told: (description: LogDescription) => void;
  readonly #looking: { stop(): void };
  #known: Known;
  #asking: Promise<LogDescription> | undefined;
  #usedAt = performance.now();

  /** `described` was just seen; `told` is given each description after it. */
  constructor(
    brokers: Brokers,
    watch: TopicWatch,
    wanted: TopicWanted,
    described: LogDescription,
    told: (description: LogDescription) => void,
  ) {
    this.#brokers = brokers;
    this.#watch = watch;
    this.#wanted = wanted;
    this.#told = told;
    this.#known = { description: described, at: performance.now() };
    this.#looking = every(LOOK, async () => {
      if (performance.now() - this.#usedAt > IDLE_MS) return;
      // What fails is seen by those who use the topic.
      await this.#ask().catch(() => undefined);
    });
  }

  /** Why the topic takes no append, by the last answer of the brokers; undefined: it fits. */
  get unfit(): string | undefined {
    this.#usedAt = performance.now();
    return this.#known.description.unfit;
  }

  /** The topic's settings, by the last answer of the brokers. */
  get settings(): LogDescription['settings'] {
    return this.#known.description.settings;
  }

  /** Whether an append may go by what is known, without waiting. */
  get isFresh(): boolean {
    return performance.now() - this.#known.at <= APPEND_AGE_MS;
  }

  /** Resolves when a fresh description is there, or couldn't be had in a second. */
  async refresh(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, APPEND_WAITS_MS);
    const asked = this.#ask().then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }

  /** The topic as it was half a second ago at most. Rejects where no broker answers, or there is no such topic. */
  async describe(): Promise<LogDescription> {
    this.#usedAt = performance.now();
    const { description, at } = this.#known;
    // Another topic may have been seen since.
    const isSame = this.#watch.last?.state?.id === description.id;
    if (isSame && performance.now() - at <= MAX_AGE_MS) return description;
    return await this.#ask();
  }

  close(): void {
    this.#looking.stop();
  }

  #ask(): Promise<LogDescription> {
    this.#asking ??= this.#askNow().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askNow(): Promise<LogDescription> {
    const at = performance.now();
    const { state } = await this.#watch.look(0);
    if (state === undefined) throw new Error(`there is no topic ${this.#watch.name}: it was deleted`);
    const description = await describeTopic(this.#brokers, state, this.#wanted);
    this.#known = { description, at };
    this.#told(description);
    return description;
  }
}

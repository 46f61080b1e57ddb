/** What this process knows of its topic: asked of the brokers when it is too old for the purpose, by one request at a time. */
import type { Partition } from '../log.ts';
import type { Brokers, PartitionState, TopicState } from './connection.ts';

/** What the brokers said last, and when (milliseconds of performance.now). */
export interface Sighting {
  /** Undefined: there was no such topic. */
  readonly state: TopicState | undefined;
  readonly at: number;
}

/** So long all brokers must have been telling older epochs than were known before: then the cluster itself was set back. */
const SET_BACK_MS = 2000;

export class TopicWatch {
  readonly name: string;
  readonly #brokers: Pick<Brokers, 'topic' | 'topicFromEach'>;
  readonly #now: () => number;
  #last: Sighting | undefined;
  #asking: Promise<Sighting> | undefined;
  /** Since when the topic is missing; undefined while it is there. */
  #missingSince: number | undefined;
  /** The highest leader epoch of each partition that anybody in this process knows of, of the topic with this uuid. */
  readonly #epochs = new Map<Partition, number>();
  #uuid: string | undefined;
  #olderSince: number | undefined;

  constructor(brokers: Pick<Brokers, 'topic' | 'topicFromEach'>, name: string, now = () => performance.now()) {
    this.#brokers = brokers;
    this.name = name;
    this.#now = now;
  }

  get last(): Sighting | undefined {
    return this.#last;
  }

  /** How long the brokers have been saying that there is no such topic; 0 while there is one. Milliseconds. */
  get missingForMs(): number {
    return this.#missingSince === undefined ? 0 : this.#now() - this.#missingSince;
  }

  /** What was seen last is out of date: the next look asks the brokers. */
  forget(): void {
    this.#last = undefined;
  }

  /**
   * A record of this epoch was read once. A broker that was cut off from the others goes on telling, and leading by, an older one:
   * what it says is not believed from now on.
   */
  heardOf(partition: Partition, leaderEpoch: number): void {
    if (leaderEpoch <= (this.#epochs.get(partition) ?? -1)) return;
    this.#epochs.set(partition, leaderEpoch);
    const seen = this.#last?.state?.partitions[partition];
    if (seen !== undefined && seen.leaderEpoch < leaderEpoch) this.forget();
  }

  /** The topic as it was at most `maxAgeMs` ago. Rejects with Unreachable. */
  async look(maxAgeMs: number): Promise<Sighting> {
    if (this.#last !== undefined && this.#now() - this.#last.at <= maxAgeMs) return this.#last;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  async #ask(): Promise<Sighting> {
    // The answer is at least as new as the question.
    const at = this.#now();
    const found = await this.#brokers.topic(this.name);
    if (found !== undefined && found.uuid !== this.#uuid) {
      // What was heard before the first look counts: it is of the log that is read.
      if (this.#uuid !== undefined) this.#epochs.clear();
      this.#uuid = found.uuid;
    }
    const state = found !== undefined && this.#isOlder(found) ? await this.#newest(found) : found;
    for (const [partition, { leaderEpoch }] of state?.partitions.entries() ?? []) {
      this.#epochs.set(partition, Math.max(leaderEpoch, this.#epochs.get(partition) ?? -1));
    }
    this.#last = { state, at };
    if (state === undefined) this.#missingSince ??= at;
    else this.#missingSince = undefined;
    return this.#last;
  }

  #isOlder({ partitions }: TopicState): boolean {
    const isOlder = partitions.some((each, partition) => this.#isOld(each, partition));
    if (!isOlder) this.#olderSince = undefined;
    return isOlder;
  }

  #isOld({ leaderEpoch }: PartitionState, partition: Partition): boolean {
    return leaderEpoch < (this.#epochs.get(partition) ?? -1);
  }

  /**
   * One broker told older epochs than are known: the others are asked, too. Where all agree for a while, the whole cluster was
   * set back to an older state, and it is as they say. Until then nobody leads the partitions in question: better no answer than
   * that of a broker which was left behind.
   */
  async #newest(found: TopicState): Promise<TopicState> {
    const { states, all } = await this.#brokers.topicFromEach(this.name);
    const same = states.filter(({ uuid }) => uuid === found.uuid);
    const best = newestOf([found, ...same]);
    if (!this.#isOlder(best)) return best;
    this.#olderSince ??= this.#now();
    if (all && this.#now() - this.#olderSince >= SET_BACK_MS) {
      this.#olderSince = undefined;
      this.#epochs.clear();
      return best;
    }
    const partitions = best.partitions.map((each, partition) =>
      this.#isOld(each, partition) ? { ...each, leaderId: -1 } : each,
    );
    return { ...best, partitions };
  }
}

/** Of each partition what the broker says that knows its newest epoch. */
function newestOf(states: readonly TopicState[]): TopicState {
  const [first, ...rest] = states as [TopicState, ...TopicState[]];
  return rest.reduce((newest, state) => {
    const partitions = newest.partitions.map((each, partition) => {
      const other = state.partitions[partition];
      return other !== undefined && other.leaderEpoch > each.leaderEpoch ? other : each;
    });
    return { ...newest, partitions };
  }, first);
}

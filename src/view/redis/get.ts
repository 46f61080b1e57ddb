/** Reads of one entity: those asked for in the same turn share one call. */
import type { Read, StoredEntity } from '../view.ts';
import { partitionKeys, type ViewNames } from './layout.ts';
import { entityOf } from './row.ts';
import { READ_HEAD, type Reading, type ServedGeneration } from './reading.ts';
import { defineScript } from './script.ts';

/** Ids that one call asks for at most, so that none of them takes long. */
const MOST_IDS = 200;

/** Further KEYS: the entities of each partition asked. Further ARGV: per id which of these keys, and the id. */
const GET = defineScript(`${READ_HEAD}
for i = nextArg, #ARGV, 2 do
  answer[#answer + 1] = redis.call('HGET', KEYS[nextKey + tonumber(ARGV[i])], ARGV[i + 1])
end
return answer
`);

interface Asked {
  readonly id: string;
  readonly answer: PromiseWithResolvers<Read<StoredEntity | undefined>>;
}

/** The gets of a view. */
export class Gets {
  readonly #reading: Reading;
  readonly #names: ViewNames;
  readonly #partitionOf: (id: string) => number;
  #asked: Asked[] = [];

  constructor(reading: Reading, names: ViewNames, partitionOf: (id: string) => number) {
    this.#reading = reading;
    this.#names = names;
    this.#partitionOf = partitionOf;
  }

  /** View.get. */
  async get(id: string): Promise<Read<StoredEntity | undefined>> {
    const answer = Promise.withResolvers<Read<StoredEntity | undefined>>();
    if (this.#asked.push({ id, answer }) === 1) setImmediate(() => this.#ask());
    return answer.promise;
  }

  #ask(): void {
    const all = this.#asked;
    this.#asked = [];
    for (let from = 0; from < all.length; from += MOST_IDS) void this.#answerAll(all.slice(from, from + MOST_IDS));
  }

  async #answerAll(some: readonly Asked[]): Promise<void> {
    const ids = some.map(({ id }) => id);
    try {
      const read = await this.#reading.read(
        (served) => ({ script: GET, ...this.#placesOf(served, ids) }),
        (rows) => rows as (string | null)[],
      );
      for (const [at, { id, answer }] of some.entries()) {
        if (read.kind !== 'read') answer.resolve(read);
        else answer.resolve({ ...read, value: foundOf(id, read.value[at]) });
      }
    } catch (error) {
      for (const { answer } of some) answer.reject(error);
    }
  }

  #placesOf(served: ServedGeneration, ids: readonly string[]): { keys: string[]; args: string[] } {
    const keys: string[] = [];
    const args: string[] = [];
    const places = new Map<number, number>();
    for (const id of ids) {
      const partition = this.#partitionOf(id);
      let place = places.get(partition);
      if (place === undefined) {
        place = keys.push(partitionKeys(this.#names, served.id, partition).entities) - 1;
        places.set(partition, place);
      }
      args.push(String(place), id);
    }
    return { keys, args };
  }
}

function foundOf(id: string, row: string | null | undefined): StoredEntity | undefined {
  return typeof row === 'string' ? entityOf(id, row) : undefined;
}

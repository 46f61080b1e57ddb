/** Reads of one entity: those asked for in the same turn share one call. */
import type { Read, StoredEntity } from '../view.ts';
import { CREATED_AT, ENTITIES, ENTRIES, partitionKeys, QUARANTINE, sortSet, type ViewNames } from './layout.ts';
import { NOTE_PATTERN, unpackNote } from './quarantine-record.ts';
import { entityOf } from './row.ts';
import { Contradiction } from './contradiction.ts';
import { READ_HEAD, type Reading, type ServedGeneration } from './reading.ts';
import { defineScript } from './script.ts';

/** Ids that one call asks for at most, so that none of them takes long. */
const MOST_IDS = 200;

/**
 * Further KEYS: the entities of each partition asked. Further ARGV: per id which of these keys, and the id. Adds each row; where
 * there is none, a list with the first line of what is packed in the quarantine, if anything is; or 1 where the order of createdAt
 * or the entries have the id all the same, or that order has not as many entities as there are rows. Only a miss asks there, so
 * their keys are made from that of the entities.
 */
const GET = defineScript(`${READ_HEAD}
for i = nextArg, #ARGV, 2 do
  local key = KEYS[nextKey + tonumber(ARGV[i])]
  local found = redis.call('HGET', key, ARGV[i + 1])
  if not found then
    local own = string.sub(key, 1, -${ENTITIES.length + 1})
    local packed = redis.pcall('HGET', own .. '${QUARANTINE}', ARGV[i + 1])
    local order = own .. '${sortSet(CREATED_AT)}'
    if redis.call('HLEN', key) ~= redis.pcall('ZCARD', order) or redis.call('ZSCORE', order, ARGV[i + 1])
      or redis.pcall('HEXISTS', own .. '${ENTRIES}', ARGV[i + 1]) ~= 0 then found = 1
    elseif type(packed) == 'string' then found = {string.match(packed, '${NOTE_PATTERN}')} end
  end
  answer[#answer + 1] = found
end
return answer
`);

/** A row; the line of a record in quarantine, in a list; 1: a row may be missing; or nothing. */
type Found = string | readonly [string] | 1 | null | undefined;

/** What a get adds to its read. */
type Got = Pick<Extract<Read<StoredEntity | undefined>, { kind: 'read' }>, 'value' | 'quarantined'>;

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
        (found) => ids.map((id, at) => gotOf(id, found[at] as Found)),
      );
      for (const [at, { answer }] of some.entries()) {
        if (read.kind !== 'read') answer.resolve(read);
        else answer.resolve({ ...read, ...read.value[at]! });
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

/** Throws Contradiction. */
function gotOf(id: string, found: Found): Got {
  if (found === 1) throw new Contradiction(`${id} has no row, which other parts of the view contradict`);
  if (typeof found === 'string') return { value: entityOf(id, found) };
  const line = found?.[0];
  return { value: undefined, ...(line === undefined ? {} : { quarantined: unpackNote(line) }) };
}

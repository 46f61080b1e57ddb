/**
 * Places: the numbers by which entities of the embedded view lie in the order of creation. They pass 2^53, so outside
 * SQL they are bigints, and only the writer and the checksum ever hold one.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Place = bigint;

const FIRST_BITS = 5n;
const FIRST_SLOTS = 1n << FIRST_BITS;
const SECOND_BITS = 20n;
const SECOND_SLOTS = 1n << SECOND_BITS;

/** Where the second region begins; the first one ends far below. */
export const SECOND_REGION = 1n << 62n;

/** In SQL, the bounds of a millisecond in each region; the millisecond is the parameter. */
export const FIRST_PLACE = `(? << ${FIRST_BITS})`;
export const LAST_PLACE = `((? << ${FIRST_BITS}) | ${FIRST_SLOTS - 1n})`;
export const FIRST_PLACE_IN_SECOND = `(${SECOND_REGION} | (? << ${SECOND_BITS}))`;
export const LAST_PLACE_IN_SECOND = `(${SECOND_REGION} | (? << ${SECOND_BITS}) | ${SECOND_SLOTS - 1n})`;

/**
 * A place to try first. Records of one millisecond mostly come from one batch of a partition, so slots by their offsets
 * seldom meet.
 */
export function likelyPlace(created: number, partition: number, offset: number): Place {
  return (BigInt(created) << FIRST_BITS) | BigInt((partition * 3 + offset) % Number(FIRST_SLOTS));
}

/** Finds free places among those of the entities. */
export class FreePlaces {
  readonly #taken: StatementSync;
  readonly #last: StatementSync;
  readonly #free: StatementSync;

  constructor(connection: DatabaseSync) {
    const within = 'FROM entity WHERE place BETWEEN ? AND ?';
    this.#taken = connection.prepare(`SELECT place ${within} ORDER BY place`);
    this.#last = connection.prepare(`SELECT place ${within} ORDER BY place DESC LIMIT 1`);
    this.#free = connection.prepare(`
      SELECT min(place) AS place FROM (SELECT ? AS place UNION ALL SELECT place + 1 ${within}) AS candidate
      WHERE NOT EXISTS (SELECT 1 FROM entity WHERE entity.place = candidate.place)`);
    for (const statement of [this.#taken, this.#last, this.#free]) statement.setReadBigInts(true);
  }

  /** A free place of a millisecond. Throws a RangeError where all 1,048,608 are taken. */
  find(created: number): Place {
    const first = BigInt(created) << FIRST_BITS;
    const taken = this.#taken.all(first, first + FIRST_SLOTS - 1n);
    if (taken.length < FIRST_SLOTS)
      return (
        first +
        BigInt(
          firstGap(
            taken.map(({ place }) => place as bigint),
            first,
          ),
        )
      );
    const second = SECOND_REGION | (BigInt(created) << SECOND_BITS);
    const end = second + SECOND_SLOTS - 1n;
    const last = this.#last.get(second, end)?.['place'];
    if (typeof last !== 'bigint') return second;
    if (last < end) return last + 1n;
    const free = this.#free.get(second, second, end - 1n)?.['place'];
    if (typeof free === 'bigint') return free;
    throw new RangeError(`${FIRST_SLOTS + SECOND_SLOTS} entities have the createdAt ${created}, and no more can`);
  }
}

/** How many of the ascending numbers stand without a gap from `first` on. */
function firstGap(taken: readonly bigint[], first: bigint): number {
  const gap = taken.findIndex((place, at) => place !== first + BigInt(at));
  return gap < 0 ? taken.length : gap;
}

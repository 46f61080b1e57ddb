/**
 * The checksum of a view's content, as every adapter makes it: a sum of hashes over entities with their terms and filter
 * values, and over sort entries. A sum doesn't depend on the order in which an adapter comes by them.
 */
import { hash } from 'node:crypto';
import { filterToken } from './filter-token.ts';
import type { StoredEntity } from './view.ts';

const LANES = 4;

export class ContentSum {
  readonly #lanes = new Uint32Array(LANES);

  /** `tokens`: of its terms and filter values; undefined: it has none. */
  addEntity(entity: StoredEntity, tokens: TokenSum | undefined): void {
    const { id, value, createdAt, updatedAt, partition, offset, request = null } = entity;
    this.#add(['entity', id, value, createdAt, updatedAt, partition, offset, request, tokens?.text() ?? '']);
  }

  /** Every entity has one for each sort index; `value` null: it has no value in it. */
  addSortEntry(sort: string, value: number | null, id: string): void {
    this.#add(['sort', sort, value, id]);
  }

  /** Whatever shouldn't be there, or is missing: a view that is as it should be has none. */
  addFlaw(flaw: string): void {
    this.#add(['flaw', flaw]);
  }

  text(): string {
    return Array.from(this.#lanes, (lane) => lane.toString(16).padStart(8, '0')).join('');
  }

  #add(fields: readonly unknown[]): void {
    const bytes = hash('sha256', JSON.stringify(fields), 'buffer');
    for (let lane = 0; lane < LANES; lane += 1) {
      this.#lanes[lane] = (this.#lanes[lane] ?? 0) + bytes.readUInt32LE(4 * lane);
    }
  }
}

/** A token's part in the sums. */
export interface TokenHash {
  readonly low: number;
  readonly high: number;
}

export function tokenHash(token: string): TokenHash {
  const bytes = hash('sha256', token, 'buffer');
  return { low: bytes.readUInt32LE(0), high: bytes.readUInt32LE(4) };
}

/** The sum of the tokens of one entity: its terms, and a token for each filter value. */
export class TokenSum {
  #low = 0;
  #high = 0;
  #count = 0;

  static of(terms: readonly string[], filters: Readonly<Record<string, readonly string[]>>): TokenSum {
    const sum = new TokenSum();
    for (const term of terms) sum.add(tokenHash(term));
    for (const [index, values] of Object.entries(filters)) {
      for (const value of values) sum.add(tokenHash(filterToken(index, value)));
    }
    return sum;
  }

  add({ low, high }: TokenHash): void {
    this.#low = (this.#low + low) >>> 0;
    this.#high = (this.#high + high) >>> 0;
    this.#count += 1;
  }

  text(): string {
    return this.#count === 0 ? '' : `${this.#count}:${this.#high}:${this.#low}`;
  }
}

/**
 * Reads all that a generation holds, for its checksum: entities and sort entries, and whether the sets of filters and
 * terms are exactly what the entities' own entries say.
 */
import { hash } from 'node:crypto';
import { ContentSum, tokenHash, TokenSum } from '../checksum.ts';
import { filterToken } from '../filter-token.ts';
import { type Commands, keysPattern } from './dropping.ts';
import { type IndexEntries, storedEntries } from './index-entries.ts';
import {
  CREATED_AT,
  filterOf,
  generationPrefix,
  partitionKeys,
  sortScore,
  sortValue,
  type ViewNames,
} from './layout.ts';
import { forgetPlaces, storedPlaces } from './places.ts';
import { entityOf, HEAD_DIGITS } from './row.ts';
import { isWord } from './terms-layout.ts';

/** Members read at once. */
const STEP = 1000;

export interface Contents {
  readonly names: ViewNames;
  readonly generation: string;
  readonly partitions: number;
  readonly sorts: readonly string[];
}

export async function checksumOf(commands: Commands, contents: Contents): Promise<string> {
  const sum = new ContentSum();
  const balance = new Balance();
  for (let partition = 0; partition < contents.partitions; partition += 1) {
    await addEntities(commands, contents, partition, sum, balance);
    await addSorts(commands, contents, partition, sum, balance);
  }
  await addSets(commands, contents, balance);
  if (!balance.isEven()) sum.addFlaw('index entries are not what the entities say');
  return sum.text();
}

/** What has to be there against what is: hashes of both are summed up, and have to come out even. */
class Balance {
  #low = 0;
  #high = 0;

  expect(set: string, member: string): void {
    this.#add(1, `${set}\0${member}`);
  }

  find(set: string, member: string): void {
    this.#add(-1, `${set}\0${member}`);
  }

  isEven(): boolean {
    return this.#low === 0 && this.#high === 0;
  }

  #add(sign: number, text: string): void {
    const bytes = hash('sha1', text, 'buffer');
    this.#low = (this.#low + sign * bytes.readUInt32LE(0)) | 0;
    this.#high = (this.#high + sign * bytes.readUInt32LE(4)) | 0;
  }
}

async function addEntities(
  commands: Commands,
  contents: Contents,
  partition: number,
  sum: ContentSum,
  balance: Balance,
): Promise<void> {
  const keys = partitionKeys(contents.names, contents.generation, partition);
  let [rows, packs] = [0, 0];
  for await (const members of ranges(commands, keys.sort(CREATED_AT))) {
    const ids = members.map(([id]) => id);
    const found = (await commands.send(['HMGET', keys.entities, ...ids])) as (string | null)[];
    const packed = (await commands.send(['HMGET', keys.entries, ...ids])) as (string | null)[];
    for (const [at, [id, score]] of members.entries()) {
      const [row, text] = [found[at] ?? undefined, packed[at] ?? undefined];
      if (row === undefined) {
        sum.addFlaw(`no entity ${id}`);
        continue;
      }
      const entity = entityOf(id, row);
      if (Number(sortScore(entity.createdAt)) !== Number(score)) sum.addFlaw(`createdAt ${id}`);
      for (const sort of contents.sorts) balance.expect(keys.sort(sort), id);
      sum.addEntity(
        entity,
        expectEntries(contents, partition, id, storedEntries(row.slice(HEAD_DIGITS), text ?? ''), balance),
      );
      rows += 1;
      if (text !== undefined) packs += 1;
    }
  }
  if (rows !== (await commands.send(['HLEN', keys.entities]))) sum.addFlaw('entities in no list');
  if (packs !== (await commands.send(['HLEN', keys.entries]))) sum.addFlaw('entries of no entity');
}

/** Expects the entity in the sets of its entries; answers their tokens. */
function expectEntries(
  { names, generation }: Contents,
  partition: number,
  id: string,
  stored: IndexEntries,
  balance: Balance,
): TokenSum {
  const own = generationPrefix(names, generation, partition);
  forgetPlaces();
  const { sets, words } = storedPlaces(stored);
  for (const { set } of [...sets, ...words]) balance.expect(own + set, id);
  const tokens = TokenSum.of(stored.terms, {});
  for (const { name, value } of stored.sets.map(filterOf)) tokens.add(tokenHash(filterToken(name, value)));
  return tokens;
}

async function addSorts(
  commands: Commands,
  { names, generation, sorts }: Contents,
  partition: number,
  sum: ContentSum,
  balance: Balance,
): Promise<void> {
  for (const sort of sorts) {
    const key = partitionKeys(names, generation, partition).sort(sort);
    for await (const members of ranges(commands, key)) {
      for (const [id, score] of members) {
        sum.addSortEntry(sort, sortValue(score), id);
        balance.find(key, id);
      }
    }
  }
}

/** The sets of filters and terms, and the words: each word has a set, and each such set its word. */
async function addSets(commands: Commands, { names, generation }: Contents, balance: Balance): Promise<void> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const step = ['SCAN', cursor, 'MATCH', keysPattern(names, generation), 'COUNT', String(STEP)];
    const [next, found] = (await commands.send(step)) as [string, string[]];
    for (const key of found) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  for (const key of keys) {
    const [own, name] = parted(key, generation);
    if (name.startsWith('t:') && isWord(name.slice(2))) balance.expect(`${own}w`, name.slice(2));
    if (name === 'w') {
      for await (const members of ranges(commands, key)) {
        for (const [word, score] of members) balance.find(key, score === '0' ? word : `${word} at ${score}`);
      }
    } else if (/^[ftp]:/.test(name)) {
      for (const member of await membersOf(commands, key)) balance.find(key, member);
    }
  }
}

/** Members of a set, read in steps: one may be told twice. */
async function membersOf(commands: Commands, key: string): Promise<ReadonlySet<string>> {
  const all = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = (await commands.send(['SSCAN', key, cursor, 'COUNT', String(STEP)])) as [string, string[]];
    for (const member of found) all.add(member);
    cursor = next;
  } while (cursor !== '0');
  return all;
}

/** The generation's own beginning of a key, and the rest. */
function parted(key: string, generation: string): [string, string] {
  const end = key.indexOf(`:${generation}:`) + generation.length + 2;
  return [key.slice(0, end), key.slice(end)];
}

/** Members and scores of a sorted set, in steps. */
async function* ranges(commands: Commands, key: string): AsyncGenerator<[string, string][]> {
  for (let from = 0; ; from += STEP) {
    const range = ['ZRANGE', key, String(from), String(from + STEP - 1), 'WITHSCORES'];
    const flat = (await commands.send(range)) as string[];
    const pairs: [string, string][] = [];
    for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] ?? '', flat[at + 1] ?? '']);
    if (pairs.length > 0) yield pairs;
    if (pairs.length < STEP) return;
  }
}

/** What stands in Redis against what the fold says has to stand there: each key, each member, each score. */
import type { FoldedEntity, Fold, Place } from './fold.ts';
import type { Stage } from './stage.ts';
import {
  droppedKey,
  ownersKey,
  partitionKey,
  partitionKeys,
  rootKey,
  sortScore,
  standingKey,
  type PartitionKeys,
} from '../../../src/view/redis/layout.ts';
import { entityOf } from '../../../src/view/redis/row.ts';
import { hasOwnSet, isWord, prefixOf } from '../../../src/view/redis/terms-layout.ts';

/** Key → what it holds, by its type. */
interface Expected {
  /** With scores. */
  readonly sortedSets: Map<string, Map<string, number>>;
  /** Without. */
  readonly sets: Map<string, Map<string, true>>;
  readonly rows: Map<string, Map<string, FoldedEntity>>;
  /** Terms, in order. */
  readonly entries: Map<string, Map<string, string>>;
  /** Keys that may be there whatever they hold. */
  readonly bookkeeping: Set<string>;
}

/** One line for each difference. */
export async function compareRedis(stage: Stage, fold: Fold): Promise<string[]> {
  const { redis, model } = stage;
  const root = await redis.root();
  if (root === undefined) return ['there is no generation in Redis'];
  const expected: Expected = {
    sortedSets: new Map(),
    sets: new Map(),
    rows: new Map(),
    entries: new Map(),
    bookkeeping: new Set([rootKey(redis.names)]),
  };
  const keysOf = Array.from({ length: model.partitions }, (_, at) => partitionKeys(redis.names, root.generation, at));
  for (const [at, keys] of keysOf.entries()) {
    expected.bookkeeping.add(partitionKey(redis.names, at)).add(keys.quarantine).add(keys.quarantineOrder);
  }
  for (const entity of fold.entities.values())
    expectEntity(stage, expected, keysOf[stage.topic.partitionOf(entity.id)]!, entity);
  return [
    ...(await compareKeys(stage, expected)),
    ...(await compareSets(stage, expected)),
    ...(await compareSortedSets(stage, expected)),
    ...(await compareHashes(stage, expected)),
  ];
}

function expectEntity(
  { model }: Stage,
  { sortedSets, sets, rows, entries }: Expected,
  keys: PartitionKeys,
  entity: FoldedEntity,
): void {
  const { id, createdAt } = entity;
  const place = (key: string, member: string, score: number): void => void inside(sortedSets, key).set(member, score);
  const add = (key: string): void => void inside(sets, key).set(id, true);
  const { terms, filters, sorts } = model.entries(entity.fields);
  inside(rows, keys.entities).set(id, entity);
  place(keys.sort('createdAt'), id, -createdAt);
  for (const { name, kind } of model.indexes)
    if (kind === 'sort') place(keys.sort(name), id, scoreOf(sortScore(sorts[name])));
  for (const [name, values] of Object.entries(filters)) for (const value of values) add(keys.filter(name, value));
  for (const term of terms) {
    if (hasOwnSet(term)) add(keys.term(term));
    if (isWord(term)) place(keys.words, term, 0);
    const prefix = prefixOf(term);
    if (prefix !== undefined) add(keys.prefix(prefix));
  }
  if (terms.length > 0) inside(entries, keys.entries).set(id, [...terms].sort().join(' '));
}

function inside<T>(all: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const known = all.get(key) ?? new Map<string, T>();
  all.set(key, known);
  return known;
}

/** As Redis writes infinity, and as we do. */
function scoreOf(text: string): number {
  return /^\+?inf$/.test(text) ? Infinity : Number(text);
}

const DROPPED_WITHIN_MS = 60_000;

/** No key of a former generation, none that should be empty. What is dropped goes in the background, so that is waited for. */
async function compareKeys({ redis }: Stage, { bookkeeping, ...expected }: Expected): Promise<string[]> {
  const isExpected = (key: string): boolean =>
    bookkeeping.has(key) || Object.values(expected).some((keys: ReadonlyMap<string, unknown>) => keys.has(key));
  const deadline = Date.now() + DROPPED_WITHIN_MS;
  for (;;) {
    const notes = [ownersKey(redis.names), standingKey(redis.names)];
    const leftovers = (await redis.keys()).filter((key) => !notes.includes(key) && !isExpected(key));
    if (leftovers.length === 0) return [];
    if (Date.now() > deadline || !leftovers.includes(droppedKey(redis.names)))
      return leftovers.map((key) => `Redis holds the leftover ${JSON.stringify(key)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function compareSets({ redis }: Stage, { sets }: Expected): Promise<string[]> {
  const all = [...sets];
  const replies = (await redis.commands(all.map(([key]) => ['SMEMBERS', key]))) as string[][];
  return all.flatMap(([key, wanted], at) => {
    const found = new Map(replies[at]!.map((member) => [member, true] as const));
    return mapDifferences(`the set ${JSON.stringify(key)}`, found, wanted, String);
  });
}

async function compareSortedSets({ redis }: Stage, { sortedSets }: Expected): Promise<string[]> {
  const all = [...sortedSets];
  const replies = (await redis.commands(all.map(([key]) => ['ZRANGE', key, '0', '-1', 'WITHSCORES']))) as string[][];
  return all.flatMap(([key, wanted], at) => {
    const found = new Map<string, number>();
    const reply = replies[at]!;
    for (let place = 0; place < reply.length; place += 2) found.set(reply[place]!, scoreOf(reply[place + 1]!));
    return mapDifferences(`the set ${JSON.stringify(key)}`, found, wanted, (score) => String(score));
  });
}

async function compareHashes({ redis }: Stage, { rows, entries }: Expected): Promise<string[]> {
  const read = async (key: string): Promise<Map<string, string>> => {
    const reply = (await redis.command('HGETALL', key)) as string[];
    return new Map(Array.from({ length: reply.length / 2 }, (_, at) => [reply[2 * at]!, reply[2 * at + 1]!]));
  };
  const differences: string[] = [];
  for (const [key, wanted] of rows) {
    const found = new Map([...(await read(key))].map(([id, row]) => [id, rowText(entityOf(id, row))]));
    const texts = new Map(
      [...wanted].map(([id, { fields, ...rest }]) => [id, rowText({ ...rest, value: JSON.stringify(fields) })]),
    );
    differences.push(...mapDifferences(`the rows ${key}`, found, texts, String));
  }
  for (const [key, wanted] of entries) {
    const found = new Map(
      [...(await read(key))].map(([id, packed]) => [id, packed.trim().split('\n').sort().join(' ')]),
    );
    differences.push(...mapDifferences(`the entries ${key}`, found, wanted, String));
  }
  return differences;
}

function rowText({
  createdAt,
  updatedAt,
  partition,
  offset,
  request,
  value,
}: Omit<FoldedEntity, 'fields'> & { value: string }): string {
  const fields = JSON.parse(value) as Record<string, unknown>;
  const ordered = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify([createdAt, updatedAt, partition, offset, request ?? null, ordered]);
}

function mapDifferences<T>(
  what: string,
  found: ReadonlyMap<string, T>,
  wanted: ReadonlyMap<string, T>,
  text: (value: T) => string,
): string[] {
  const lines: string[] = [];
  for (const [member, value] of wanted) {
    const there = found.get(member);
    if (there === undefined) lines.push(`${what} lacks ${JSON.stringify(member)}`);
    else if (there !== value) lines.push(`${what} has ${JSON.stringify(member)} as ${text(there)}, not ${text(value)}`);
  }
  for (const member of found.keys())
    if (!wanted.has(member)) lines.push(`${what} has the leftover ${JSON.stringify(member)}`);
  return lines;
}

/** Which places are in quarantine. */
export async function comparePlaces({ redis, model }: Stage, wanted: readonly Place[]): Promise<string[]> {
  const root = await redis.root();
  if (root === undefined) return [];
  const asked = Array.from(
    { length: model.partitions },
    (_, at) => partitionKeys(redis.names, root.generation, at).quarantineOrder,
  );
  const replies = (await redis.commands(asked.map((key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES']))) as string[][];
  const found = replies.flatMap((reply, partition) =>
    reply.flatMap((text, at) => (at % 2 === 1 ? [`${partition}-${text}`] : [])),
  );
  const places = wanted.map(({ partition, offset }) => `${partition}-${offset}`);
  return [
    ...places.filter((place) => !found.includes(place)).map((place) => `the record ${place} is not in quarantine`),
    ...found
      .filter((place) => !places.includes(place))
      .map((place) => `the record ${place} is in quarantine, and should not be`),
  ];
}

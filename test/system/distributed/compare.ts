/**
 * Compares the view with the topic's fold, entity by entity and index by index: what the API answers, and what stands in
 * Redis. The fold is made of what Kafka's own tool reads, and lists are computed naively from it.
 */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { foldOf, type Fold, type FoldedEntity, type Place } from './fold.ts';
import { comparePlaces, compareRedis } from './compare-redis.ts';
import { searched, sorted, valuesOf, withValue } from './naive.ts';
import type { Stage } from './stage.ts';
import { WORDS } from './things.ts';

export interface CompareOptions {
  /** The records that can't be applied: each has to be in quarantine until a newer one of its key ends that. */
  readonly poison?: readonly Place[];
  /** How long the view may take to reach the topic's end. Milliseconds, default 30,000. */
  readonly withinMs?: number;
}

/** The most differences that a failure shows. */
const SHOWN = 20;

/** Waits for the view, compares, and fails with the first differences. Starts a client where none is there. Answers the fold. */
export async function expectTrueView(stage: Stage, options: CompareOptions = {}): Promise<Fold> {
  const { fold, differences } = await compareView(stage, options);
  expect(differences.slice(0, SHOWN), `${differences.length} differences`).toEqual([]);
  return fold;
}

/** The same without failing: each difference is one line. */
export async function compareView(
  stage: Stage,
  { poison = [], withinMs }: CompareOptions = {},
): Promise<{ fold: Fold; differences: readonly string[] }> {
  const client = stage.clients.at(-1) ?? (await stage.client());
  const [records] = await Promise.all([stage.records(), client.ready(), stage.settle(withinMs)]);
  const fold = foldOf(records, poison);
  const differences = [
    ...(await compareLists(stage, client.url, fold)),
    ...(await compareRedis(stage, fold)),
    ...(await comparePlaces(stage, fold.quarantined)),
  ];
  return { fold, differences };
}

/** The log that answers at the position are of. */
async function incarnationAt(address: string, position: string): Promise<string> {
  const answer = await fetch(`${address}?limit=1`, { headers: { 'kmodel-position': position, prefer: 'wait=20' } });
  return answer.headers.get('kmodel-position')?.split(';log=')[1] ?? `status ${answer.status}`;
}

/** As docs/spec.md says it. */
function versionDigest(incarnation: string): string {
  return createHash('sha256').update(incarnation).digest('base64url').slice(0, 8);
}

interface ListedThing {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

async function compareLists(stage: Stage, url: string, fold: Fold): Promise<string[]> {
  const [position = '', topicId = ''] = (await stage.endPosition()).split(';log=');
  const incarnation = await incarnationAt(`${url}${stage.path}`, position);
  const entities = [...fold.entities.values()];
  const list = async (query: Readonly<Record<string, string>>): Promise<ListedThing[]> =>
    await listAll(`${url}${stage.path}`, query, position);
  const differences = await compareEntities(list, entities, versionDigest(incarnation));
  if (incarnation.split('.')[0] !== topicId)
    differences.push(`the answers are of the log ${incarnation}, the topic is ${topicId}`);
  const check: Check = async (query, expected, isOrdered) => {
    const what = `list ${JSON.stringify(query)}`;
    const answer = await list(query).catch((error: unknown) => String(error));
    if (typeof answer === 'string') {
      differences.push(`${what}: ${answer}`);
      return;
    }
    const found = answer.map(({ id }) => id);
    const wanted = expected.map(({ id }) => id);
    if (!isOrdered) [found, wanted].forEach((ids) => ids.sort());
    differences.push(...listDifference(what, found, wanted));
  };
  await inParallel([
    ...filterChecks(stage, entities, check),
    ...sortsOf(stage).flatMap(([name, valueOf]) =>
      (['asc', 'desc'] as const).map(
        (order) => async () => await check({ sort: name, order }, sorted(entities, valueOf, order), true),
      ),
    ),
    ...questions().map((q) => async () => await check({ q }, searched(entities, stage.model.search, q), false)),
  ]);
  return differences;
}

/** Asks for a list and notes where it differs from what is expected, in its order or in any. */
type Check = (
  query: Readonly<Record<string, string>>,
  expected: readonly FoldedEntity[],
  isOrdered: boolean,
) => Promise<void>;

type Ask = () => Promise<void>;

function filterChecks({ model }: Stage, entities: readonly FoldedEntity[], check: Check): Ask[] {
  const filters = model.indexes.filter(({ kind }) => kind === 'filter');
  return filters.flatMap(({ name, field }) =>
    [...valuesOf(entities, field), 'nobody has this'].map(
      (value) => async () => await check({ [name]: value }, withValue(entities, field, value), false),
    ),
  );
}

const AT_ONCE = 3;

async function inParallel(asks: readonly Ask[]): Promise<void> {
  const left = asks.values();
  const run = async (): Promise<void> => {
    for (const ask of left) await ask();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
}

function sortsOf({ model }: Stage): [string, (entity: FoldedEntity) => number | undefined][] {
  const sorts = model.indexes.flatMap((index) => (index.kind === 'sort' ? [index] : []));
  return [
    ['createdAt', ({ createdAt }: FoldedEntity) => createdAt],
    ...sorts.map(({ name, field, type }) => {
      const valueOf = ({ fields }: FoldedEntity): number | undefined => {
        const value = fields[field];
        if (value === undefined) return undefined;
        return type === 'time' ? new Date(value as string).getTime() : (value as number);
      };
      return [name, valueOf] as [string, typeof valueOf];
    }),
  ];
}

/** Whole words, their beginnings, two at once, and what nothing holds. */
function questions(): string[] {
  const beginnings = ['ba', 'bak', 'bake', 'coo', 'te', 'nightl', 'naiv', '421', 'smor', 'zzz'];
  return [...WORDS, ...beginnings, 'tea night', 'café 42', 'bak x'];
}

async function compareEntities(
  list: (query: Record<string, string>) => Promise<ListedThing[]>,
  entities: readonly FoldedEntity[],
  logDigest: string,
): Promise<string[]> {
  const found = new Map((await list({})).map((one) => [one.id, one]));
  const differences: string[] = [];
  for (const { id, fields, createdAt, updatedAt, partition, offset } of entities) {
    const wanted = {
      id,
      ...fields,
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      version: `${partition}-${offset}-${logDigest}`,
    };
    const shown = canonical(found.get(id));
    if (shown !== canonical(wanted))
      differences.push(`entity ${id}: the view shows ${shown}, the topic says ${canonical(wanted)}`);
    found.delete(id);
  }
  for (const [id, one] of found)
    differences.push(`entity ${id}: the view shows ${canonical(one)}, the topic says nothing`);
  return differences;
}

/** Objects with the same fields in any order are the same. */
function canonical(value: unknown): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

function listDifference(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const at = wanted.findIndex((id, place) => found[place] !== id);
  if (at < 0 && found.length === wanted.length) return [];
  const place = at < 0 ? wanted.length : at;
  return [
    `${what}: ${found.length} found, ${wanted.length} expected; at ${place} it is ${found[place]}, not ${wanted[place]}`,
  ];
}

/** Walks all pages at the position. */
async function listAll(
  address: string,
  query: Readonly<Record<string, string>>,
  position: string,
): Promise<ListedThing[]> {
  const items: ListedThing[] = [];
  let after: string | null = null;
  do {
    const parameters = new URLSearchParams({ limit: '1000', ...query, ...(after === null ? {} : { after }) });
    const answer = await fetch(`${address}?${parameters.toString()}`, {
      headers: { 'kmodel-position': position, prefer: 'wait=20' },
    });
    if (answer.status !== 200)
      throw new Error(`GET ${address}?${parameters.toString()}: ${answer.status} ${await answer.text()}`);
    const page = (await answer.json()) as { items: ListedThing[]; next: string | null };
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}

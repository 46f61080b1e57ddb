/** Lists of the Redis view against a model of a few lines, over three partitions and by every way there is to find them. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownRedis, sharedRedis } from '../../../test/services/shared.ts';
import { type RedisServer, startRedis } from '../../../test/services/redis.ts';
import { batch, queries } from '../view-arbitraries.conformance.ts';
import { ModelView } from '../view-model.conformance.ts';
import { Build, INDEXES, listing, put, ready } from '../view-under-test.conformance.ts';
import type { ListPlace, ListQuery, Operation, PutOperation, SearchTerm, View } from '../view.ts';
import { Alarm } from './alarm.ts';
import { Connection } from './connection.ts';
import { LIMITS } from './limits.ts';
import { listScript, LIST } from './list-script.ts';
import { DoubtStore } from './doubt-store.ts';
import { listFrom } from './list.ts';
import { indexesText, Reading } from './reading.ts';
import { RedisUnderTest } from './redis-view-under-test.conformance.ts';
import { defineScript, type Script } from './script.ts';

const PARTITIONS = 3;
const COSTS = { read: 1, ask: 1, check: 1, intersect: 1, match: 1, unite: 1 };

/** The same list by every way: as costs say, by one way wherever it can be gone, and with ids compared byte by byte. */
const WAYS: readonly { readonly way: string; readonly script: Script }[] = [
  { way: 'the cheapest way', script: LIST },
  { way: 'walking', script: listScript({ ...COSTS, read: 0, ask: 0, check: 0 }) },
  { way: 'intersecting', script: listScript({ ...COSTS, intersect: 0, match: 0, check: 0, read: 1e9, unite: 1e9 }) },
  { way: 'uniting', script: listScript({ ...COSTS, unite: 0, read: 1e9, intersect: 1e9 }) },
  { way: 'walking until it proves dear', script: listScript({ ...COSTS, read: 0.01, ask: 0.02, check: 0.02 }) },
  { way: 'a locale that isn’t by bytes', script: defineScript(LIST.source.replace("'B' < 'a' and", 'false and')) },
];

/** The view of one test, and its lists by any script. */
interface Listed {
  readonly model: string;
  readonly view: View;
  list(query: ListQuery, script: Script): Promise<{ ids: string[]; next: ListPlace | undefined }>;
}

describe.each(['7', '6.2'] as const)('Redis %s', (version) => {
  let own: RedisServer | undefined;
  let redis: RedisUnderTest;
  const connections: Connection[] = [];

  beforeAll(async () => {
    const given = version === '6.2' ? process.env['KMODEL_TEST_REDIS_62'] : sharedRedis();
    if (given === undefined) own = await startRedis({ version });
    redis = await RedisUnderTest.at(given ?? own?.uri ?? '');
  });
  afterAll(async () => {
    for (const connection of connections) connection.close();
    await redis.cleanup();
    await own?.remove();
  });

  async function open(): Promise<Listed> {
    const model = redis.newModel();
    const view = await redis.open(model, INDEXES, { partitionOf });
    const connection = await Connection.open({
      uri: redis.uri,
      limits: LIMITS,
      alarm: new Alarm(),
      warn: ignore,
      onAgain: ignore,
    });
    connections.push(connection);
    const names = { prefix: redis.prefix, model };
    const reading = new Reading(
      connection,
      names,
      indexesText({ ...INDEXES, search: true, partitionOf }),
      new DoubtStore(connection, names),
    );
    const list = async (query: ListQuery, script: Script): ReturnType<Listed['list']> => {
      const { entities, next } = ready(await listFrom(reading, names, INDEXES, query, script)).value;
      return { ids: entities.map(({ id }) => id), next };
    };
    return { model, view, list };
  }

  describe.skipIf(version === '6.2' && !ownRedis().includes('6.2'))('lists', () => {
    test('small ones: every way finds what the model finds', async () => {
      const { view, list } = await open();
      await fc.assert(
        fc.asyncProperty(
          fc.array(batch(), { maxLength: 5 }),
          fc.array(queries(), { minLength: 3, maxLength: 6 }),
          async (batches, asked) => {
            const build = await Build.live(view, PARTITIONS);
            const model = new ModelView();
            for (const operations of batches) {
              await applyAll(build, operations);
              model.apply(operations);
            }
            for (const query of asked) {
              const expected = model.list(query);
              for (const { way, script } of WAYS)
                expect({ way, ...(await list(query, script)) }).toEqual({ way, ...expected });
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    test('larger ones: pages of every way, walked to their end, are the model’s list', async () => {
      const { view, list } = await open();
      const build = await Build.live(view, PARTITIONS);
      const model = new ModelView();
      const all = Array.from({ length: 1500 }, (_, number) => entityOf(number));
      await applyAll(build, all);
      model.apply(all);
      await fc.assert(
        fc.asyncProperty(largeQueries(), fc.constantFrom(...WAYS), async (query, { way, script }) => {
          const expected = model.list({ ...query, limit: 5000 });
          const found: string[] = [];
          let after = query.after;
          do {
            const page = await list({ ...query, after }, script);
            expect([way, page.ids.length <= query.limit]).toEqual([way, true]);
            found.push(...page.ids);
            after = page.next;
          } while (after !== undefined);
          expect({ way, ids: found }).toEqual({ way, ids: expected.ids });
        }),
        { numRuns: 250 },
      );
    }, 60_000);

    test('ten thousand of one millisecond are paged in fractions of a second', async () => {
      const { view, list } = await open();
      const build = await Build.live(view, PARTITIONS);
      const numbers = Array.from({ length: 10_000 }, (_, number) => (number * 7919) % 10_000);
      await applyAll(
        build,
        numbers.map((number) =>
          put(`id-${String(number).padStart(5, '0')}`, { terms: number % 3 === 0 ? ['third'] : [] }),
        ),
      );
      for (const terms of [[], [{ text: 'third', prefix: true }]]) {
        const found: string[] = [];
        let after: ListPlace | undefined;
        const began = performance.now();
        do {
          const page = await list(listing({ after, terms, limit: 100 }), LIST);
          found.push(...page.ids);
          after = page.next;
        } while (after !== undefined);
        const expected = numbers.filter((number) => terms.length === 0 || number % 3 === 0).sort((a, b) => a - b);
        expect(found).toEqual(expected.map((number) => `id-${String(number).padStart(5, '0')}`));
        // A hundred pages, a few milliseconds each; the ids before each page read through would take minutes.
        expect(performance.now() - began).toBeLessThan(10_000);
      }
    });

    test('an entity that an index names and that has no row: the list is doubtful', async () => {
      const { model, view, list } = await open();
      const build = await Build.live(view, PARTITIONS);
      await applyAll(build, [put('there'), put('lost')]);
      const [entities = ''] = (await redis.keys(`{${model}/${partitionOf('lost')}}`)).filter((key) =>
        key.endsWith(':e'),
      );
      await redis.client.hDel(entities, 'lost');
      await expect(list(listing(), LIST)).rejects.toThrow('lost');
    });
  });
});

function ignore(): void {}

function partitionOf(id: string): number {
  return Array.from(id).reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % PARTITIONS;
}

async function applyAll(build: Build, operations: readonly Operation[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const own = operations.filter(({ id }) => partitionOf(id) === partition);
    for (let at = 0; at < own.length; at += 500) await build.apply(own.slice(at, at + 500), { partition });
  }
}

/** Words that begin alike: eight of some frequency, and one for nearly each entity, some hundreds in a partition. */
const WORKING = ['work', 'worker', 'workers', 'working', 'works', 'workshop', 'workflow', 'worked'];

/** Entity `number`: sizes of sets from one to all, equal values in plenty. */
function entityOf(number: number): PutOperation {
  const id = `${['', 'é', '日', '😀', 'Z', '-'][number % 6]}${(number * 7919) % 1500}`;
  const terms = [
    'all',
    ...(number % 8 === 0 ? [] : [`many${String(number).padStart(4, '0')}`]),
    ...(number % 10 === 0 ? ['tenth'] : []),
    ...(number % 10 === 5 ? ['other'] : []),
    ...(number % 7 === 0 ? [WORKING[number % 8] ?? '', WORKING[number % 5] ?? ''] : []),
    ...(number % 400 === 0 ? ['rarely'] : []),
    ...(number % 4 === 0 ? ['日本', '本'] : []),
    ...(number % 3 === 0 ? ['a', 'ab', 'abc'] : []),
  ];
  return put(id, {
    createdAt: number % 3 === 0 ? 1_700_000_000_000 : 1_700_000_000_000 + ((number * 31) % 700),
    terms: [...new Set(terms)],
    filters: { company: [`c${number % 20}`], tag: number % 5 === 0 ? ['x', 'y'] : ['y'] },
    sorts: number % 4 === 0 ? {} : { pay: (number * 17) % 40, ...(number % 3 === 0 && { closes: number / 8 }) },
  });
}

function largeQueries(): fc.Arbitrary<ListQuery> {
  const whole = ['all', 'tenth', 'other', 'rarely', 'work', 'a', 'ab', 'abc', '日本', '本', 'many0009', 'none'];
  const beginnings = [
    'a',
    'al',
    'all',
    'tent',
    'wor',
    'work',
    'worke',
    'workin',
    'many',
    'many00',
    'rar',
    'rare',
    '日',
    '日本',
  ];
  const term = fc.oneof(
    fc.constantFrom(...whole).map((text): SearchTerm => ({ text, prefix: false })),
    fc.constantFrom(...beginnings, ...whole).map((text): SearchTerm => ({ text, prefix: true })),
  );
  const filters = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.record({ tag: fc.constantFrom('x', 'y', 'none') }),
    fc.record({ company: fc.constantFrom('c1', 'c4', 'c10'), tag: fc.constantFrom('x', 'y') }),
  );
  const after = fc.record({
    value: fc.oneof(fc.constantFrom(null, 0, 7, 39, 1_700_000_000_000, 1_700_000_000_333)),
    id: fc.integer({ min: 0, max: 1700 }).map((number) => entityOf(number).id),
  });
  return fc
    .record({
      terms: fc.array(term, { maxLength: 3 }),
      filters,
      sort: fc.constantFrom('createdAt', 'pay', 'closes'),
      order: fc.constantFrom('asc' as const, 'desc' as const),
      after: fc.option(after, { nil: undefined }),
      limit: fc.constantFrom(20, 70, 333, 1000),
    })
    .map((query) => listing(query));
}

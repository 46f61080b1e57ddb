/**
 * Parts of a view deleted or overwritten under it: reads answer what was there or that the view is doubtful, never absence
 * and never an error of another kind; and it ends latched, until a new generation is there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedRedis } from '../../../test/services/shared.ts';
import { refusing } from '../../doubts.ts';
import {
  Build,
  deletion,
  ids,
  type IndexNames,
  INDEXES,
  listing,
  put,
  quarantined,
  ready,
} from '../view-under-test.conformance.ts';
import type { ListQuery, Operation, View } from '../view.ts';
import { type PartitionKeys, partitionKeys } from './layout.ts';
import { type PlainClient, RedisUnderTest } from './redis-view-under-test.conformance.ts';

/** Far more than two sightings take. Milliseconds. */
const LATCHED_WITHIN_MS = 30_000;
const ENTITIES = 12;
/** One of them. */
const ID = 'id-3';

let redis: RedisUnderTest;
beforeAll(async () => {
  redis = await RedisUnderTest.at(sharedRedis());
});
afterAll(async () => redis.cleanup());

const idOf = (at: number): string => (at % 3 === 0 ? `id-${at}` : `1:id-${at}`);

function putOf(id: string, partition: number): Operation {
  const [terms, filters, sorts] = [['engineer', 'en'], { tag: ['tea', id] }, { pay: id.length, closes: 2 }];
  return put(id, { partition, terms, filters, sorts });
}

interface Filled {
  readonly view: View;
  readonly build: Build;
  /** Of partition 0, where ID is. */
  readonly keys: PartitionKeys;
  readonly model: string;
}

async function filled(indexes: IndexNames = INDEXES): Promise<Filled> {
  const model = redis.newModel();
  const view = await redis.open(model, indexes);
  const build = await Build.live(view, 2);
  for (const partition of [0, 1]) {
    const own = Array.from({ length: ENTITIES }, (_, at) => idOf(at)).filter(
      (id) => id.startsWith('1:') === (partition === 1),
    );
    const records = partition === 0 ? [quarantined(3, 'bad'), quarantined(4, 'worse')] : [];
    await build.apply(
      own.map((id) => putOf(id, partition)),
      { partition, quarantined: records, nextOffset: 10 },
    );
  }
  const names = { prefix: redis.prefix, model };
  return { view, build, model, keys: partitionKeys(names, build.generation, 0) };
}

type Damage = (client: PlainClient, keys: PartitionKeys) => Promise<unknown>;

/** What is done, and whether lists can't but notice; of others only counts tell. */
const DAMAGES: [what: string, damage: Damage, listsNotice?: 'in lists too'][] = [
  ['the hash of entities deleted', (client, { entities }) => client.del(entities), 'in lists too'],
  ['the hash of entities expired', (client, { entities }) => client.pExpire(entities, 1), 'in lists too'],
  ['a row deleted', (client, { entities }) => client.hDel(entities, ID), 'in lists too'],
  ['a row emptied', (client, { entities }) => client.hSet(entities, ID, ''), 'in lists too'],
  ['a row overwritten with words', (client, { entities }) => client.hSet(entities, ID, 'no row'), 'in lists too'],
  ['a row overwritten with JSON', (client, { entities }) => client.hSet(entities, ID, '{"a":1}'), 'in lists too'],
  [
    'a row overwritten with numbers',
    (client, { entities }) => client.hSet(entities, ID, '0000020 1 2 3 4 - 999999999999 {}'),
    'in lists too',
  ],
  [
    'a row cut off',
    async (client, { entities }) => client.hSet(entities, ID, (await client.hGet(entities, ID))!.slice(0, -3)),
    'in lists too',
  ],
  ['the order of createdAt deleted', (client, keys) => client.del(keys.sort('createdAt')), 'in lists too'],
  ['the order of a sort deleted', (client, keys) => client.del(keys.sort('pay')), 'in lists too'],
  ['an entity gone from the order of createdAt', (client, keys) => client.zRem(keys.sort('createdAt'), ID)],
  ['an entity gone from the order of a sort', (client, keys) => client.zRem(keys.sort('pay'), ID)],
  [
    'a row and its place in the order of createdAt deleted',
    (client, keys) => client.multi().hDel(keys.entities, ID).zRem(keys.sort('createdAt'), ID).exec(),
  ],
  [
    'rows and all orders deleted',
    (client, keys) => client.del([keys.entities, ...['createdAt', 'pay', 'closes'].map((name) => keys.sort(name))]),
  ],
  ['the hash of entities of another type', (client, { entities }) => client.set(entities, 'text'), 'in lists too'],
  [
    'the order of createdAt of another type',
    (client, keys) => client.set(keys.sort('createdAt'), 'text'),
    'in lists too',
  ],
  ['the order of the quarantine deleted', (client, { quarantineOrder }) => client.del(quarantineOrder)],
  ['the quarantine deleted', (client, { quarantine }) => client.del(quarantine)],
];

const LISTS: readonly Partial<ListQuery>[] = [
  {},
  { order: 'asc', limit: 3 },
  { sort: 'pay' },
  { sort: 'pay', order: 'asc' },
  { terms: [{ text: 'engi', prefix: true }] },
  { terms: [{ text: 'engineer', prefix: false }], sort: 'pay' },
  { terms: [{ text: 'engineer', prefix: true }], filters: { tag: 'tea' } },
  { filters: { tag: ID } },
  { after: { value: 1_700_000_000_000, id: '1:id-1' } },
];

describe.concurrent('noticed by reads', () => {
  test.each(DAMAGES)('%s', async (_, damage, listsNotice) => {
    const { view, build, keys } = await filled();
    const whole = await Promise.all(LISTS.map(async (query) => ids(view, query)));
    await damage(redis.client, keys);
    await until(async () => {
      for (let at = 0; at < ENTITIES; at += 1) {
        const read = await view.get(idOf(at));
        if (read.kind === 'read')
          expect(read.value).toMatchObject({ id: idOf(at), value: expect.stringContaining('{') });
        else expect(read.kind).toBe('doubtful');
      }
      for (const [at, query] of LISTS.entries()) {
        const read = await view.list(listing(query));
        if (read.kind === 'read' && listsNotice !== undefined)
          expect([query, read.value.entities.map(({ id }) => id)]).toEqual([query, whole[at]]);
        else expect(['read', 'doubtful']).toContain(read.kind);
      }
      const { doubt } = await view.describe();
      return doubt !== undefined && refusing([doubt]) !== undefined;
    });
    await expectRefused(view);
    const next = await Build.live(view, 2);
    expect(next.generation).not.toBe(build.generation);
    await next.apply([putOf(ID, 0)]);
    expect(ready(await view.get(ID)).value?.id).toBe(ID);
    expect(await view.describe()).not.toHaveProperty('doubt');
  });
});

describe.concurrent('noticed by looks alone', () => {
  test.each(DAMAGES.filter(([what]) => !what.startsWith('a row ') || what === 'a row deleted'))(
    '%s',
    async (_, damage) => {
      const { view, keys } = await filled();
      await damage(redis.client, keys);
      await until(async () => {
        const { doubt } = await view.describe();
        return doubt !== undefined && refusing([doubt]) !== undefined;
      });
      await expectRefused(view);
    },
  );

  test('rows and all orders deleted, of a model without sorts', async () => {
    const { view, keys } = await filled({ filters: [], sorts: [] });
    await redis.client.del([keys.entities, keys.sort('createdAt')]);
    await until(async () => (await view.get(ID)).kind === 'doubtful' || (await view.describe(), false));
  });
});

describe.concurrent('noticed by updates', () => {
  const putAgain = [putOf(ID, 0)];
  const several = [putOf('id-0', 0), putOf(ID, 0), putOf('new', 0), deletion('id-6')];
  const withoutSets = { filters: [], sorts: [] };

  test.each([
    ['alone', putAgain],
    ['among others', several],
  ])('a row that is none, put again %s: the update is refused, and the view doubted', async (_, operations) => {
    const { view, build, keys } = await filled();
    for (const row of ['no row', '', '12', '{"a":1}', '0000020 1 2 3 4 - 999999999999 {}']) {
      await redis.client.hSet(keys.entities, ID, row);
      await expect(view.apply(build.update(operations))).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
    }
    await until(async () => {
      await expect(view.apply(build.update(operations))).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
      return (await view.get('1:id-1')).kind === 'doubtful';
    });
    expect((await view.describe()).doubt?.reason).toBe('CONTRADICTION');
  });

  test.each([
    ['put again alone', INDEXES, putAgain],
    ['put again among others', INDEXES, several],
    ['deleted', INDEXES, [deletion(ID)]],
    ['put again alone, without search and filters', withoutSets, putAgain],
    ['put again among others, without search and filters', withoutSets, several],
    ['deleted, without search and filters', withoutSets, [deletion(ID)]],
  ])(
    'an entity that one part has lost, %s: nothing shows afterwards, but the view is doubted at once',
    async (_, indexes, operations) => {
      for (const lose of [
        (keys: PartitionKeys) => redis.client.multi().hDel(keys.entities, ID).hDel(keys.entries, ID).exec(),
        (keys: PartitionKeys) => redis.client.zRem(keys.sort('createdAt'), ID),
      ]) {
        const model = redis.newModel();
        const search = indexes !== withoutSets;
        const view = await redis.open(model, indexes, { search });
        const build = await Build.live(view, 2);
        await build.apply(['id-0', ID, 'id-6'].map((id) => put(id, { filters: search ? { tag: ['tea'] } : {} })));
        await lose(partitionKeys({ prefix: redis.prefix, model }, build.generation, 0));
        const plain = search ? operations : operations.map((each) => (each.kind === 'put' ? put(each.id) : each));
        await build.apply(plain);
        expect(await view.get('id-0')).toMatchObject({ kind: 'doubtful', doubt: { reason: 'OVERWRITTEN', seen: 1 } });
        expect(await view.list(listing())).toMatchObject({ kind: 'doubtful' });
      }
    },
  );

  test('terms without a row, put again: the update is refused', async () => {
    const { view, build, keys } = await filled();
    await redis.client.multi().hDel(keys.entities, ID).zRem(keys.sort('createdAt'), ID).exec();
    for (const operations of [putAgain, several, [deletion(ID)]])
      await expect(view.apply(build.update(operations))).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  });
});

/** Asks again, about as often as a worker looks, until it answers true. */
async function until(done: () => Promise<boolean>): Promise<void> {
  await expect.poll(done, { timeout: LATCHED_WITHIN_MS, interval: 250 }).toBe(true);
}

/** Nothing is told of what the view holds, absence neither. */
async function expectRefused(view: View): Promise<void> {
  for (const id of [ID, '1:id-1', 'none', '1:none']) expect(await view.get(id)).toMatchObject({ kind: 'doubtful' });
  for (const query of LISTS) expect(await view.list(listing(query))).toMatchObject({ kind: 'doubtful' });
}

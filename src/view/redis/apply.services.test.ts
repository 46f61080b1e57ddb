import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sharedRedis } from '../../../test/services/shared.ts';
import { openEmbeddedView } from '../embedded/embedded-view.ts';
import { batch } from '../view-arbitraries.conformance.ts';
import { ModelView } from '../view-model.conformance.ts';
import {
  Build,
  deletion,
  ids,
  INDEXES,
  listing,
  put,
  quarantined,
  wholeState,
} from '../view-under-test.conformance.ts';
import type { Operation, PutOperation, View, ViewUpdate } from '../view.ts';
import { Applier } from './apply.ts';
import { CommandText } from './command-text.ts';
import { partitionKeys } from './layout.ts';
import { LIMITS } from './limits.ts';
import { Pipe, type Reply } from './pipe.ts';
import type { Lent, Pipes } from './pipes.ts';
import { contentsOf, RedisUnderTest } from './redis-view-under-test.conformance.ts';

let redis: RedisUnderTest;
beforeAll(async () => {
  redis = await RedisUnderTest.at(sharedRedis());
});
afterEach(async () => redis.closeViews());
afterAll(async () => redis.cleanup());

interface NewBuild {
  readonly view: View;
  readonly build: Build;
  readonly model: string;
  /** Whatever its keys hold. */
  contents(): Promise<unknown>;
}

/** A new view with one live partition. */
async function newBuild(): Promise<NewBuild> {
  const model = redis.newModel();
  return nextBuild({ model, view: await redis.open(model, INDEXES) });
}

/** The same view, begun anew. */
async function nextBuild({ view, model }: Pick<NewBuild, 'view' | 'model'>): Promise<NewBuild> {
  const build = await Build.live(view, 1);
  const contents = async () =>
    contentsOf({ client: redis.client, keys: await redis.keys(`{${model}/0}:${build.generation}:`) });
  return { view, build, model, contents };
}

/** An applier that lets others work between its look and its transaction, once; `asked` is called before each exchange. */
async function slowApplier(model: string, others: () => Promise<unknown>, asked: () => void = () => undefined) {
  let isFirst = true;
  const pipe = await Pipe.open(redis.uri, LIMITS.connectMs, new AbortController().signal);
  const send = async (...call: Parameters<Pipe['send']>): Promise<readonly Reply[]> => {
    asked();
    const replies = await pipe.send(...call);
    if (isFirst) await others();
    isFirst = false;
    return replies;
  };
  const lent = { pipe: { send } as Pipe, text: new CommandText() };
  const pipes = { use: (work: (one: Lent) => Promise<unknown>) => work(lent) } as Pipes;
  const names = { prefix: redis.prefix, model };
  const doubt = (_: string, ...found: string[]): Promise<never> => Promise.reject(new Error(found.join(' ')));
  const options = { names, sorts: INDEXES.sorts, hasSets: true, limitMs: LIMITS.applyMs, warn: () => undefined, doubt };
  const applier = new Applier(pipes, options);
  return { applier, close: () => pipe.destroy(new Error('done')) };
}

/** The puts that are left after all operations, in any order. */
function finalPuts(batches: readonly (readonly Operation[])[]): PutOperation[] {
  const left = new Map<string, PutOperation>();
  for (const operation of batches.flat()) {
    if (operation.kind === 'put') left.set(operation.id, operation);
    else left.delete(operation.id);
  }
  return [...left.values()];
}

describe('the keys of a view', () => {
  test('after any updates they are those of a fresh build of what is left: nothing stays behind', async () => {
    let [grown, fresh] = [await newBuild(), await newBuild()];
    await fc.assert(
      fc.asyncProperty(fc.array(batch(), { minLength: 1, maxLength: 6 }), async (batches) => {
        [grown, fresh] = [await nextBuild(grown), await nextBuild(fresh)];
        for (const operations of batches) await grown.build.apply(operations);
        await fresh.build.apply(finalPuts(batches));
        expect(await grown.contents()).toEqual(await fresh.contents());
        expect(await grown.view.checksum()).toBe(await fresh.view.checksum());
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test('a put with another createdAt moves its entries in every set, though none of its values changed', async () => {
    const { build, contents } = await newBuild();
    const former = put('a', { terms: ['ab', 'abcde', '日本'], filters: { tag: ['t'] }, createdAt: 5 });
    await build.apply([former]);
    await build.apply([{ ...former, createdAt: 7 }]);
    const fresh = await newBuild();
    await fresh.build.apply([{ ...former, createdAt: 7 }]);
    expect(await contents()).toEqual(await fresh.contents());
  });

  test('filter values that differ only in unpaired surrogates are two', async () => {
    const { view, build } = await newBuild();
    await build.apply([put('a', { filters: { tag: ['\ud800', 'x'] } }), put('b', { filters: { tag: ['\ud801'] } })]);
    expect(await ids(view, { filters: { tag: '\ud800' } })).toEqual(['a']);
    await build.apply([put('a', { filters: { tag: ['x'] } })]);
    expect(await ids(view, { filters: { tag: '\ud800' } })).toEqual([]);
    expect(await ids(view, { filters: { tag: '\ud801' } })).toEqual(['b']);
  });

  test('an update of many thousand records goes in whole', async () => {
    const { view, build } = await newBuild();
    const many = Array.from({ length: 9_000 }, (_, at) =>
      put(`id-${at}`, { filters: { tag: ['t'] }, terms: ['term'] }),
    );
    await build.apply(many);
    expect(await ids(view, { filters: { tag: 't' }, limit: 1 })).toEqual(['id-0']);
    await build.apply(many.map(({ id }) => deletion(id)));
    const fresh = await newBuild();
    expect(await view.checksum()).toBe(await fresh.view.checksum());
  });
});

test('the checksum is the one that an embedded view of the same log has', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kmodel-view-'));
  const embedded = await openEmbeddedView({ directory, ...INDEXES, partitionOf: () => 0 });
  const made = await newBuild();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(batch(), { maxLength: 4 }), async (batches) => {
        const { view, build } = await nextBuild(made);
        const other = await Build.live(embedded, 1);
        for (const operations of batches) {
          await build.apply(operations);
          await other.apply(operations);
        }
        expect(await view.checksum()).toBe(await embedded.checksum());
      }),
      { numRuns: 20 },
    );
  } finally {
    await embedded.close();
    await rm(directory, { recursive: true, force: true });
  }
});

describe('the checksum tells of index entries that are not what the entities say', () => {
  const damages: [string, (keys: ReturnType<typeof partitionKeys>) => Promise<unknown>][] = [
    ['an entry too many', async (keys) => redis.client.sAdd(keys.filter('tag', 't'), 'nobody')],
    ['an entry too few', async (keys) => redis.client.sRem(keys.prefix('ab'), 'a')],
    ['another score', async (keys) => redis.client.zAdd(keys.sort('createdAt'), { score: -4, value: 'a' })],
    ['a word without a set', async (keys) => redis.client.zAdd(keys.words, { score: 0, value: 'other' })],
    ['a sort entry of nobody', async (keys) => redis.client.zAdd(keys.sort('pay'), { score: -4, value: 'nobody' })],
    ['an entity in no list', async (keys) => redis.client.hSet(keys.entities, 'b', '00000121 1 1 1 - 0 {}')],
    ['entries of nobody', async (keys) => redis.client.hSet(keys.entries, 'b', '\nterm\n')],
  ];
  test.each(damages)('%s', async (_, damage) => {
    const { view, build, model } = await newBuild();
    await build.apply([put('a', { terms: ['abcde'], filters: { tag: ['t'] } })]);
    const before = await view.checksum();
    await damage(partitionKeys({ prefix: redis.prefix, model }, build.generation, 0));
    expect(await view.checksum()).not.toBe(before);
  });
});

describe('a key of another type, which somebody else made', () => {
  type Keys = ReturnType<typeof partitionKeys>;
  const places: [string, (keys: Keys) => string][] = [
    ['entities', (keys) => keys.entities],
    ['packed terms', (keys) => keys.entries],
    ['words', (keys) => keys.words],
    ['quarantine', (keys) => keys.quarantine],
    ['quarantine’s order', (keys) => keys.quarantineOrder],
    ['createdAt', (keys) => keys.sort('createdAt')],
    ['a sort', (keys) => keys.sort('pay')],
    ['a filter', (keys) => keys.filter('tag', 't')],
    ['a prefix', (keys) => keys.prefix('ot')],
    ['a word', (keys) => keys.term('other')],
    ['a word that is left', (keys) => keys.term('former')],
  ];
  /** Those that an update uses that is one script: of a new entity, and nothing else. */
  const placesOfNew = places.filter(([what]) => what !== 'a word that is left' && what !== 'quarantine’s order');
  test.each([
    ...places.map(([what, keyOf]) => [what, 'a', [quarantined(1, 'k')], keyOf] as const),
    ...placesOfNew.map(([what, keyOf]) => [what, 'new', [], keyOf] as const),
  ])(
    'where that of %s should be, at a put of %s: nobody reads what came of it, and the view is begun anew',
    async (_, id, quarantine, keyOf) => {
      const { view, build, model } = await newBuild();
      await build.apply([put('a', { terms: ['former'] })]);
      const key = keyOf(partitionKeys({ prefix: redis.prefix, model }, build.generation, 0));
      await redis.client.del(key);
      await redis.client.set(key, 'somebody else’s');
      const operations = [put(id, { terms: ['other'], filters: { tag: ['t'] }, sorts: { pay: 1 } })];
      const update = build.update(operations, { quarantined: quarantine });
      expect(await view.apply(update)).toEqual({ kind: 'gone' });
      expect(await view.get('a')).toEqual({ kind: 'not-ready' });
      expect(await view.list(listing())).toEqual({ kind: 'not-ready' });
      expect((await view.describe()).generation).toBeUndefined();
      expect(redis.warnings.some((line) => line.includes(key))).toBe(true);
      const again = await Build.live(view, 1);
      await again.apply(operations);
      expect(await ids(view, { filters: { tag: 't' } })).toEqual([id]);
      await expect.poll(() => redis.keys(`:${build.generation}:`)).toEqual([]);
    },
  );
});

describe('an update that is one put', () => {
  /** How often it asks Redis for something. */
  async function exchangesOf(model: string, update: ViewUpdate): Promise<number> {
    let exchanges = 0;
    const { applier, close } = await slowApplier(
      model,
      async () => undefined,
      () => (exchanges += 1),
    );
    expect(await applier.apply(update)).toEqual({ kind: 'applied' });
    close();
    return exchanges;
  }

  test('of a new entity is one exchange, and comes to what it comes to among others', async () => {
    const [alone, among] = [await newBuild(), await newBuild()];
    const one = put('new', { terms: ['ab', 'abcde', '日本'], filters: { tag: ['t', 'u'] }, sorts: { pay: 3 } });
    await alone.build.apply([put('a', { terms: ['abcde'] })]);
    expect(await exchangesOf(alone.model, alone.build.update([one], { live: true, caughtUpAt: 9 }))).toBe(1);
    await among.build.apply([put('a', { terms: ['abcde'] }), one], { nextOffset: 2 });
    expect(await alone.contents()).toEqual(await among.contents());
    expect((await alone.view.describe()).partitions.get(0)).toMatchObject({ live: true, caughtUpAt: 9, checkpoint: 2 });
  });

  test('of one that is there takes a transaction, and is right too', async () => {
    const { build, model, contents } = await newBuild();
    const former = put('a', { terms: ['former'], filters: { tag: ['t'] } });
    await build.apply([former]);
    const next = { ...former, terms: ['next'], filters: {} };
    expect(await exchangesOf(model, build.update([next]))).toBe(2);
    const fresh = await newBuild();
    await fresh.build.apply([next]);
    expect(await contents()).toEqual(await fresh.contents());
  });

  test('of an id in quarantine releases it', async () => {
    const { view, build } = await newBuild();
    await build.apply([], { nextOffset: 1, quarantined: [quarantined(0, 'new')] });
    expect((await view.quarantine(undefined, 10)).records).toHaveLength(1);
    await build.apply([put('new')]);
    expect((await view.quarantine(undefined, 10)).records).toEqual([]);
  });

  test('of more entries than a script should write is a transaction', async () => {
    const { view, build, model } = await newBuild();
    const many = Array.from({ length: 501 }, (_, at) => `term${at}`);
    expect(await exchangesOf(model, build.update([put('a', { terms: many.slice(1) })]))).toBe(1);
    await build.apply([deletion('a')], { fromOffset: 1 });
    expect(await exchangesOf(model, build.update([put('b', { terms: many })], { fromOffset: 2 }))).toBe(2);
    expect(await exchangesOf(model, build.update([put('c', { filters: { tag: many } })], { fromOffset: 3 }))).toBe(2);
    expect(await ids(view, { terms: [{ text: 'term500', prefix: false }] })).toEqual(['b']);
    expect(await ids(view, { filters: { tag: 'term500' } })).toEqual(['c']);
  });
});

describe('workers of several processes', () => {
  test('that claim at once get an epoch each, and the last one alone may apply', async () => {
    const { view, build, model } = await newBuild();
    const others = await Promise.all([1, 2, 3].map(() => redis.open(model, INDEXES)));
    const claims = await Promise.all([view, ...others].map((one) => one.claim(0)));
    const epochs = claims.map((claim) => (claim.kind === 'claimed' ? claim.epoch : 0));
    expect(epochs.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
    const outcomes = await Promise.all(
      [view, ...others].map((one, at) => one.apply(build.update([put('a')], { epoch: epochs[at] ?? 0 }))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'applied').length).toBe(1);
    expect(outcomes[epochs.indexOf(5)]).toEqual({ kind: 'applied' });
  });

  test('that apply the same batches at once apply each once, and the sets stay what the entities say', async () => {
    const [made, another] = [await newBuild(), await newBuild()];
    const others = [made.view, await redis.open(made.model, INDEXES), await redis.open(made.model, INDEXES)];
    await fc.assert(
      fc.asyncProperty(fc.array(batch(), { minLength: 3, maxLength: 6 }), async (batches) => {
        const { view, build } = await nextBuild(made);
        const expected = new ModelView();
        for (const operations of batches) expected.apply(operations);
        // As after a server that forgot its last second: several believe in the same epoch.
        await Promise.all(
          others.map(async (one) => {
            for (const [at, operations] of batches.entries()) {
              await one.apply(build.update(operations, { fromOffset: at, nextOffset: at + 1 }));
            }
          }),
        );
        const fresh = await nextBuild(another);
        await fresh.build.apply(finalPuts(batches));
        expect((await view.describe()).partitions.get(0)?.checkpoint).toBe(batches.length);
        expect(await view.checksum()).toBe(await fresh.view.checksum());
        expect(await ids(view)).toEqual(expected.list(listing()).ids);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test('another one’s apply between look and transaction: nothing of the transaction goes in', async () => {
    const { build, model, contents } = await newBuild();
    await build.apply([put('a', { filters: { tag: ['former'] } })]);
    const between = [put('a', { filters: { tag: ['between'] } })];
    const late = build.update([put('a', { filters: { tag: ['last'] } }), put('b')]);
    const { applier, close } = await slowApplier(model, async () => build.apply(between));
    expect(await applier.apply(late)).toEqual({ kind: 'moved', checkpoint: 2 });
    close();
    const fresh = await newBuild();
    await fresh.build.apply(between);
    expect(await contents()).toEqual(await fresh.contents());
  });

  test('a claim between look and transaction: nothing of the transaction goes in', async () => {
    const { view, build, model, contents } = await newBuild();
    const before = await contents();
    const { applier, close } = await slowApplier(model, async () => view.claim(0));
    expect(await applier.apply(build.update([put('a'), put('b')]))).toEqual({ kind: 'fenced', epoch: 2 });
    close();
    expect(await contents()).toEqual(before);
  });

  test('a mark that is set between look and transaction: the update looks again and goes in', async () => {
    const { view, build, model } = await newBuild();
    const mark = build.update([], { nextOffset: 0, caughtUpAt: 7 });
    const { applier, close } = await slowApplier(model, async () => view.apply(mark));
    expect(await applier.apply(build.update([put('a'), put('b')]))).toEqual({ kind: 'applied' });
    close();
    expect((await view.describe()).partitions.get(0)).toMatchObject({ checkpoint: 2, caughtUpAt: 7 });
    expect(await ids(view)).toEqual(['a', 'b']);
  });

  test('another process is told that a checkpoint moved', async () => {
    const { build, model } = await newBuild();
    const other = await redis.open(model, INDEXES);
    const stop = new AbortController();
    const told = other.moved(stop.signal)[Symbol.asyncIterator]().next();
    await build.apply([put('a')], { nextOffset: 42 });
    expect(await told).toEqual({ done: false, value: new Map([[0, 42]]) });
    stop.abort();
  });
});

describe('a generation that was dropped', () => {
  async function gone(generation: string, model: string): Promise<void> {
    await expect.poll(() => redis.keys(`:${generation}:`)).toEqual([]);
    await expect.poll(() => redis.client.sMembers(`${redis.prefix}:${model}:dropped`)).toEqual([]);
  }

  test('leaves no key, and the one in use loses none', async () => {
    const { view, build, model } = await newBuild();
    const many = Array.from({ length: 600 }, (_, at) =>
      put(`id-${at}`, { terms: [`term${at}`], filters: { tag: [`${at}`] } }),
    );
    await build.apply(many, { quarantined: [quarantined(1, 'k')] });
    const second = await Build.live(view, 1);
    await second.apply(many);
    const before = await wholeState(view);
    await gone(build.generation, model);
    expect(await wholeState(view)).toEqual(before);
    expect((await redis.keys(`:${second.generation}:`)).length).toBeGreaterThan(1200);
  });

  test('is removed by whoever opens the view next, where its remover died, and by two at once', async () => {
    const { view, build, model } = await newBuild();
    await build.apply(Array.from({ length: 300 }, (_, at) => put(`id-${at}`, { terms: [`term${at}`] })));
    const next = await Build.live(view, 1);
    await next.apply([put('a')]);
    await view.close();
    // What can't be: the one in use among those dropped. It is looked at, and left alone.
    await redis.client.sAdd(`${redis.prefix}:${model}:dropped`, [build.generation, next.generation]);
    const again = await Promise.all([redis.open(model, INDEXES), redis.open(model, INDEXES)]);
    await expect.poll(async () => (await redis.keys(`:${build.generation}:`)).length).toBe(0);
    expect((await again[0].describe()).generation?.id).toBe(next.generation);
    expect(await ids(again[0])).toEqual(['a']);
  });
});

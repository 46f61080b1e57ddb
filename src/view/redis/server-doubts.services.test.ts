/** A server that removed keys, was set back or forgot what was noted: its history decides. Servers of these tests' own. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../../test/services/redis.ts';
import { ownRedis } from '../../../test/services/shared.ts';
import { DOUBTS } from '../../doubts.ts';
import { Build, IDENTITY, ids, INDEXES, listing, put, ready } from '../view-under-test.conformance.ts';
import type { View } from '../view.ts';
import { RedisUnderTest } from './redis-view-under-test.conformance.ts';

const ENTITIES = 400;
/** The server knows to a second when a key was used last. Milliseconds. */
const CLOCK_MS = 1_100;
/** Memory is made less by so much until something is evicted. */
const STEP_BYTES = 2_000;

describe.each(['7', '6.2'] as const)('a Redis %s', (version) => {
  const isThere = ownRedis().includes(version);
  let server: RedisServer;
  let redis: RedisUnderTest;
  beforeAll(async () => {
    if (!isThere) return;
    server = await startRedis({ version, settings: ['--maxmemory-samples', '64'] });
    redis = await RedisUnderTest.at(server.uri);
  });
  afterEach(async () => redis?.closeViews());
  afterAll(async () => {
    redis?.client.destroy();
    await server?.remove();
  });

  async function filled(): Promise<{ view: View; build: Build; model: string }> {
    const model = redis.newModel();
    const view = await redis.open(model, INDEXES);
    const build = await Build.live(view, 2);
    await fill(build);
    return { view, build, model };
  }

  /** What the server has evicted. */
  async function evicted(): Promise<number> {
    return Number(/evicted_keys:(\d+)/.exec(await redis.client.info('stats'))?.[1]);
  }

  /** For a moment the server is set up to evict, and does: a few keys of thousands. Afterwards all looks well. */
  async function evictForAMoment(): Promise<void> {
    // Not the bookkeeping, without which there is no view at all: it was used last.
    await new Promise((resolve) => setTimeout(resolve, CLOCK_MS));
    await redis.client.touch((await redis.keys('')).filter((key) => !key.includes('}:')));
    const before = await evicted();
    let most = Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1]);
    await redis.client.configSet('maxmemory-policy', 'allkeys-lru');
    while ((await evicted()) === before) {
      most -= STEP_BYTES;
      await redis.client.configSet('maxmemory', String(most));
    }
    await redis.client.configSet('maxmemory', '0');
    await redis.client.configSet('maxmemory-policy', 'noeviction');
  }

  async function expectEvicted(view: View): Promise<void> {
    expect((await view.describe()).doubt).toMatchObject({
      reason: 'EVICTED',
      evidence: expect.stringMatching(/^expected no evicted key since the last look, found \d+ /),
    });
    await expectRefused(view);
  }

  describe.skipIf(!isThere)('as it happens', () => {
    test('evicting for a moment: the view is doubtful for every process, whoever looked, until it is built anew', async () => {
      const { view, build, model } = await filled();
      const other = await redis.open(model, INDEXES);
      await view.describe();
      await evictForAMoment();
      await expectEvicted(view);
      await expectRefused(other);
      await expectRefused(await redis.open(model, INDEXES));
      // It is noted once, not again and again.
      for (let look = 0; look < 5; look += 1) expect((await view.describe()).doubt?.seen).toBe(1);

      await view.begin(IDENTITY, build.generation);
      const next = await Build.live(view, 2);
      await fill(next);
      for (const each of [view, other]) {
        expect(await each.describe()).not.toHaveProperty('doubt');
        expect(ready(await each.get('id-0')).value?.id).toBe('id-0');
      }
    });

    test('evicting right after the view was begun, before anybody looked', async () => {
      const model = redis.newModel();
      const view = await redis.open(model, INDEXES);
      const generation = await view.begin({ ...IDENTITY, partitions: 1 }, undefined);
      expect((await view.claim(0)).kind).toBe('claimed');
      await fill(await Build.live(await redis.open(redis.newModel(), INDEXES)));
      await evictForAMoment();
      const { generation: found, doubt } = await view.describe();
      // The generation itself may be what was evicted.
      if (found?.id === generation) expect(doubt?.reason).toBe('EVICTED');
      else expect(await view.claim(0)).toEqual({ kind: 'gone' });
    });

    test('evicting while nobody was there: who comes next knows it before the first read', async () => {
      const { model } = await filled();
      await redis.closeViews();
      await evictForAMoment();
      await expectRefused(await redis.open(model, INDEXES));
    });

    test('evicting, and its statistics set back meanwhile: what was evicted since is found', async () => {
      const { view } = await filled();
      await evictForAMoment();
      const next = await filled();
      await next.view.describe();
      await redis.client.sendCommand(['CONFIG', 'RESETSTAT']);
      // A lower number is none that rose.
      expect(await next.view.describe()).not.toHaveProperty('doubt');
      await evictForAMoment();
      await expectEvicted(next.view);
      await expectEvicted(view);
    });

    test('set up to evict without having to: the view is not told to be fine meanwhile, and not built anew for it', async () => {
      const { view } = await filled();
      await redis.client.configSet('maxmemory-policy', 'allkeys-lru');
      await redis.client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await expect
        .poll(async () => view.describe().catch((error: unknown) => String(error)))
        .toContain('maxmemory-policy is allkeys-lru');
      expect(ready(await view.get('id-0')).value?.id).toBe('id-0');
      await redis.client.configSet('maxmemory-policy', 'noeviction');
      expect(await view.describe()).not.toHaveProperty('doubt');
      expect((await ids(view)).length).toBe(ENTITIES);
    });

    test('started anew: that is no doubt by itself, and what it evicts from then on is found', async () => {
      const { view } = await filled();
      await view.describe();
      await server.stop();
      await server.start();
      await expect.poll(async () => view.describe().catch(() => 'away')).toMatchObject({ entities: ENTITIES });
      await expect.poll(async () => redis.client.ping().catch(() => 'away')).toBe('PONG');
      expect(await view.describe()).not.toHaveProperty('doubt');
      expect((await ids(view)).length).toBe(ENTITIES);
      await evictForAMoment();
      await expectEvicted(view);
    });

    test('having lost what was noted of a doubt: the process that knows it serves no more, and notes it again', async () => {
      const { view, build, model } = await filled();
      const doubt = await view.latch(build.generation, 'EVICTED', 'found 3');
      await redis.client.hDel(`${redis.prefix}:${model}`, ['doubts', 'refuses']);
      await expectRefused(view);
      const other = await redis.open(model, INDEXES);
      expect(ready(await other.get('id-0')).value?.id).toBe('id-0');
      expect((await view.describe()).doubt).toEqual(doubt);
      await expectRefused(other);
    });

    test('a doubt that one process releases is released in all', async () => {
      const { view, build, model } = await filled();
      const [second, third] = [await redis.open(model, INDEXES), await redis.open(model, INDEXES)];
      await view.latch(build.generation, 'LOG_SHORTER', 'once');
      await new Promise((resolve) => setTimeout(resolve, DOUBTS.LOG_SHORTER.apartMs + 50));
      await view.latch(build.generation, 'LOG_SHORTER', 'twice');
      for (const each of [view, second, third]) await expectRefused(each);
      await second.describe();
      await view.release(build.generation, 'LOG_SHORTER');
      // By a look, by a read.
      expect(await second.describe()).not.toHaveProperty('doubt');
      for (const each of [view, second, third]) expect(ready(await each.get('id-0')).value?.id).toBe('id-0');
      expect(await third.describe()).not.toHaveProperty('doubt');
      expect(await (await redis.open(model, INDEXES)).describe()).not.toHaveProperty('doubt');
    });

    test('a thousand reads that meet a contradiction at once are one sighting', async () => {
      const { view, model, build } = await filled();
      await redis.client.hDel(`${redis.prefix}:{${model}/0}:${build.generation}:e`, 'id-0');
      const reads = await Promise.all(
        Array.from({ length: 1_000 }, (_, at) => (at % 2 === 0 ? view.get('id-0') : view.list(listing({ limit: 5 })))),
      );
      for (const read of reads)
        expect(read).toMatchObject({ kind: 'doubtful', doubt: { reason: 'CONTRADICTION', seen: 1 } });
    });
  });
});

async function fill(build: Build): Promise<void> {
  const puts = Array.from({ length: ENTITIES }, (_, at) =>
    put(`id-${at}`, {
      terms: [`term${at}`, `word${at % 7}`],
      filters: { tag: [`t${at % 50}`], company: [`c${at}`] },
      sorts: { pay: at },
    }),
  );
  await build.apply(puts);
}

/** Nothing is told of what the view holds, absence neither. */
async function expectRefused(view: View): Promise<void> {
  for (const id of ['id-0', 'none', '1:none']) expect(await view.get(id)).toMatchObject({ kind: 'doubtful' });
  expect(await view.list(listing())).toMatchObject({ kind: 'doubtful' });
}

/** A Redis that fails: killed, emptied, full, evicting, busy, a replica, silent. Servers of these tests' own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../../test/services/redis.ts';
import { ownRedis } from '../../../test/services/shared.ts';
import {
  Build,
  IDENTITY,
  ids,
  type IndexNames,
  INDEXES,
  listing,
  put,
  ready,
  wholeState,
} from '../view-under-test.conformance.ts';
import type { View } from '../view.ts';
import { openRedisView } from './redis-view.ts';
import { plainClient, RedisUnderTest } from './redis-view-under-test.conformance.ts';

describe.each(['7', '6.2'] as const)('a Redis %s that fails', (version) => {
  const isThere = ownRedis().includes(version);
  let server: RedisServer;
  let redis: RedisUnderTest;
  beforeAll(async () => {
    if (!isThere) return;
    server = await startRedis({ version });
    redis = await RedisUnderTest.at(server.uri);
  });
  afterEach(async () => redis?.closeViews());
  afterAll(async () => {
    redis?.client.destroy();
    await server?.remove();
  });

  async function newBuild(indexes: IndexNames = INDEXES): Promise<{ view: View; build: Build; model: string }> {
    const model = redis.newModel();
    const view = await redis.open(model, indexes);
    return { view, build: await Build.live(view, 2), model };
  }

  describe.skipIf(!isThere)('as it happens', () => {
    test('its scripts flushed: everything goes on', async () => {
      const { view, build } = await newBuild();
      for (const id of ['a', 'b']) {
        await redis.client.scriptFlush();
        await build.apply([put(id, { terms: ['term'] })]);
        await redis.client.scriptFlush();
        expect(ready(await view.get(id)).value?.id).toBe(id);
        await redis.client.scriptFlush();
        expect(await ids(view, { terms: [{ text: 'ter', prefix: true }] })).toContain(id);
      }
      await redis.client.scriptFlush();
      expect(await view.claim(0)).toMatchObject({ checkpoint: 2 });
    });

    test('emptied between any two steps: nothing is there, updates find it gone, and a new generation goes on', async () => {
      const { view, build } = await newBuild();
      await build.apply([put('a', { terms: ['x'] })]);
      await redis.client.flushAll();
      expect(await view.apply(build.update([put('b')]))).toEqual({ kind: 'gone' });
      expect(await view.apply(build.update([]))).toEqual({ kind: 'gone' });
      expect(await view.claim(0)).toEqual({ kind: 'gone' });
      expect(await view.get('a')).toEqual({ kind: 'not-ready' });
      expect(await view.list(listing())).toEqual({ kind: 'not-ready' });
      expect((await view.quarantine(undefined, 10)).records).toEqual([]);
      expect(await view.describe()).toEqual({ generation: undefined, partitions: new Map(), quarantined: 0 });
      expect(await redis.keys('')).toEqual([]);
      const begun = await view.begin(IDENTITY, build.generation);
      await redis.client.flushAll();
      expect(await view.claim(0)).toEqual({ kind: 'gone' });
      const second = await Build.begin(view, 2);
      expect(second.generation).not.toBe(begun);
      await second.apply([put('c')], { live: true });
      expect(await view.get('c')).toEqual({ kind: 'not-ready' });
      await second.apply([], { partition: 1, live: true });
      expect(await ids(view)).toEqual(['c']);
    });

    test.each([
      ['of the view', (model: string) => `${redis.prefix}:${model}`],
      ['of a partition', (model: string) => `${redis.prefix}:{${model}/1}`],
    ])('with the bookkeeping %s deleted: there is no generation, and a new one is begun', async (_, keyOf) => {
      const { view, build, model } = await newBuild();
      await redis.client.del(keyOf(model));
      expect(await view.get('a')).toEqual({ kind: 'not-ready' });
      expect((await view.describe()).generation).toBeUndefined();
      const second = await Build.live(view, 2);
      await second.apply([put('a')]);
      expect(await ids(view)).toEqual(['a']);
      await expect.poll(() => redis.keys(`:${build.generation}:`)).toEqual([]);
    });

    test('every key begins with the prefix', async () => {
      const { view, build } = await newBuild();
      await build.apply([put('a', { terms: ['longer'], filters: { tag: ['x'] }, sorts: { pay: 1 } })]);
      await Build.live(view);
      const all = await redis.client.keys('*');
      expect(all.length).toBeGreaterThan(5);
      expect(all.filter((key) => !key.startsWith(`${redis.prefix}:`))).toEqual([]);
    });

    test('out of memory: updates reject and change nothing, reads go on; with memory again they go in', async () => {
      const { view, build } = await newBuild();
      await build.apply([put('a', { terms: ['term'], filters: { tag: ['t'] }, sorts: { pay: 1 } })]);
      const state = await wholeState(view);
      await redis.client.configSet('maxmemory', '100kb');
      const update = build.update([put('a', { terms: ['other'] }), { kind: 'delete', id: 'x' }]);
      for (let tries = 0; tries < 3; tries += 1) await expect(view.apply(update)).rejects.toThrow(/memory/i);
      expect(await wholeState(view)).toEqual(state);
      expect(await ids(view, { filters: { tag: 't' } })).toEqual(['a']);
      await redis.client.configSet('maxmemory', '0');
      expect(await view.apply(update)).toEqual({ kind: 'applied' });
      expect(await ids(view, { filters: { tag: 't' } })).toEqual([]);
    });

    test('filled up by updates themselves: whatever was answered is in, and all of it is once memory is there', async () => {
      const { view, build } = await newBuild();
      const used = Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1]);
      await redis.client.configSet('maxmemory', String(used + 2_000_000));
      const puts = Array.from({ length: 60 }, (_, at) =>
        Array.from({ length: 40 }, (__, n) =>
          put(`${at}-${n}`, { value: `{"x":"${'x'.repeat(3000)}"}`, filters: { tag: [`t${at}`] } }),
        ),
      );
      let refused = 0;
      for (const operations of puts) {
        const update = build.update(operations);
        const before = (await view.describe()).partitions.get(0)?.checkpoint ?? 0;
        expect(before).toBe(update.fromOffset);
        try {
          await build.apply(operations);
        } catch (error) {
          if (!/memory/i.test(String(error))) throw error;
          refused += 1;
          await redis.client.configSet('maxmemory', '0');
          await build.apply(operations);
        }
      }
      expect(refused).toBe(1);
      expect((await ids(view, { filters: { tag: 't59' } })).length).toBe(40);
    });

    test('evicting keys: a view is not opened, with the command that mends it; an open one says so', async () => {
      const { view } = await newBuild();
      await redis.client.configSet('maxmemory-policy', 'allkeys-lru');
      const refused = redis.open('any', INDEXES);
      await expect(refused).rejects.toMatchObject({ code: 'REDIS_UNFIT' });
      await expect(refused).rejects.toThrow('redis-cli CONFIG SET maxmemory-policy noeviction');
      await redis.client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await expect.poll(async () => rejection(view.describe())).toContain('maxmemory-policy is allkeys-lru');
      await redis.client.configSet('maxmemory-policy', 'noeviction');
      expect((await view.describe()).generation).toBeDefined();
    });

    test('with a password: it is told apart from one that is not there, and with the password all is well', async () => {
      const { build, model } = await newBuild();
      await build.apply([put('a')]);
      await redis.client.configSet('requirepass', 'geheim:@/');
      try {
        for (const [user, problem] of [
          ['', 'NOAUTH'],
          [':falsch@', 'WRONGPASS'],
        ]) {
          const refused = redis.open(model, INDEXES, { uri: server.uri.replace('//', `//${user}`) });
          await expect(refused).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
          await expect(refused).rejects.toThrow(problem);
        }
        const uri = server.uri.replace('//', `//:${encodeURIComponent('geheim:@/')}@`);
        expect(await ids(await redis.open(model, INDEXES, { uri }))).toEqual(['a']);
        expect(await (await redis.open(model, INDEXES, { uri: `${uri}/1` })).get('a')).toEqual({ kind: 'not-ready' });
      } finally {
        await redis.client.configSet('requirepass', '');
      }
    });

    test('with a user who may not publish, updates go in; one who may not subscribe is told so', async () => {
      const { model } = await newBuild();
      const may = [
        'on',
        '>geheim',
        `~${redis.prefix.replaceAll(/[[\]*?]/g, '\\$&')}:*`,
        '+@all',
        '-config',
        'resetchannels',
      ];
      await redis.client.sendCommand(['ACL', 'SETUSER', 'kmodel', ...may]);
      const uri = server.uri.replace('//', '//kmodel:geheim@');
      await expect(redis.open(model, INDEXES, { uri })).rejects.toThrow(/subscribe.*NOPERM/);
      await redis.client.sendCommand(['ACL', 'SETUSER', 'kmodel', `&${redis.prefix.replaceAll(/[[\]*?]/g, '\\$&')}:*`]);
      const view = await redis.open(model, INDEXES, { uri });
      const build = await Build.live(view, 2);
      await redis.client.sendCommand(['ACL', 'SETUSER', 'kmodel', '-publish']);
      await build.apply([put('a', { terms: ['term'] })]);
      expect(await ids(view)).toEqual(['a']);
      expect((await view.describe()).partitions.get(0)?.checkpoint).toBe(1);
    });

    test('a generation that was begun for other indexes or other partitions of ids is not read', async () => {
      const { model } = await newBuild();
      const others = [
        await redis.open(model, { ...INDEXES, sorts: ['pay'] }),
        await redis.open(model, INDEXES, { search: false }),
        await redis.open(model, INDEXES, { partitionOf: (id) => id.length % 2 }),
      ];
      for (const other of others) {
        expect(await other.get('a')).toEqual({ kind: 'not-ready' });
        expect(await other.list(listing())).toEqual({ kind: 'not-ready' });
        expect((await other.describe()).generation).toBeDefined();
      }
    });

    test('busy with another’s script: commands reject, and go on when it is done', async () => {
      const { view, build } = await newBuild();
      await redis.client.configSet('lua-time-limit', '50');
      const busy = redis.client.eval('while true do end').catch(() => 'killed');
      const killer = await plainClient(server.uri);
      await expect.poll(async () => rejection(view.get('a'))).toMatch(/busy/i);
      await expect(view.apply(build.update([put('a')]))).rejects.toThrow(/busy/i);
      await killer.sendCommand(['SCRIPT', 'KILL']);
      expect(await busy).toBe('killed');
      killer.destroy();
      await build.apply([put('a')]);
      expect(await ids(view)).toEqual(['a']);
    });

    test('silent: a read gives up after five seconds, an update that went in meanwhile is found in', async () => {
      const { view, build } = await newBuild();
      await server.pause();
      const applying = view.apply(build.update([put('a')]));
      await expect(view.get('a')).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
      await server.resume();
      expect(await applying).toEqual({ kind: 'applied' });
      expect(await view.apply(build.update([put('a')]))).toEqual({ kind: 'moved', checkpoint: 1 });
    });

    test('a replica is not taken for a server of views, with the way to its master', async () => {
      const { model } = await newBuild();
      const port = new URL(server.uri).port;
      const replica = await startRedis({ version, settings: ['--replicaof', '127.0.0.1', port] });
      try {
        await expect
          .poll(
            async () => {
              const client = await plainClient(replica.uri);
              const link = await client.info('replication');
              client.destroy();
              return link;
            },
            { timeout: 60_000 },
          )
          .toContain('master_link_status:up');
        const refused = redis.open(model, INDEXES, { uri: replica.uri });
        await expect(refused).rejects.toMatchObject({ code: 'REDIS_UNFIT' });
        await expect(refused).rejects.toThrow(`a replica (of 127.0.0.1:${port})`);
      } finally {
        await replica.remove();
      }
    });

    test('subscribers whose connection was lost are woken, since they may have missed something', async () => {
      const { view, build } = await newBuild();
      const stop = new AbortController();
      const told = view.moved(stop.signal)[Symbol.asyncIterator]();
      await build.apply([put('a')]);
      while ((await told.next()).value?.get(0) !== 1);
      await redis.client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
      expect(await told.next()).toEqual({ done: false, value: new Map() });
      await build.apply([put('b')]);
      while ((await told.next()).value?.get(0) !== 2);
      stop.abort();
    });

    test('another database of the same server has a view of the same name: each hears its own notices only', async () => {
      const { view, build, model } = await newBuild();
      const elsewhere = await Build.live(await redis.open(model, INDEXES, { uri: `${server.uri}/1` }), 2);
      const stop = new AbortController();
      const told = view.moved(stop.signal)[Symbol.asyncIterator]();
      await elsewhere.apply([put('a')]);
      await build.apply([put('b')], { partition: 1 });
      expect((await told.next()).value).toEqual(new Map([[1, 1]]));
      stop.abort();
    });

    test('killed under updates, again and again: nothing that was answered is missing, and no update is half there', async () => {
      const { view, build, model } = await newBuild();
      let next = 0;
      for (let round = 0; round < 3; round += 1) {
        const answered = { next };
        const working = applyUntilItFails(view, build, answered);
        await sleep(150 + round * 70);
        // Its file is written every second: wait for that, so that what was answered before is kept.
        await sleep(1_100);
        const kept = answered.next;
        await sleep(20);
        await server.stop('SIGKILL');
        await working;
        await expect(view.get('latest')).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
        await server.start();
        await expect.poll(async () => rejection(view.get('latest')), { interval: 20 }).toBe('');
        const read = ready(await view.get('latest'));
        next = read.position.get(0) ?? -1;
        expect(next).toBeGreaterThanOrEqual(Math.min(kept, answered.next) - 1);
        expect(read.value?.value ?? '{"next":0}').toBe(`{"next":${next}}`);
        expect(await ids(view, { filters: { tag: `t${next}` } })).toEqual(next === 0 ? [] : ['latest']);
      }
      const other = await redis.open(model, INDEXES);
      expect(await other.checksum()).toBe(await view.checksum());
      expect(redis.warnings.some((line) => line.includes('trying again'))).toBe(true);
      expect(redis.warnings.some((line) => line.includes('reached again'))).toBe(true);
    });
  });
});

test('a server that is not there is told apart, at once and without its password', async () => {
  const options = { prefix: 'p', model: 'm', ...INDEXES, search: true, partitionOf: () => 0, warn: () => undefined };
  for (const uri of ['redis://user:geheim@127.0.0.1:1/0', 'http://127.0.0.1', 'no address']) {
    const refused = openRedisView({ ...options, uri });
    await expect(refused).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
    expect(await rejection(refused)).not.toContain('geheim');
    expect(await rejection(refused)).not.toContain('\n');
  }
});

/** The message of a rejection; empty: it didn't reject. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => '',
    (error: unknown) => String(error),
  );
}

async function applyUntilItFails(view: View, build: Build, answered: { next: number }): Promise<void> {
  const claim = await view.claim(0);
  if (claim.kind !== 'claimed') throw new Error('the view is gone');
  answered.next = claim.checkpoint;
  for (;;) {
    const next = answered.next + 1;
    const latest = put('latest', { value: `{"next":${next}}`, filters: { tag: [`t${next}`] }, terms: [`term${next}`] });
    const update = build.update([latest], { epoch: claim.epoch, fromOffset: answered.next, nextOffset: next });
    try {
      expect(await view.apply(update)).toEqual({ kind: 'applied' });
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('Redis at')) return;
      throw error;
    }
    answered.next = next;
  }
}

/** The address comes to lead to another server, or forgets its connections. Servers and addresses of these tests' own. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Address } from '../../../test/services/address.ts';
import { type RedisServer, startRedis } from '../../../test/services/redis.ts';
import { ownRedis } from '../../../test/services/shared.ts';
import { keptAlive, tellsTcp } from '../../../test/services/tcp.ts';
import { Build, IDENTITY, INDEXES, put, ready } from '../view-under-test.conformance.ts';
import type { Position, View } from '../view.ts';
import type { Limits } from './limits.ts';
import { partitionKey } from './layout.ts';
import { plainClient, type PlainClient, RedisUnderTest } from './redis-view-under-test.conformance.ts';

const portOf = (server: RedisServer): number => Number(new URL(server.uri).port);

describe.each(['7', '6.2'] as const)('an address of Redis %s', (version) => {
  const isThere = ownRedis().includes(version);
  let servers: [RedisServer, RedisServer];
  let clients: [PlainClient, PlainClient];
  let address: Address;
  let redis: RedisUnderTest;

  beforeAll(async () => {
    if (!isThere) return;
    servers = [await startRedis({ version }), await startRedis({ version })];
    clients = [await plainClient(servers[0].uri), await plainClient(servers[1].uri)];
    address = await Address.open(portOf(servers[0]));
    redis = await RedisUnderTest.at(`redis://127.0.0.1:${address.port}`);
    redis.client.destroy();
  });
  afterEach(async () => {
    if (!isThere) return;
    await redis.closeViews();
    redis.warnings.length = 0;
    for (const client of clients) await client.sendCommand(['REPLICAOF', 'NO', 'ONE']);
    address.leadTo(portOf(servers[0]));
  });
  afterAll(async () => {
    for (const client of clients ?? []) client.destroy();
    await address?.close();
    for (const server of servers ?? []) await server.remove();
  });

  /** The second server has all that the first one has. */
  async function copyToSecond(): Promise<void> {
    await clients[1].sendCommand(['REPLICAOF', '127.0.0.1', String(portOf(servers[0]))]);
    await expect.poll(() => clients[1].info('replication'), WAIT).toContain('master_link_status:up');
    await clients[0].set('last', String(Math.random()));
    await expect.poll(() => clients[1].get('last'), WAIT).toBe(await clients[0].get('last'));
  }

  /** The second server becomes the master, and the first one its replica. */
  async function swap(): Promise<void> {
    await copyToSecond();
    await clients[1].sendCommand(['REPLICAOF', 'NO', 'ONE']);
    await clients[0].sendCommand(['REPLICAOF', '127.0.0.1', String(portOf(servers[1]))]);
    await expect.poll(() => clients[0].info('replication'), WAIT).toContain('master_link_status:up');
  }

  /** How many connections of views a server has. */
  async function connectionsAt(server: 0 | 1): Promise<number> {
    const list = await clients[server].sendCommand<string>(['CLIENT', 'LIST']);
    const ids = list.split('\n').filter((line) => / flags=[NPxt]+ /.test(line));
    return ids.length - 1;
  }

  async function newBuild(limits: Partial<Limits> = {}, partitions = 2) {
    const model = redis.newModel();
    const view = await redis.open(model, INDEXES, { limits });
    return { view, build: await Build.live(view, partitions), model };
  }

  /** The master's own word for what a claim has written. */
  async function epochAt(server: 0 | 1, model: string): Promise<string | null> {
    return await clients[server].hGet(partitionKey({ prefix: redis.prefix, model }, 0), 'epoch');
  }

  describe.skipIf(!isThere)('that comes to lead elsewhere', () => {
    test('claims and new generations go to the new master, though the old one still answers as a replica', async () => {
      const { view, build, model } = await newBuild();
      await build.apply([put('a')]);
      await swap();
      address.leadTo(portOf(servers[1]));
      await expect(view.claim(0)).rejects.toThrow(/READONLY|read only/i);
      await expect.poll(() => view.claim(0).catch(String), WAIT).toMatchObject({ kind: 'claimed', checkpoint: 1 });
      expect(await epochAt(1, model)).toBe('2');
      const begun = await view.begin({ ...IDENTITY, logId: 'log-2' }, build.generation);
      expect((await view.describe()).generation?.id).toBe(begun);
      // Neither the commands' nor the notices' connection stays with the old one.
      await expect.poll(() => connectionsAt(0), WAIT).toBe(0);
    });

    test('an update that the old one refuses takes every connection to the new one', async () => {
      const { view, build } = await newBuild();
      const updates = [build.apply([put('a')]), build.apply([put('b')], { partition: 1 })];
      await Promise.all(updates);
      await swap();
      address.leadTo(portOf(servers[1]));
      const next = build.update([put('c')]);
      await expect(view.apply(next)).rejects.toThrow(/READONLY|read only/i);
      expect(await view.apply(next)).toEqual({ kind: 'applied' });
      await expect.poll(() => connectionsAt(0), WAIT).toBe(0);
      await expect.poll(async () => ready(await view.get('c')).value?.id, WAIT).toBe('c');
    });

    test('one that only reads finds out by a look, is told what is said of changes, and reads at the new master', async () => {
      const { view, build, model } = await newBuild({ lookMs: 100 });
      await build.apply([put('a')]);
      await swap();
      address.leadTo(portOf(servers[1]));
      const stop = new AbortController();
      const told = view.moved(stop.signal)[Symbol.asyncIterator]();
      await expect.poll(() => isDescribed(view), WAIT).toBe('VIEW_UNAVAILABLE');
      await expect.poll(() => isDescribed(view), WAIT).toBe('described');
      await expect.poll(() => connectionsAt(0), WAIT).toBe(0);
      expect(await (await redis.open(model, INDEXES)).apply(build.update([put('b')]))).toEqual({ kind: 'applied' });
      await heard(told, 2);
      stop.abort();
      expect(ready(await view.get('b')).value?.id).toBe('b');
    });

    test('a replica that has lost its master and answers no read is left, too', async () => {
      const { view, build } = await newBuild();
      await build.apply([put('a')]);
      await copyToSecond();
      await clients[1].sendCommand(['REPLICAOF', 'NO', 'ONE']);
      await clients[0].configSet('replica-serve-stale-data', 'no');
      await clients[0].sendCommand(['REPLICAOF', '127.0.0.1', '1']);
      try {
        address.leadTo(portOf(servers[1]));
        await expect(view.get('a')).rejects.toThrow('MASTERDOWN');
        await expect.poll(() => view.get('a').then(() => 'read', String), WAIT).toBe('read');
      } finally {
        await clients[0].sendCommand(['REPLICAOF', 'NO', 'ONE']);
        await clients[0].configSet('replica-serve-stale-data', 'yes');
      }
    });

    test('while it leads to a replica nothing is answered; it says where to lead, and tries again at a pace', async () => {
      const { view, build } = await newBuild();
      await build.apply([put('a')]);
      await swap();
      await expect(view.claim(0)).rejects.toThrow(/READONLY|read only/i);
      const problem = `it is a replica (of 127.0.0.1:${portOf(servers[1])})`;
      await expect.poll(() => view.get('a').then(() => 'read', String), WAIT).toContain(problem);
      await expect(view.get('a')).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
      const [began, taken] = [performance.now(), address.taken];
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      // Two connections, each half a second apart once its pause has grown.
      const seconds = (performance.now() - began) / 1000;
      expect(address.taken - taken).toBeLessThan(4 * seconds + 12);
      expect(address.taken).toBeGreaterThan(taken);
      address.leadTo(portOf(servers[1]));
      await expect.poll(() => view.get('a').then(() => 'read', String), WAIT).toBe('read');
      expect(redis.warnings.filter((line) => line.includes('trying again'))).toHaveLength(1);
      expect(redis.warnings.filter((line) => line.includes('reached again'))).toHaveLength(1);
    });
  });

  describe.skipIf(!isThere)('that forgets its connections', () => {
    const PIPES = 16;

    /** A view with as many open pipes as there can be. */
    async function manyPipes(limits: Partial<Limits>) {
      const made = await newBuild(limits, PIPES);
      const all = Array.from({ length: PIPES }, (_, partition) => partition);
      await Promise.all(all.map((partition) => made.build.apply([put(`a${partition}`)], { partition })));
      expect(address.open).toBeGreaterThan(PIPES);
      return made;
    }

    test('after a rest, updates go on by themselves, and all dead ones cost one short wait together', async () => {
      const { view, build } = await manyPipes({ restMs: 20, proofMs: 1_000 });
      await new Promise((resolve) => setTimeout(resolve, 100));
      address.forget();
      const began = performance.now();
      expect(await view.apply(build.update([put('b')]))).toEqual({ kind: 'applied' });
      expect(performance.now() - began).toBeLessThan((PIPES - 2) * 1_000);
    });

    test('in the midst of work one update fails, and the next one goes on', async () => {
      const { view, build } = await manyPipes({ applyMs: 1_000 });
      address.forget();
      const update = build.update([put('b')]);
      await expect(view.apply(update)).rejects.toThrow('did not answer within 1 s');
      expect(await view.apply(update)).toEqual({ kind: 'applied' });
    });

    test('reads that are asked again and again are answered soon, over a new connection', async () => {
      // Commands that go on being sent keep the silence of a connection from being noticed by itself.
      const { view, build } = await newBuild({ commandMs: 500, silenceMs: 600_000 });
      await build.apply([put('a')]);
      address.forget();
      let refused = 0;
      const asking = setInterval(() => void view.get('a').catch(() => (refused += 1)), 50);
      try {
        await expect.poll(() => view.get('a').then(() => 'read', String), WAIT).toBe('read');
        expect(refused).toBeGreaterThan(0);
      } finally {
        clearInterval(asking);
      }
    });

    test('who waits for changes hears of them again', async () => {
      const { view, build, model } = await newBuild({ pingMs: 100, silenceMs: 500 });
      const stop = new AbortController();
      const told = view.moved(stop.signal)[Symbol.asyncIterator]();
      address.forget();
      // Woken, since something may have been missed.
      expect(await told.next()).toEqual({ done: false, value: new Map() });
      expect(await (await redis.open(model, INDEXES)).apply(build.update([put('a')]))).toEqual({ kind: 'applied' });
      await heard(told, 1);
      stop.abort();
    });

    test.skipIf(!tellsTcp)('the system keeps every connection alive', async () => {
      await manyPipes({});
      await expect.poll(() => keptAlive(address.port).filter(Boolean).length, WAIT).toBeGreaterThanOrEqual(PIPES + 2);
      expect(keptAlive(address.port)).not.toContain(false);
    });
  });
});

const WAIT = { timeout: 60_000 };

async function isDescribed(view: View): Promise<string> {
  return view.describe().then(
    () => 'described',
    ({ code }: { code: string }) => code,
  );
}

/** Waits until the view tells that partition 0 has come so far. */
async function heard(told: AsyncIterator<Position>, checkpoint: number): Promise<void> {
  let next = await told.next();
  while (next.done !== true && next.value.get(0) !== checkpoint) next = await told.next();
  expect(next.done).toBe(false);
}

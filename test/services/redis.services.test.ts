/** A Redis of a test's own. */
import { createClient, type RedisClientType } from '@redis/client';
import { afterEach, describe, expect, test } from 'vitest';
import { answersPing, startRedis, type RedisOptions, type RedisServer } from './redis.ts';
import { ownRedis, sharedRedis } from './shared.ts';

const started: RedisServer[] = [];

async function redis(options?: RedisOptions): Promise<RedisServer> {
  const server = await startRedis(options);
  started.push(server);
  return server;
}

async function asked<T>(server: RedisServer, question: (client: RedisClientType) => Promise<T>): Promise<T> {
  const client: RedisClientType = createClient({ url: server.uri });
  await client.connect();
  try {
    return await question(client);
  } finally {
    client.destroy();
  }
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(async (server) => await server.remove()));
});

describe.each(['6.2', '7'] as const)('a Redis %s of a test', (version) => {
  test.skipIf(!ownRedis().includes(version))('is what was asked for', async () => {
    const server = await redis({ version });
    expect(server.version.startsWith(version === '7' ? '' : '6.2')).toBe(true);
    expect(await asked(server, async (client) => await client.info('server'))).toContain(
      `redis_version:${server.version}`,
    );
  });

  test.skipIf(!ownRedis().includes(version))('has every key after a SIGKILL, on the same port', async () => {
    const server = await redis({ version });
    await asked(server, async (client) => await client.set('k', 'v'));
    await server.stop('SIGKILL');
    expect(await answersPing(server.uri)).toBe(false);
    await server.start();
    expect(await asked(server, async (client) => await client.get('k'))).toBe('v');
    await server.stop();
    await server.start();
    expect(await asked(server, async (client) => await client.get('k'))).toBe('v');
  });
});

test('two are two', async () => {
  const [one, other] = await Promise.all([redis(), redis()]);
  await asked(one, async (client) => await client.set('k', 'v'));
  expect(await asked(other, async (client) => await client.get('k'))).toBeNull();
});

test('takes settings of its own', async () => {
  const server = await redis({ settings: ['--maxmemory', '4mb'] });
  expect(await asked(server, async (client) => await client.configGet('maxmemory'))).toEqual({ maxmemory: '4194304' });
});

test('a setting that it does not know fails with its own words', async () => {
  await expect(startRedis({ settings: ['--no-such-thing', '1'] })).rejects.toThrow(/no-such-thing/);
});

test('the shared one answers', async () => {
  expect(await answersPing(sharedRedis())).toBe(true);
});

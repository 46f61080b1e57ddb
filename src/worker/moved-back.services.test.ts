/** A Redis that goes back to an older state, as after a failover, under a worker that goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sharedRedis } from '../../test/services/shared.ts';
import { openEmbeddedLog } from '../log/embedded/embedded-log.ts';
import { defineModel } from '../model/define.ts';
import { utf8 } from '../model/record.ts';
import { partitionKey } from '../view/redis/layout.ts';
import { openRedisView } from '../view/redis/redis-view.ts';
import type { View } from '../view/view.ts';
import { startWorker } from './worker.ts';

const WAIT = { timeout: 60_000 };

test('a failover that lost the live mark: the partition is claimed again and becomes live again, and reads are answered', async () => {
  const [prefix, directory] = [`test-${randomUUID()}`, mkdtempSync(join(tmpdir(), 'kmodel-worker-'))];
  const model = defineModel({ name: 'thing', partitions: 1, schema: z.strictObject({ title: z.string() }) });
  const redis = await createClient({ url: sharedRedis(), RESP: 2 }).connect();
  const books = partitionKey({ prefix, model: model.name }, 0);
  const log = await openEmbeddedLog({ directory, partitions: 1 });
  const names = { filters: [], sorts: [], search: false, partitionOf: () => 0, warn: () => undefined };
  const view = await openRedisView({ uri: sharedRedis(), prefix, model: model.name, ...names });
  const append = async (id: string): Promise<void> => {
    const value = utf8(JSON.stringify({ title: id }));
    await log.append([{ partition: 0, key: utf8(id), value, headers: {}, timestamp: Date.now() }]);
  };
  let isToFailOver = false;
  const before = async (update: Parameters<View['apply']>[0]): ReturnType<View['apply']> => {
    // Between two looks of the watch: it is the update that finds the older state.
    if (isToFailOver && update.operations.length > 0) {
      isToFailOver = false;
      await redis.sendCommand(['HSET', books, 'checkpoint', '0', 'live', '0']);
    }
    return view.apply(update);
  };
  const failing = new Proxy(view, {
    get(target, name) {
      if (name === 'apply') return before;
      const found = Reflect.get(target, name) as unknown;
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  const worker = startWorker({ model, log, view: failing, group: 'g', logger: pino({ level: 'silent' }) });
  const readOf = async (id: string): Promise<string> => (await view.get(id)).kind;
  try {
    await append('a');
    await expect.poll(() => readOf('a'), WAIT).toBe('read');
    const { partitions } = await view.describe();
    isToFailOver = true;
    await append('b');
    await expect.poll(() => isToFailOver, WAIT).toBe(false);
    await expect.poll(() => readOf('b'), WAIT).toBe('read');
    const after = (await view.describe()).partitions.get(0)!;
    expect(after).toMatchObject({ checkpoint: 2, live: true });
    expect(after.epoch).toBeGreaterThan(partitions.get(0)!.epoch);
    expect(worker.statuses()).toMatchObject([{ phase: 'live', checkpoint: 2 }]);
  } finally {
    await worker.stop();
    await Promise.all([view.close(), log.close()]);
    for (const key of await redis.keys(`${prefix}:*`)) await redis.unlink(key);
    redis.destroy();
    rmSync(directory, { recursive: true, force: true });
  }
});

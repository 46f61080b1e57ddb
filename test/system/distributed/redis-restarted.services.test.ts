/** Redis is restarted under load: with everything that it held, and without its last writes. */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

test('Redis killed and stopped with all that it held goes on with the same view', { timeout: 300_000 }, async () => {
  const stage = await openStage({ ownRedis: {} });
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const generation = (await stage.redis.root())!.generation;
    const load = stage.load({ forMs: 60_000, mostWrites: 8_000, pauseMs: 5 });
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await load.acknowledgedMore(100);
      await stage.redisServer!.stop(signal);
      await stage.redisServer!.start();
      await load.acknowledgedMore(100);
    }
    await load.stop();
    await Promise.all([client.ready(), worker.ready()]);
    await expectTrueView(stage);
    expect((await stage.redis.root())!.generation).toBe(generation);
  } finally {
    await stage.close();
  }
});

/**
 * The checkpoint goes back with what was lost, so the worker applies it once more. Until it has, a read that carries a
 * position from before the loss is not answered from less than it saw.
 */
test('Redis that has lost its last writes is given them again', { timeout: 300_000 }, async () => {
  const stage = await openStage({ ownRedis: { settings: ['--appendonly', 'no'] } });
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const load = stage.load({ forMs: 60_000, mostWrites: 4_000, pauseMs: 2 });
    await load.acknowledgedMore(300);
    await stage.redis.command('SAVE');
    await load.acknowledgedMore(300);
    await load.stop();
    const fields = thingOf(randomFrom(1), 'lost');
    const { position, body } = await ask(stage, client, 'POST', '', { body: fields });
    await ask(stage, client, 'GET', `/${String(body['id'])}`, { position });
    await stage.settle();
    const [before, root] = await Promise.all([stage.redis.checkpoints(), stage.redis.root()]);

    worker.pause();
    await stage.redisServer!.stop('SIGKILL');
    await stage.redisServer!.start();
    const back = await stage.redis.checkpoints();
    const lost = [...before].filter(([partition, { checkpoint }]) => back.get(partition)!.checkpoint < checkpoint);
    expect(lost.length).toBeGreaterThan(0);
    // The client may still be about to connect again.
    await client.ready();
    expect(await ask(stage, client, 'GET', `/${String(body['id'])}`, { position, wait: 1 })).toMatchObject({
      status: 503,
      code: 'VIEW_BEHIND',
    });
    // It would have to know the entity that it changes, and the view can't tell yet.
    expect(await ask(stage, client, 'PUT', `/${String(body['id'])}`, { body: fields, wait: 1 })).toMatchObject({
      status: 503,
      code: 'VIEW_BEHIND',
    });

    worker.resume();
    expect(await ask(stage, client, 'GET', `/${String(body['id'])}`, { position, wait: 20 })).toMatchObject({
      status: 200,
      body: { mark: 'lost' },
    });
    await worker.ready();
    await expectTrueView(stage);
    expect(await stage.redis.root()).toEqual(root);
  } finally {
    await stage.close();
  }
});

/**
 * A changed definition of the model (one index more) rebuilds the view by itself. While workers of both versions run side
 * by side the older one stands by and says so, and the view is built once, not in turns.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { defineThing } from './app.ts';
import { expectTrueView } from './compare.ts';
import { ask, idsOf } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const THINGS = 500;
/** Some looks of both workers, and some tries of the older one. Milliseconds. */
const SIDE_BY_SIDE_MS = 5_000;

test('workers of two versions of the model side by side', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    const random = randomFrom(37);
    await stage.topic.produce(
      Array.from({ length: THINGS }, (_, n) => ({ key: `t${n}`, value: thingOf(random, `m${n}`) })),
    );
    const [client, older] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), older.ready()]);
    const first = (await stage.redis.root())!.generation;

    const newer = await stage.worker({ version: 2 });
    await expect.poll(async () => (await stage.redis.root())!.generation, { timeout: 60_000 }).not.toBe(first);
    const second = (await stage.redis.root())!.generation;
    await expect
      .poll(async () => JSON.stringify(await older.health()), { timeout: 60_000 })
      .toMatch(/newer definition of the model \(version 2, this worker has version 1\)/);
    const end = Date.now() + SIDE_BY_SIDE_MS;
    while (Date.now() < end) {
      expect((await stage.redis.root())!.generation).toBe(second);
      await sleep(100);
    }
    expect(await older.health()).toMatchObject({ ready: false });
    // The newer one keeps all partitions, in a group of its own: the view is complete while the older one stands by.
    const newClient = await stage.client({ version: 2 });
    await Promise.all([newClient.ready(), newer.ready()]);
    expect(await ask(stage, client, 'GET', '')).toMatchObject({ status: 503, code: 'VIEW_NOT_READY' });
    expect(await ask(stage, client, 'POST', '', { body: thingOf(random, 'meanwhile') })).toMatchObject({ status: 201 });
    await stage.settle();
    expect(await older.kill('SIGTERM')).toBe(0);
    expect(await ask(stage, client, 'GET', '')).toMatchObject({ status: 503, code: 'VIEW_NOT_READY' });
    await client.kill('SIGTERM');
    expect(idsOf(await ask(stage, newClient, 'GET', '?place=Oslo&limit=1000')).length).toBeGreaterThan(50);
    const model = defineThing({ name: stage.model.name, version: 2, partitions: stage.model.partitions });
    const ofNewer = Object.create(stage, { model: { value: model } }) as Stage;
    await expectTrueView(ofNewer);
    expect((await stage.redis.root())!.generation).toBe(second);

    // An older one that comes back changes nothing.
    const late = await stage.worker();
    await expect
      .poll(async () => JSON.stringify(await late.health()), { timeout: 60_000 })
      .toMatch(/newer definition of the model/);
    expect((await stage.redis.root())!.generation).toBe(second);
    expect(await late.kill('SIGTERM')).toBe(0);
    await newer.ready();
    expect((await stage.redis.root())!.generation).toBe(second);
  } finally {
    await stage.close();
  }
});

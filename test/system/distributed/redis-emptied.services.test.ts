/**
 * I7: Redis is emptied (FLUSHALL), while the worker is up and while it is down, while clients write and while nobody does.
 * Reads answer 503 until the view is complete again, never an empty list, never that what is there were not there.
 */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask, at, idsOf, watchLists, type Answer } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const THINGS = 700;
/** From the flush to the whole view. Milliseconds. */
const COMPLETE_WITHIN_MS = 60_000;

/** Waits until the list is answered again; answers how long. */
async function completeAgain(stage: Stage, client: RoleProcess): Promise<void> {
  await expect
    .poll(async () => (await ask(stage, client, 'GET', '?limit=1')).status, { timeout: COMPLETE_WITHIN_MS })
    .toBe(200);
}

/** Each answer is the whole list, or says that there is no view. */
function expectWholeOrNone(answers: readonly Answer[], count: number): void {
  const wrong = answers.filter((answer) =>
    answer.status === 200 ? idsOf(answer).length !== count : answer.status !== 503 || answer.code !== 'VIEW_NOT_READY',
  );
  expect(wrong.slice(0, 3).map(({ status, code, body }) => [status, code, JSON.stringify(body).length])).toEqual([]);
  expect(answers.filter(({ status }) => status === 503).length, 'answers without a view').toBeGreaterThan(0);
  expect(answers.at(-1)!.status).toBe(200);
}

test('an emptied Redis is filled again from the log', { timeout: 300_000 }, async () => {
  const stage = await openStage({ ownRedis: {} });
  try {
    const random = randomFrom(5);
    await stage.topic.produce(
      Array.from({ length: THINGS }, (_, n) => ({ key: `t${n}`, value: thingOf(random, `m${n}`) })),
    );
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const first = (await stage.redis.root())!.generation;

    // Nobody writes.
    let watched = watchLists(stage, client);
    await stage.redis.command('FLUSHALL');
    await expect.poll(() => watched.answers.at(-1)?.status, { timeout: 60_000 }).toBe(503);
    await completeAgain(stage, client);
    expectWholeOrNone(await watched.stop(), THINGS);
    expect((await stage.redis.root())!.generation).not.toBe(first);
    await worker.ready();
    await expectTrueView(stage);

    // The worker is down: nothing comes back by itself, and clients still take new things.
    expect(await worker.kill('SIGTERM')).toBe(0);
    await stage.redis.command('FLUSHALL');
    watched = watchLists(stage, client);
    for (const [method, path, body] of [
      ['GET', ''],
      ['GET', '/t1'],
      ['GET', '/nobody'],
      ['GET', '?q=tea'],
      ['PUT', '/t1', thingOf(random, 'refused')],
      ['DELETE', '/t1'],
    ] as const) {
      const answer = await ask(stage, client, method, path, body === undefined ? {} : { body });
      expect([method, path, answer.status, answer.code]).toEqual([method, path, 503, 'VIEW_NOT_READY']);
    }
    const posted = await ask(stage, client, 'POST', '', { body: thingOf(random, 'posted') });
    expect(posted.status).toBe(201);
    const heir = await stage.worker();
    await completeAgain(stage, client);
    expectWholeOrNone(await watched.stop(), THINGS + 1);
    expect(await ask(stage, client, 'GET', `/${String(posted.body['id'])}`, at(posted))).toMatchObject({ status: 200 });
    await heir.ready();
    await expectTrueView(stage);

    // Under load.
    const load = stage.load({ forMs: 40_000, mostWrites: 6_000, pauseMs: 5 });
    for (let flush = 0; flush < 2; flush += 1) {
      await load.acknowledgedMore(100);
      await stage.redis.command('FLUSHALL');
      await completeAgain(stage, client);
    }
    await load.acknowledgedMore(100);
    await load.stop();
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

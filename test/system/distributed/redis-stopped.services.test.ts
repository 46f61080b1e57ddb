/**
 * Redis is away for a while, refusing connections or holding them open without a word. New things are still taken; reads
 * say in time that they can't be answered; the processes stay, and afterwards everything is caught up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

/** Longer than any pause between two tries to connect, and than the limit of a command. Milliseconds. */
const AWAY_MS = 8_000;

const random = randomFrom(11);

/** Waits until reads say so, then writes and reads for the time that Redis is away; answers how many were written. */
async function livesWithout(stage: Stage, client: RoleProcess, worker: RoleProcess): Promise<number> {
  const until = Date.now() + AWAY_MS;
  const read = async (path: string): Promise<void> => {
    while (Date.now() < until) {
      const answer = await ask(stage, client, 'GET', path);
      expect([path, answer.status, answer.code]).toEqual([path, 503, 'VIEW_UNAVAILABLE']);
      await sleep(50);
    }
  };
  let written = 0;
  const write = async (): Promise<void> => {
    while (Date.now() < until) {
      const answer = await ask(stage, client, 'POST', '', { body: thingOf(random, `away${(written += 1)}`) });
      expect([answer.status, answer.code]).toEqual([201, undefined]);
      expect(answer.ms).toBeLessThan(3_000);
      await sleep(20);
    }
  };
  const put = async (): Promise<void> => {
    const answer = await ask(stage, client, 'PUT', '/key-1', { body: thingOf(random, 'unsure') });
    expect([answer.status, answer.code]).toEqual([503, 'VIEW_UNAVAILABLE']);
  };
  const isAlive = async (): Promise<void> => {
    while (Date.now() < until) {
      for (const { url } of [client, worker]) expect((await fetch(`${url}/health/live`)).status).toBe(200);
      await sleep(500);
    }
    expect((await worker.status()).ok).toBe(false);
  };
  await Promise.all([read(''), read('/key-1'), read('?q=tea'), write(), put(), isAlive()]);
  return written;
}

test.each([
  ['refuses connections', 'stop', 'start'],
  ['leaves them without an answer', 'pause', 'resume'],
] as const)('a Redis that %s for a while', { timeout: 300_000 }, async (_, away, back) => {
  const stage = await openStage({ ownRedis: {} });
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const load = stage.load({ forMs: 10_000, mostWrites: 400 });
    await load.acknowledgedMore(300);
    await load.stop();
    const root = await stage.redis.root();

    await stage.redisServer![away]();
    const written = await livesWithout(stage, client, worker);
    expect(written).toBeGreaterThan(20);
    const came = performance.now();
    await stage.redisServer![back]();
    await Promise.all([client.ready(), worker.ready()]);
    await stage.settle();
    console.log(`${written} written; caught up ${Math.round(performance.now() - came)} ms after Redis was back`);
    const { entities } = await expectTrueView(stage);
    expect([...entities.values()].filter(({ fields }) => String(fields['mark']).startsWith('away'))).toHaveLength(
      written,
    );
    expect(await stage.redis.root()).toEqual(root);
    expect([client.alive(), worker.alive()]).toEqual([true, true]);
  } finally {
    await stage.close();
  }
});

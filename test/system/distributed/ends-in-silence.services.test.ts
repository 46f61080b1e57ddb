/** A process ends within ten seconds when it is told to, whatever of the others has stopped without a word. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const WITHIN_MS = 10_000;

test.each(['kafkaServer', 'redisServer'] as const)(
  'SIGTERM to worker and client beside a %s that is stopped',
  { timeout: 300_000 },
  async (stopped) => {
    const stage = await openStage({ ownKafka: {}, ownRedis: {} });
    const random = randomFrom(5);
    try {
      const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
      await Promise.all([client.ready(), worker.ready()]);
      const post = async (mark: string) => await ask(stage, client, 'POST', '', { body: thingOf(random, mark) });
      expect((await post('before')).status).toBe(201);
      await stage[stopped]!.pause();
      const waiting = [...Array(20).keys()].flatMap((at) => [post(`under way ${at}`), ask(stage, client, 'GET', '')]);
      // Longer than a look of the worker's, so that its questions are under way too.
      await sleep(1_500);
      for (const process of [worker, client]) {
        const began = performance.now();
        expect([process.role, await process.kill('SIGTERM'), process.errors()]).toEqual([
          process.role,
          0,
          expect.not.stringContaining('did not stop'),
        ]);
        const tookMs = performance.now() - began;
        console.log(`${process.role}: ${Math.round(tookMs)} ms beside a silent ${stopped}`);
        expect(tookMs).toBeLessThan(WITHIN_MS);
      }
      await Promise.all(waiting);
    } finally {
      await stage[stopped]!.resume();
      await stage.close();
    }
  },
);

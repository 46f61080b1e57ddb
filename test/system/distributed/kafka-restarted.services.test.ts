/**
 * I1: the broker is stopped, and killed, while clients write. Meanwhile reads are answered from the view, and writes are
 * refused or uncertain; what was acknowledged is there afterwards, and all processes go on by themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { ask, at } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import { expectWrites } from './writes.ts';

const AWAY_MS = 2_500;

test('the broker is stopped and killed while clients write', { timeout: 300_000 }, async () => {
  const stage = await openStage({ ownKafka: {}, env: { KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS: '1500' } });
  try {
    const [client, other, worker] = await Promise.all([stage.client(), stage.client(), stage.worker()]);
    await Promise.all([client.ready(), other.ready(), worker.ready()]);
    const random = randomFrom(13);
    const load = stage.load({ forMs: 120_000, mostWrites: 8_000, pauseMs: 5 });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await load.acknowledgedMore(200);
      const known = await ask(stage, client, 'POST', '', { body: thingOf(random, signal) });
      const id = String(known.body['id']);
      await ask(stage, client, 'GET', `/${id}`, at(known));
      await stage.kafkaServer!.stop(signal);

      const away = sleep(AWAY_MS);
      const [read, write] = await Promise.all([
        ask(stage, client, 'GET', `/${id}`, at(known)),
        ask(stage, client, 'POST', '', { body: thingOf(random, `away ${signal}`) }),
      ]);
      expect(read).toMatchObject({ status: 200, body: { id, mark: signal } });
      expect([503, 504]).toContain(write.status);
      expect(['LOG_UNAVAILABLE', 'WRITE_UNCERTAIN']).toContain(write.code);
      // It is not held until the broker is back, if that takes as long as ten times the delivery timeout.
      expect(write.ms).toBeLessThan(15_000);
      expect((await fetch(`${worker.url}/health/live`)).status).toBe(200);
      await away;

      await stage.kafkaServer!.start();
      const back = performance.now();
      await load.acknowledgedMore(200, 30_000);
      await Promise.all([client.ready(), other.ready(), worker.ready()]);
      await stage.settle();
      console.log(`${signal}: writes, reads and the worker go on ${Math.round(performance.now() - back)} ms later`);
    }
    const writes = await load.stop();
    console.log(
      `${load.count('acknowledged')} acknowledged, ${load.count('refused')} refused, ${load.count('unknown')} unknown`,
    );
    expectWrites(writes, await stage.records());
    await expectTrueView(stage);
    expect([client.alive(), other.alive(), worker.alive()]).toEqual([true, true, true]);
  } finally {
    await stage.close();
  }
});

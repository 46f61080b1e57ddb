/** A client whose broker is stopped ends within ten seconds when it is told to, whatever is under way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const WITHIN_MS = 10_000;

test('SIGTERM with writes under way to a broker that is stopped', { timeout: 180_000 }, async () => {
  const stage = await openStage({ ownKafka: {}, env: { KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS: '600000' } });
  try {
    const client = await stage.client();
    const random = randomFrom(3);
    const post = async (mark: string) => await ask(stage, client, 'POST', '', { body: thingOf(random, mark) });
    expect((await post('before')).status).toBe(201);
    await stage.kafkaServer!.pause();
    const waiting = [...Array(20).keys()].map((at) => post(`under way ${at}`));
    await sleep(500);
    const began = performance.now();
    expect(await client.kill('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(WITHIN_MS);
    expect((await Promise.all(waiting)).every(({ status }) => status !== 201)).toBe(true);
  } finally {
    await stage.kafkaServer!.resume();
    await stage.close();
  }
});

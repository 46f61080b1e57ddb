/**
 * PUT, DELETE and a keyed POST see what was answered before they came, whichever process answered it: their status, createdAt and
 * the mark of a key are exact for requests that follow each other, without any position. And what is uncertain is remembered
 * like what is acknowledged: a retry with the same key stores nothing twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask, type Answer } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const ROUNDS = 60;
const UNCERTAIN_ROUNDS = 4;

const shown = ({ status, code }: Answer): unknown => [status, code];
const count = (one: unknown, of: readonly unknown[]): number =>
  of.filter((each) => String(each) === String(one)).length;

test('requests that follow each other through two clients', { timeout: 180_000 }, async () => {
  const stage = await openStage();
  try {
    const [one, other, worker] = await Promise.all([stage.client(), stage.client(), stage.worker()]);
    await Promise.all([one.ready(), other.ready(), worker.ready()]);
    const random = randomFrom(23);
    const answers = { put: [] as unknown[], again: [] as unknown[], reused: [] as unknown[], deleted: [] as unknown[] };
    let kept = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const [first, second] = [thingOf(random, `first${round}`), thingOf(random, `second${round}`)];
      const key = `key-${round}`;
      const posted = await ask(stage, one, 'POST', '', { body: first, key });
      expect(posted.status).toBe(201);
      answers.reused.push(shown(await ask(stage, other, 'POST', '', { body: second, key })));
      const id = String(posted.body['id']);
      const plain = await ask(stage, one, 'POST', '', { body: first });
      answers.deleted.push(shown(await ask(stage, other, 'DELETE', `/${String(plain.body['id'])}`)));

      const edited = await ask(stage, one, 'PUT', `/${id}`, { body: first });
      const put = await ask(stage, other, 'PUT', `/${id}`, { body: second });
      answers.put.push(shown(put));
      if (put.body['createdAt'] === posted.body['createdAt'] && edited.body['createdAt'] === posted.body['createdAt'])
        kept += 1;
      answers.again.push(shown(await ask(stage, one, 'POST', '', { body: first, key })));
    }
    expect({
      put: count([200, undefined], answers.put),
      again: count([201, undefined], answers.again),
      reused: count([422, 'IDEMPOTENCY_KEY_REUSED'], answers.reused),
      deleted: count([204, undefined], answers.deleted),
      kept,
    }).toEqual({ put: ROUNDS, again: ROUNDS, reused: ROUNDS, deleted: ROUNDS, kept: ROUNDS });
    const fold = await expectTrueView(stage);
    expect(fold.entities.size).toBe(ROUNDS);
  } finally {
    await stage.close();
  }
});

const ATTEMPTS = 10;

interface Keyed {
  readonly body: object;
  readonly key: string;
}

/** A keyed POST whose outcome nobody knows: the broker stopped between its look and its append, and stands still. */
async function becomeUncertain(
  stage: Stage,
  client: RoleProcess,
  requestOf: (attempt: number) => Keyed,
): Promise<{ request: Keyed; uncertain: Answer }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const request = requestOf(attempt);
    // A client that has written just before sends the record at once; else it would have to ask who leads, in vain.
    await expect.poll(async () => (await ask(stage, client, 'POST', '', { body: request.body })).status).toBe(201);
    await stage.redisServer!.pause();
    const sent = ask(stage, client, 'POST', '', { ...request, wait: 20 });
    await sleep(ASKED_AFTER_MS);
    await stage.kafkaServer!.pause();
    await stage.redisServer!.resume();
    const answer = await sent;
    if (answer.status === 504) return { request, uncertain: answer };
    expect(shown(answer)).toEqual([503, 'LOG_UNAVAILABLE']);
    await stage.kafkaServer!.resume();
  }
  throw new Error(`no write of ${ATTEMPTS} became uncertain`);
}

/** By then a request has asked the log where its partition ends, and waits for Redis. Milliseconds. */
const ASKED_AFTER_MS = 500;

test('a keyed POST that was uncertain, sent again at once', { timeout: 180_000 }, async () => {
  const env = { KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS: '1500' };
  const stage = await openStage({ ownKafka: {}, ownRedis: {}, env });
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const random = randomFrom(29);
    const ids: string[] = [];
    for (let round = 0; round < UNCERTAIN_ROUNDS; round += 1) {
      const { request, uncertain } = await becomeUncertain(stage, client, (attempt) => ({
        body: thingOf(random, `round${round}`),
        key: `key-${round}-${attempt}`,
      }));
      const id = String(uncertain.body['id']);
      // The log can't tell, so nothing is written, and the answer doesn't wait for ever.
      const early = await Promise.all([
        ask(stage, client, 'POST', '', { ...request, wait: 1 }),
        ask(stage, client, 'PUT', `/${id}`, { body: request.body, wait: 1 }),
        ask(stage, client, 'DELETE', `/${id}`, { wait: 1 }),
      ]);
      expect(early.map(shown)).toEqual(early.map(() => [503, 'LOG_UNAVAILABLE']));
      await stage.kafkaServer!.resume();

      const again = await ask(stage, client, 'POST', '', { ...request, wait: 20 });
      expect(shown(again)).toEqual([201, undefined]);
      expect(again.body['id']).toBe(id);
      const once = await ask(stage, client, 'POST', '', { ...request, wait: 20 });
      expect(once.body).toEqual(again.body);
      ids.push(id);
    }
    const records = await stage.records();
    const times = ids.map((id) => records.filter(({ key }) => String(key) === id).length);
    expect(times).toEqual(ids.map(() => 1));
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

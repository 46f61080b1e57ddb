/**
 * Two systems on one prefix of Redis, as by mistake: the same model on two topics. No answer of one ever shows what the other
 * wrote: a client whose log isn't the view's answers 503 and says so, and so does its readiness.
 */
import { expect, test } from 'vitest';
import type { RoleProcess } from './processes.ts';
import { type Answer, ask, idsOf } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import { storyTopic } from './topic.ts';

const ROUNDS = 30;

test('two topics on one prefix: no answer shows what belongs to the other', { timeout: 180_000 }, async () => {
  const stage = await openStage();
  const { name } = stage.topic;
  const second = storyTopic(stage.brokers, `${name}-other`, stage.topic.partitions);
  try {
    await second.create();
    const env = { KMODEL_TEST_MODEL_TOPIC: second.name };
    const [mine, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([mine.ready(), worker.ready()]);
    const theirs = await stage.client({ env });
    const random = randomFrom(47);
    const written = new Map<RoleProcess, Set<string>>([
      [mine, new Set()],
      [theirs, new Set()],
    ]);
    const others = await stage.worker({ env });
    const wrong: unknown[] = [];
    const see = (client: RoleProcess, answer: Answer): void => {
      const ids =
        answer.status === 200 ? (answer.body['items'] === undefined ? [String(answer.body['id'])] : idsOf(answer)) : [];
      wrong.push(...ids.filter((id) => !written.get(client)!.has(id)));
      expect([200, 201, 404, 503]).toContain(answer.status);
    };
    const clients = [mine, theirs] as const;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const client of clients) {
        const posted = await ask(stage, client, 'POST', '', { body: thingOf(random, `r${round}`) });
        expect(posted.status).toBe(201);
        written.get(client)!.add(String(posted.body['id']));
        for (const other of clients) see(other, await ask(stage, other, 'GET', '?limit=1000'));
        for (const other of clients) see(other, await ask(stage, other, 'GET', `/${String(posted.body['id'])}`));
      }
    }
    expect(wrong).toEqual([]);

    // The first one keeps the view; the other one says what is wrong, everywhere.
    const list = await ask(stage, theirs, 'GET', '');
    expect(list).toMatchObject({ status: 503, code: 'VIEW_NOT_READY' });
    expect(String(list.body['detail'])).toMatch(/another log .* :redis \{:prefix …\}/);
    const { models } = await theirs.status();
    expect(models[0]!.problems.join('\n')).toMatch(/belongs to another log .* :redis \{:prefix …\}/);
    expect((await fetch(`${theirs.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${others.url}/health/ready`)).status).toBe(503);
    await mine.ready();
    expect(idsOf(await ask(stage, mine, 'GET', `?limit=1000`)).length).toBeGreaterThan(0);
    // And the first one is told who stands by.
    await expect
      .poll(async () => (await mine.status()).models[0]!.problems.join('\n'), { timeout: 30_000 })
      .toMatch(/stands by/);
  } finally {
    await stage.close();
    await second.remove().catch(() => undefined);
    await second.close();
  }
});

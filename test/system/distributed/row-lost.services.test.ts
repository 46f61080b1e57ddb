/**
 * Rows of the view are deleted behind its back. What a write would take from it (createdAt, whether the entity is new, what a key
 * was used for) would get into the log and stay wrong for ever, so nothing is written until the view was built anew.
 */
import { expect, test } from 'vitest';
import { partitionKeys } from '../../../src/view/redis/layout.ts';
import { expectTrueView } from './compare.ts';
import { type Answer, ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const THINGS = 12;
const AGAIN_WITHIN_MS = 60_000;

test(
  'writes to entities whose rows are gone write nothing, then keep their createdAt',
  { timeout: 180_000 },
  async () => {
    const stage = await openStage();
    try {
      const [client, other, worker] = await Promise.all([stage.client(), stage.client(), stage.worker()]);
      await Promise.all([client.ready(), other.ready(), worker.ready()]);
      const random = randomFrom(41);
      const bodies = Array.from({ length: THINGS }, (_, n) => thingOf(random, `m${n}`));
      const posted: Answer[] = [];
      for (const [n, body] of bodies.entries())
        posted.push(await ask(stage, client, 'POST', '', { body, key: `k${n}` }));
      const idOf = (answer: Answer): string => String(answer.body['id']);
      await stage.settle();
      const before = (await stage.records()).length;

      const { generation } = (await stage.redis.root())!;
      const names = { prefix: stage.model.name, model: stage.model.name };
      for (const answer of posted) {
        const { entities } = partitionKeys(names, generation, stage.topic.partitionOf(idOf(answer)));
        expect(await stage.redis.command('HDEL', entities, idOf(answer))).toBe(1);
      }
      const statuses = new Set<unknown>();
      for (const [n, answer] of posted.entries()) {
        const through = n % 2 === 0 ? client : other;
        const body = bodies[n]!;
        for (const one of [
          await ask(stage, through, 'GET', `/${idOf(answer)}`),
          await ask(stage, through, 'PUT', `/${idOf(answer)}`, { body }),
          await ask(stage, through, 'POST', '', { body, key: `k${n}` }),
          await ask(stage, through, 'DELETE', `/${idOf(answer)}`),
        ])
          statuses.add(`${one.status} ${one.code}`);
      }
      for (const status of statuses) expect(status).toMatch(/^503 VIEW_/);
      expect((await stage.records()).length).toBe(before);

      for (const [n, answer] of posted.entries()) {
        await expect
          .poll(() => ask(stage, other, 'PUT', `/${idOf(answer)}`, { body: bodies[n]! }), { timeout: AGAIN_WITHIN_MS })
          .toMatchObject({ status: 200, body: { createdAt: answer.body['createdAt'] } });
      }
      await expectTrueView(stage);
    } finally {
      await stage.close();
    }
  },
);

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../../test/services/redis.ts';
import { ownRedis, sharedRedis } from '../../../test/services/shared.ts';
import { Build, put, ready } from '../view-under-test.conformance.ts';
import { describeViewConformance } from '../view.conformance.ts';
import { RedisUnderTest } from './redis-view-under-test.conformance.ts';

describe.each(['7', '6.2'] as const)('Redis %s', (version) => {
  let own: RedisServer | undefined;
  let redis: RedisUnderTest;

  beforeAll(async () => {
    const given = version === '6.2' ? process.env['KMODEL_TEST_REDIS_62'] : sharedRedis();
    if (given === undefined) own = await startRedis({ version });
    redis = await RedisUnderTest.at(given ?? own?.uri ?? '');
  });
  afterAll(async () => {
    await redis.cleanup();
    await own?.remove();
  });

  describe.skipIf(version === '6.2' && !ownRedis().includes('6.2'))('as a server of views', () => {
    describeViewConformance(`the view in Redis ${version}`, async (indexes) => {
      const model = redis.newModel();
      let view = await redis.open(model, indexes);
      return {
        view,
        reopen: async () => {
          await view.close();
          view = await redis.open(model, indexes);
          return view;
        },
        cleanup: async () => view.close(),
      };
    });

    test('an entity is found in its partition, by as many gets at once as one likes', async () => {
      const view = await redis.open(redis.newModel(), { filters: [], sorts: [] });
      const build = await Build.live(view, 3);
      const ids = Array.from({ length: 500 }, (_, at) => `${at % 3}:${at}`);
      for (const partition of [0, 1, 2]) {
        const own = ids.filter((id) => id.startsWith(`${partition}:`));
        await build.apply(
          own.map((id) => put(id, { partition })),
          { partition },
        );
      }
      const reads = await Promise.all([...ids, '1:nobody'].map((id) => view.get(id)));
      expect(reads.map((read) => ready(read).value?.id)).toEqual([...ids, undefined]);
      expect(ready(await view.get('2:2')).position).toEqual(new Map([167, 167, 166].entries()));
    });
  });
});

/** The comparison that every story ends with finds what is wrong: a true view passes, and one that was tampered with doesn't. */
import { expect, test } from 'vitest';
import { partitionKeys, type PartitionKeys } from '../../../src/view/redis/layout.ts';
import { compareView, expectTrueView } from './compare.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

test(
  'a flipped value, a missing member, a wrong score and a leftover are each found',
  { timeout: 300_000 },
  async () => {
    const stage = await openStage();
    try {
      const random = randomFrom(1);
      const records = Array.from({ length: 300 }, (_, n) => ({ key: `t${n % 150}`, value: thingOf(random, `m${n}`) }));
      await stage.topic.produce([...records, { key: 't7', value: null }]);
      const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
      await Promise.all([client.ready(), worker.ready()]);
      const { entities } = await expectTrueView(stage);
      expect(entities.size).toBe(149);

      const { redis } = stage;
      const { generation } = (await redis.root())!;
      const keysOf = (id: string): PartitionKeys => partitionKeys(redis.names, generation, stage.topic.partitionOf(id));
      const rows = keysOf('t8').entities;
      const company = keysOf('t9').filter('company', String(entities.get('t9')!.fields['company']));
      const rank = keysOf('t10').sort('rank');
      const xylophone = keysOf('t11').term('xylophone');
      const never = keysOf('t12').term('never');

      const row = String(await redis.command('HGET', rows, 't8'));
      await redis.command('HSET', rows, 't8', row.replace('"mark":"m', '"mark":"M'));
      await redis.command('SREM', company, 't9');
      const score = String(await redis.command('ZSCORE', rank, 't10'));
      await redis.command('ZADD', rank, '-1000', 't10');
      await redis.command('SADD', xylophone, 'nobody');
      await redis.command('SADD', never, 't12');

      const { differences } = await compareView(stage);
      for (const expected of [
        /^entity t8: the view shows .*"mark":"M/,
        /^the rows .* has "t8" as /,
        /^list \{"company":.* expected; at /,
        /^the set .*:f:company:.* lacks "t9"$/,
        /^list \{"sort":"rank","order":"desc"\}: 149 found, 149 expected; at 0 it is t10, not /,
        /^the set .*:s:rank" has "t10" as -1000, not /,
        /^the set .*:t:xylophone" has the leftover "nobody"$/,
        /^Redis holds the leftover .*:t:never"$/,
      ]) {
        expect(differences).toContainEqual(expect.stringMatching(expected));
      }

      await redis.command('HSET', rows, 't8', row);
      await redis.command('SADD', company, 't9');
      await redis.command('ZADD', rank, score, 't10');
      await redis.command('SREM', xylophone, 'nobody');
      await redis.command('DEL', never);
      await expectTrueView(stage);
    } finally {
      await stage.close();
    }
  },
);

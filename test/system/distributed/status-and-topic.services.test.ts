/**
 * `kmodel status` and `kmodel topic` beside the running system. A topic or a Redis that is unfit is refused with a command
 * that mends it when it is run as printed.
 */
import { expect, test } from 'vitest';
import type { WireStatus } from '../../../src/http/wire.ts';
import { kmodel, runPrinted } from './commands.ts';
import { expectTrueView } from './compare.ts';
import { type Answer, ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

test(
  'an unfit topic and an unfit Redis are refused, mended, and then status tells how all is',
  { timeout: 300_000 },
  async () => {
    const stage = await openStage({ ownKafka: {}, ownRedis: {}, topic: false, partitions: 4 });
    try {
      const { name } = stage.topic;
      const server = stage.kafkaServer!;

      // Whoever only looks makes no topic, and says how to.
      const absent = await kmodel(stage, ['status']);
      expect(absent.code).toBe(1);
      expect(absent.stdout).toContain(`there is no topic ${name}; run: kafka-topics.sh `);
      const create = `kafka-topics.sh --bootstrap-server ${stage.brokers} --create --topic ${name}`;
      await runPrinted(server, `${create} --partitions 3 --config cleanup.policy=compact,delete`);

      const unfit = await kmodel(stage, ['topic']);
      expect(unfit).toMatchObject({ code: 1, stdout: '' });
      const [, mendPolicy] = /found cleanup\.policy=compact,delete; run: (kafka-configs\.sh [^;]+);/.exec(
        unfit.stderr,
      )!;
      const [, mendCount] = /expected 4 partitions, found 3; run, .*?: (kafka-topics\.sh [^;]+);/.exec(unfit.stderr)!;
      await expect(stage.worker()).rejects.toThrow(mendPolicy!);
      // A client starts: what a view holds can be read. It writes nothing to a topic that deletes.
      const early = await stage.client();
      const post = async (): Promise<Answer> =>
        await ask(stage, early, 'POST', '', { body: thingOf(randomFrom(1), 'early') });
      const refusal = await post();
      expect(refusal).toMatchObject({ status: 503, code: 'LOG_REFUSES' });
      expect(refusal.body['detail']).toContain(mendPolicy!);
      await runPrinted(server, mendPolicy!);
      expect((await kmodel(stage, ['topic'])).stderr).not.toContain('cleanup.policy=compact,delete');
      await runPrinted(server, mendCount!);
      const fit = await kmodel(stage, ['topic']);
      expect(fit).toMatchObject({ code: 0, stderr: '' });
      expect(fit.stdout).toContain(`topic ${name}: fits (4 partitions)`);
      expect(fit.stdout).toMatch(/cleanup\.policy=compact(,|$)/m);
      expect(fit.stdout).toContain(await stage.topic.id());
      // Also what was refused before is taken now, by the same process.
      await expect.poll(async () => (await post()).status, { timeout: 30_000 }).toBe(201);
      await early.kill('SIGTERM');

      await stage.redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      const refused = await stage.worker().then(
        () => '',
        (error: unknown) => String(error),
      );
      expect(refused).toContain('this Redis can not hold a view');
      const [, mendRedis] = /run redis-cli ([^(]+) \(/.exec(refused)!;
      expect((await kmodel(stage, ['status'])).stdout).toContain('maxmemory-policy is allkeys-lru');
      await stage.redis.command(...mendRedis!.trim().split(' '));

      const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
      await Promise.all([client.ready(), worker.ready()]);
      const load = stage.load({ mostWrites: 300 });
      await load.acknowledgedMore(200);
      await load.stop();
      await stage.settle();
      const well = await kmodel(stage, ['status']);
      expect(well).toMatchObject({ code: 0, stderr: '' });
      const rows = well.stdout.split('\n').filter((line) => /^ +\d+ /.test(line));
      expect(rows).toHaveLength(4);
      for (const row of rows) expect(row).toMatch(/^ +\d+ +0 +\d+ +\d+ +0 +\S+-\d+ +live$/);
      const [json, byUrl] = await Promise.all([
        kmodel(stage, ['status', '--json']),
        kmodel(stage, ['status', '--json', '--url', worker.url]),
      ]);
      const read = ({ code, stdout }: typeof json): unknown => {
        const { ok, models } = JSON.parse(stdout) as WireStatus;
        return { code, ok, models: models.map((model) => ({ ...model, at: undefined })) };
      };
      expect(read(json)).toEqual(read(byUrl));
      expect(read(json)).toMatchObject({ code: 0, ok: true, models: [{ model: name, quarantined: 0, problems: [] }] });

      // What needs a person: a record in quarantine, partitions that nobody keeps.
      await stage.topic.produce([{ key: 'poison', value: 'no JSON' }]);
      const partition = stage.topic.partitionOf('poison');
      const offset = (await stage.topic.ends()).get(partition)!.stable - 1;
      await stage.settle();
      const poisoned = await kmodel(stage, ['status']);
      expect(poisoned.code).toBe(1);
      expect(poisoned.stdout).toContain('1 record is in quarantine');
      await expectTrueView(stage, { poison: [{ partition, offset }] });

      expect(await worker.kill('SIGTERM')).toBe(0);
      const alone = await kmodel(stage, ['status', '--json', '--url', client.url]);
      expect(alone.code).toBe(1);
      expect((JSON.parse(alone.stdout) as WireStatus).models[0]!.problems).toContain(
        'no worker keeps partitions 0–3: start a worker',
      );
    } finally {
      await stage.close();
    }
  },
);

/**
 * The broker is killed, loses the end of its file, and goes on in the epoch that it had (3.9 elects nobody where its only broker
 * is back soon): neither length nor epochs tell, only the records. The worker is there, and asks for more when the log has
 * grown past where it was.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokerFolder, cutBatches } from '../../../src/log/kafka/broker-files.conformance.ts';
import { ownKafka } from '../../services/shared.ts';
import { kmodel } from './commands.ts';
import { expectTrueView } from './compare.ts';
import { ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, storySeed, thingOf } from './things.ts';

const WITHIN_MS = 60_000;
const KEPT = 12;
const LOST = 5;
const AGAIN = 9;

test.skipIf(!ownKafka().includes('3.9'))(
  'a log that was cut and grew again in one epoch holds the view; nothing that was acknowledged is missing in the end',
  { timeout: 300_000 },
  async (story) => {
    const settings = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' };
    const stage = await openStage({ ownKafka: { version: '3.9', settings }, partitions: 1 });
    try {
      const folder = await brokerFolder(stage.brokers);
      if (folder === undefined) return story.skip("the broker's files are not on this disk");
      const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
      await Promise.all([client.ready(), worker.ready()]);
      const random = randomFrom(storySeed());
      const ids: string[] = [];
      const post = async (mark: string): Promise<void> => {
        await expect
          .poll(
            async () => {
              const answer = await ask(stage, client, 'POST', '', { body: thingOf(random, mark) });
              if (answer.status === 201) ids.push(String(answer.body['id']));
              return answer.status;
            },
            { timeout: WITHIN_MS },
          )
          .toBe(201);
      };
      for (let n = 0; n < KEPT + LOST; n += 1) await post(`first-${n}`);
      await stage.settle();
      worker.pause();
      await stage.kafkaServer!.stop('SIGKILL');
      cutBatches(join(folder, `${stage.topic.name}-0`), LOST);
      await stage.kafkaServer!.start();
      for (let n = 0; n < AGAIN; n += 1) await post(`again-${n}`);
      expect((await stage.topic.ends()).get(0)!.end).toBeGreaterThanOrEqual(KEPT + AGAIN);
      worker.resume();

      const problems = async (): Promise<string> => (await client.status()).models[0]!.problems.join('\n');
      await expect
        .poll(problems, { timeout: WITHIN_MS, interval: 200 })
        .toMatch(/no longer holds the records[^]*kmodel recover/);
      expect((await ask(stage, client, 'GET', `/${ids[0]}`)).status).toBe(503);
      const ran = await kmodel(stage, ['recover']);
      expect(ran.code, ran.stderr).toBe(0);
      await expect
        .poll(async () => (await ask(stage, client, 'GET', '?limit=1')).status, { timeout: WITHIN_MS })
        .toBe(200);
      await expectTrueView(stage);
      const found = await Promise.all(ids.map(async (id) => (await ask(stage, client, 'GET', `/${id}`)).status));
      expect(found).toEqual(ids.map(() => 200));
    } finally {
      await stage.close();
    }
  },
);

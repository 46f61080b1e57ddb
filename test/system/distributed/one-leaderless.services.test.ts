/**
 * One broker of three is away, and with it the only copy of some partitions: these have trouble, and nothing else has. Others
 * are read and written, workers keep them, processes start; and all is well again by itself.
 */
import { Admin } from '@platformatic/kafka';
import { afterEach, expect, test } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../services/kafka-cluster.ts';
import { ownKafka } from '../../services/shared.ts';
import { expectTrueView } from './compare.ts';
import { ask, at } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** The partitions that this broker leads. */
async function ledBy(stage: Stage, broker: number): Promise<readonly number[]> {
  const admin = new Admin({ clientId: 'story', bootstrapBrokers: stage.brokers.split(',').slice(0, 1) });
  try {
    const { topics } = await admin.metadata({ topics: [stage.topic.name], forceUpdate: true });
    const partitions = topics.get(stage.topic.name)!.partitions;
    return Object.entries(partitions).flatMap(([number, { leader }]) => (leader === broker ? [Number(number)] : []));
  } finally {
    await admin.close();
  }
}

test.skipIf(ownKafka().length === 0)(
  'partitions without a leader take nothing else with them',
  { timeout: 300_000 },
  async (story) => {
    const cluster: KafkaCluster | undefined = await startKafkaCluster(3, ownKafka()[0]!);
    if (cluster === undefined) return story.skip('there is no Java here');
    ends.push(() => cluster.remove());
    const stage = await openStage({ cluster, partitions: 6, env: { KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS: '3000' } });
    ends.push(() => stage.close());
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const load = stage.load({ mostWrites: 300 });
    await load.acknowledgedMore(200);
    await load.stop();
    await stage.settle();
    const away = await ledBy(stage, 2);
    expect(away.length).toBeGreaterThan(0);
    await cluster.broker(2).stop('SIGKILL');
    const phases = async (): Promise<readonly string[]> =>
      (await worker.health()).partitions.map(({ partition, phase }) => `${partition} ${phase}`).toSorted();
    const expected = [0, 1, 2, 3, 4, 5].map((each) => `${each} ${away.includes(each) ? 'failing' : 'live'}`);
    await expect.poll(phases, { timeout: 60_000 }).toEqual(expected);

    // Ids of each partition, so that it is known whose they are.
    const random = randomFrom(7);
    const idOf = (partition: number, name: string): string => {
      let n = 0;
      while (stage.topic.partitionOf(`${name}-${n}`) !== partition) n++;
      return `${name}-${n}`;
    };
    for (const partition of [0, 1, 2, 3, 4, 5]) {
      const id = idOf(partition, 'meanwhile');
      const put = await ask(stage, client, 'PUT', `/${id}`, { body: thingOf(random, id) });
      if (away.includes(partition)) {
        expect([503, 504]).toContain(put.status);
        continue;
      }
      expect(put).toMatchObject({ status: 201 });
      expect(await ask(stage, client, 'GET', `/${id}`, at(put))).toMatchObject({ status: 200, body: { id } });
    }
    const list = await ask(stage, client, 'GET', '?limit=5');
    expect(list.status).toBe(200);

    // A client that begins now serves what the view holds.
    const other = await stage.client();
    await other.ready();
    expect((await ask(stage, other, 'GET', '?limit=5')).status).toBe(200);
    const { problems } = (await other.status()).models[0]!;
    const line = `${away.length === 1 ? 'partition' : 'partitions'} ${away.join(', ')} ${away.length === 1 ? 'has' : 'have'} no leader`;
    expect(problems).toContain(`log: ${line}`);
    expect(problems.filter((each) => !each.includes(line))).toEqual([]);

    await cluster.broker(2).start();
    await expect.poll(phases, { timeout: 60_000 }).toEqual([0, 1, 2, 3, 4, 5].map((each) => `${each} live`));
    const more = stage.load({ mostWrites: 200 });
    await more.acknowledgedMore(150);
    await more.stop();
    await expectTrueView(stage);
  },
);

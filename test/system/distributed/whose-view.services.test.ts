/**
 * Two that would keep one view: workers of two definitions of one version, and two clusters on one prefix. The later one
 * stands by and says so, and so does the other side's status; nobody's view is dropped while its worker lives, no reader is
 * answered from another's view, and taking over happens once, at a pace.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { startKafka, type KafkaServer } from '../../services/kafka.ts';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import { storyTopic } from './topic.ts';

/** Long enough for several looks, and tries, of both sides. Milliseconds. */
const SIDE_BY_SIDE_MS = 15_000;
/** A claim counts as living for 10 s, and who stands by looks every 5 s. */
const TAKEN_OVER_MS = 60_000;
const random = randomFrom(41);
let stage: Stage | undefined;
let other: KafkaServer | undefined;

let watching = new AbortController();
let readers: readonly Promise<number>[] = [];

afterEach(async () => {
  watching.abort();
  await Promise.all(readers);
  await stage?.close();
  await other?.remove();
  [stage, other, readers, watching] = [undefined, undefined, [], new AbortController()];
});

const generation = async (): Promise<string | undefined> => (await stage!.redis.root())?.generation;

/** How many generations the worker has begun. */
async function begun({ url }: RoleProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^kmodel_generations_total\{[^}]*\} (\d+)$/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What it says of itself, and what a look at log and view says. */
async function told(role: RoleProcess): Promise<string> {
  return JSON.stringify([await role.health(), await role.status()]);
}

async function put(client: RoleProcess, id: string, mark: string): Promise<void> {
  const answer = await ask(stage!, client, 'PUT', `/${id}`, { body: thingOf(random, mark), wait: 20 });
  expect([200, 201], JSON.stringify(answer)).toContain(answer.status);
}

test(
  'two definitions of one version: the later worker stands by until the other is gone',
  {
    timeout: 300_000,
  },
  async () => {
    stage = await openStage();
    const OTHER = { env: { KMODEL_TEST_MODEL_VARIANT: 'other' } };
    await stage.topic.produce(
      Array.from({ length: 50 }, (_, n) => ({ key: `t${n}`, value: thingOf(random, `m${n}`) })),
    );
    const [client, first] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), first.ready()]);
    const before = await generation();

    const second = await stage.worker(OTHER);
    await expect
      .poll(async () => told(second), { timeout: TAKEN_OVER_MS })
      .toMatch(
        /keeps this view by another definition of the same version \([0-9a-f]{8}, this worker's is [0-9a-f]{8}\)/,
      );
    for (const end = Date.now() + SIDE_BY_SIDE_MS; Date.now() < end; await sleep(200)) {
      expect(await generation()).toBe(before);
      expect(await ask(stage, client, 'GET', '/t1')).toMatchObject({ status: 200, body: { mark: 'm1' } });
    }
    expect([await begun(first), await begun(second)]).toEqual([1, 0]);
    expect((await second.health()).partitions).toEqual([]);
    // The other side says so too.
    const problems = JSON.stringify((await client.status()).models[0]!.problems);
    expect(problems).toMatch(/the worker \S+ stands by: the live worker \S+ keeps this view by another definition/);
    await first.ready();

    // Where its worker is killed, the view is taken over, once; who comes back then is the one that stands by.
    await first.kill('SIGKILL');
    await expect.poll(() => generation(), { timeout: TAKEN_OVER_MS }).not.toBe(before);
    await second.ready();
    const after = await generation();
    const back = await stage.worker();
    await expect
      .poll(() => told(back), { timeout: TAKEN_OVER_MS })
      .toMatch(/by another definition of the same version/);
    for (const end = Date.now() + SIDE_BY_SIDE_MS; Date.now() < end; await sleep(200))
      expect(await generation()).toBe(after);
    expect([await begun(second), await begun(back)]).toEqual([1, 0]);
  },
);

test(
  'two clusters on one prefix: no reader is answered from the other, and few generations are begun',
  {
    timeout: 300_000,
  },
  async () => {
    [stage, other] = await Promise.all([openStage(), startKafka({})]);
    const THERE = { env: { KMODEL_PRODUCER_BOOTSTRAP_SERVERS: other.address } };
    const there = storyTopic(other.address, stage.topic.name, stage.topic.partitions);
    await there.create();
    await there.produce(Array.from({ length: 50 }, (_, n) => ({ key: `t${n}`, value: thingOf(random, `there-${n}`) })));
    const [client, worker, clientThere] = await Promise.all([stage.client(), stage.worker(), stage.client(THERE)]);
    await Promise.all([client.ready(), worker.ready()]);
    for (let n = 0; n < 50; n += 1) await put(client, `t${n}`, `here-${n}`);
    const before = await generation();
    const wrong: string[] = [];
    const watch = async (reader: RoleProcess, prefix: string): Promise<number> => {
      let answered = 0;
      for (let n = 0; !watching.signal.aborted; n = (n + 1) % 50) {
        const { status, code, body } = await ask(stage!, reader, 'GET', `/t${n}`);
        if (status === 200) answered += 1;
        const isRight = status === 200 ? body['mark'] === `${prefix}-${n}` : status === 503;
        if (!isRight) wrong.push(`${prefix}: ${status} ${code} ${JSON.stringify(body)}`);
        await sleep(50);
      }
      return answered;
    };
    readers = [watch(client, 'here'), watch(clientThere, 'there')];

    const workerThere = await stage.worker(THERE);
    await expect.poll(() => told(workerThere), { timeout: TAKEN_OVER_MS }).toMatch(/keeps this view for another log/);
    for (const end = Date.now() + SIDE_BY_SIDE_MS; Date.now() < end; await sleep(200))
      expect(await generation()).toBe(before);
    expect([await begun(worker), await begun(workerThere)]).toEqual([1, 0]);
    const problems = JSON.stringify((await client.status()).models[0]!.problems);
    expect(problems).toMatch(
      /stands by: the live worker \S+ keeps this view for another log .*own :redis \{:prefix …\}/,
    );
    await client.ready();

    await worker.kill('SIGKILL');
    await expect.poll(() => generation(), { timeout: TAKEN_OVER_MS }).not.toBe(before);
    await workerThere.ready();
    const after = await generation();
    const back = await stage.worker();
    await expect.poll(() => told(back), { timeout: TAKEN_OVER_MS }).toMatch(/keeps this view for another log/);
    expect(await ask(stage, client, 'GET', '/t1')).toMatchObject({ status: 503 });
    expect(await ask(stage, clientThere, 'GET', '/t1')).toMatchObject({ status: 200, body: { mark: 'there-1' } });
    for (const end = Date.now() + SIDE_BY_SIDE_MS; Date.now() < end; await sleep(200))
      expect(await generation()).toBe(after);
    watching.abort();
    const [answered, answeredThere] = await Promise.all(readers);
    expect(wrong).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    expect(answeredThere).toBeGreaterThan(50);
    expect([await begun(workerThere), await begun(back)]).toEqual([1, 0]);

    // The remedy that is printed: a prefix of its own for each cluster. Here: the other cluster leaves this one.
    await workerThere.kill('SIGTERM');
    await clientThere.kill('SIGTERM');
    await back.ready(TAKEN_OVER_MS);
    await expectTrueView(stage);
    await there.close();
  },
);

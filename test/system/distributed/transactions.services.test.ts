/** I5: transactions of another producer: committed ones are applied, aborted ones never, and an open one holds back the rest. */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import type { RawNewRecord } from './topic.ts';

const PARTITIONS = 2;
/** In one transaction: more than a fetch brings. */
const MANY = 3_000;

const random = randomFrom(23);
let marks = 0;
const put = (key: string): RawNewRecord => ({ key, value: thingOf(random, `m${(marks += 1)}`) });
const puts = (name: string, count: number): RawNewRecord[] =>
  Array.from({ length: count }, (_, n) => put(`${name}-${n}`));

async function statesOf(worker: RoleProcess): Promise<string[]> {
  return (await worker.status()).models[0]!.partitions.map(({ state }) => state);
}

test('committed, aborted and open transactions of another producer', { timeout: 300_000 }, async () => {
  const stage = await openStage({ partitions: PARTITIONS });
  try {
    const { topic } = stage;
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    await topic.produce(puts('plain', 50));

    // Several side by side, in the same partitions, and one that is larger than a fetch.
    const [kept, dropped, deleting] = await Promise.all([
      topic.transaction(puts('kept', 60)),
      topic.transaction([...puts('dropped', 60), { key: 'plain-1', value: null }]),
      topic.transaction([{ key: 'plain-2', value: null }, put('plain-3')]),
    ]);
    await dropped.send([put('plain-4'), ...puts('kept', 20)]);
    await dropped.abort();
    await kept.send([put('plain-5')]);
    await kept.commit();
    await deleting.commit();
    const [large, larger] = await Promise.all([topic.transaction(puts('plain', 30)), topic.transaction([])]);
    await large.send(puts('large', MANY));
    await large.abort();
    await larger.send(puts('larger', MANY / 4));
    await larger.commit();
    const { entities } = await expectTrueView(stage);
    expect(entities.has('plain-1')).toBe(true);
    expect(entities.has('plain-2')).toBe(false);
    expect([...entities.keys()].filter((id) => id.startsWith('dropped') || id.startsWith('large-'))).toEqual([]);

    // Nothing behind the open one is shown; who asks for it waits, and status says why.
    const open = await topic.transaction(
      Array.from({ length: PARTITIONS }, (_, partition) => put(keyOf(stage.topic.partitionOf, partition))),
    );
    const body = thingOf(random, 'behind the open one');
    const posted = await ask(stage, client, 'POST', '', { body });
    expect(posted.status).toBe(201);
    const address = `/${String(posted.body['id'])}`;
    expect(await ask(stage, client, 'GET', address, { position: posted.position, wait: 1 })).toMatchObject({
      status: 503,
      code: 'VIEW_BEHIND',
    });
    expect(await ask(stage, client, 'GET', address)).toMatchObject({ status: 404 });
    await expect.poll(() => statesOf(worker), { timeout: 60_000 }).toEqual(['held', 'held']);
    await worker.ready();

    // Who starts now has yet to pass the end that it found.
    expect(await worker.kill('SIGTERM')).toBe(0);
    const heir = await stage.worker();
    await expect.poll(() => statesOf(heir), { timeout: 60_000 }).toEqual(['held', 'held']);
    expect(await heir.health()).toMatchObject({ ready: false });
    await topic.produce(puts('plain', 50));
    await open.commit();
    expect(await ask(stage, client, 'GET', address, { position: posted.position })).toMatchObject({ status: 200 });
    await heir.ready();
    await expect.poll(() => statesOf(heir), { timeout: 60_000 }).toEqual(['live', 'live']);
    await expectTrueView(stage);

    // And all of it from the beginning.
    await heir.kill('SIGTERM');
    await stage.redis.clear();
    await stage.worker();
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});

/** A key of the partition. */
function keyOf(partitionOf: (key: string) => number, partition: number): string {
  for (let n = 0; ; n += 1) if (partitionOf(`open-${n}`) === partition) return `open-${n}`;
}

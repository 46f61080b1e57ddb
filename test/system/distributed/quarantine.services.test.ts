/**
 * I6: what other producers' bad records need of people: they are listed by command and HTTP, told of their ids, and ended by
 * what the answers advise, or by a tombstone where they lie.
 */
import { expect, test } from 'vitest';
import type { WireQuarantine, WireQuarantinedRecord } from '../../../src/http/wire.ts';
import { kmodel } from './commands.ts';
import { expectTrueView } from './compare.ts';
import { ask, at } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const random = randomFrom(77);
const binary = Buffer.from([0xff, 0xfe]);

test('records in quarantine are listed, told of their ids, and ended', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const away = (stage.topic.partitionOf('strayed') + 1) % stage.model.partitions;
    const many = Array.from({ length: 230 }, (_, n) => ({ key: `many-${n}`, value: 'no JSON' }));
    const half = `{"title":"half \\ud83d","company":"Acme","mark":"half"}`;
    await stage.topic.produce([
      { key: 'strayed', value: thingOf(random, 'good') },
      { key: 'strayed', value: thingOf(random, 'stray'), partition: away },
      { key: binary, value: thingOf(random, 'binary') },
      { key: 'old', value: '{:title "From the original", :company "Acme", :mark "old"}' },
      { key: 'half', value: half },
      { key: 'large', value: `{"title":"${'x'.repeat(400_000)}"}` },
      ...many,
    ]);
    await stage.settle();

    // Client and worker tell the same, in pages; the command prints all of them.
    const [byClient, byWorker] = await Promise.all([client, worker].map(({ url }) => listed(url, stage.topic.name)));
    expect(byClient).toEqual(byWorker);
    expect(byClient).toHaveLength(5 + many.length);
    const poison = byClient!.map(({ partition, offset }) => ({ partition, offset }));
    const printed = await kmodel(stage, ['quarantine', 'list', '--url', client.url]);
    expect([printed.code, printed.stderr]).toEqual([0, '']);
    expect(printed.stdout).toContain(`key ${binary.toString('base64')} (base64)`);
    expect(printed.stdout).toMatch(/key "strayed"\n {4}expected the key in partition/);
    expect(printed.stdout.trimEnd().split('\n').at(-1)).toBe(`${stage.topic.name}: 235 records in quarantine`);
    const [model] = (await worker.status()).models;
    expect(model!.problems).toEqual([expect.stringContaining('kmodel quarantine list')]);
    expect(worker.errors()).toMatch(/"quarantined":[0-9]+,"first":\[\{"key":\{"bytes":[0-9]+,"text":/);

    // What a GET says, and what it advises.
    const old = await ask(stage, client, 'GET', '/old', { position: await stage.endPosition() });
    expect(old).toMatchObject({ status: 404, code: 'ENTITY_QUARANTINED' });
    expect(old.body['detail']).toContain('this is EDN');
    expect(await ask(stage, client, 'GET', '/half')).toMatchObject({ code: 'ENTITY_QUARANTINED' });
    const put = await ask(stage, client, 'PUT', '/old', { body: thingOf(random, 'old') });
    expect(put.status).toBe(201);
    expect(await ask(stage, client, 'GET', '/old', at(put))).toMatchObject({ status: 200, body: { mark: 'old' } });
    const removed = await ask(stage, client, 'DELETE', '/half');
    expect(removed.status).toBe(204);
    expect(await ask(stage, client, 'GET', '/half', at(removed))).toMatchObject({ code: 'ENTITY_NOT_FOUND' });
    expect(await ask(stage, client, 'DELETE', '/half')).toMatchObject({ status: 404, code: 'ENTITY_NOT_FOUND' });

    // Tombstones where the records lie; the entity of the same id in its own partition stays.
    await stage.topic.produce([
      { key: 'strayed', value: null, partition: away },
      { key: binary, value: null },
      { key: 'large', value: null },
      ...many.map(({ key }) => ({ key, value: null })),
    ]);
    await stage.settle();
    expect(await listed(client.url, stage.topic.name)).toEqual([]);
    expect(await ask(stage, client, 'GET', '/strayed')).toMatchObject({ status: 200, body: { mark: 'good' } });
    expect((await worker.status()).models[0]).toMatchObject({ ok: true, quarantined: 0 });
    await expectTrueView(stage, { poison });
  } finally {
    await stage.close();
  }
});

/** All that a process lists, page by page. */
async function listed(url: string, model: string): Promise<readonly WireQuarantinedRecord[]> {
  const items: WireQuarantinedRecord[] = [];
  let after: string | null = null;
  do {
    const answer = await fetch(`${url}/status/${model}/quarantine${after === null ? '' : `?after=${after}`}`);
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as WireQuarantine;
    expect(page.items.length).toBeLessThanOrEqual(100);
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}

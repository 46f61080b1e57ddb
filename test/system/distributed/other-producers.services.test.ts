/**
 * I6: records of other producers: compressed in the four ways, plain JSON without our headers, keys placed by another
 * partitioner, and poison. What can't be applied goes to quarantine, with its reason, and stops nothing.
 */
import { expect, test } from 'vitest';
import { openRedisView } from '../../../src/view/redis/redis-view.ts';
import { partitionOf } from '../../../src/log/partitioner.ts';
import type { QuarantinedRecord } from '../../../src/view/view.ts';
import { expectTrueView } from './compare.ts';
import { ask } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import type { RawNewRecord } from './topic.ts';

const COMPRESSIONS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const random = randomFrom(31);
let marks = 0;
const put = (key: string): RawNewRecord => ({ key, value: thingOf(random, `m${(marks += 1)}`) });
const puts = (name: string, count: number): RawNewRecord[] =>
  Array.from({ length: count }, (_, n) => put(`${name}-${n}`));

/** What stands in quarantine, as the view tells it. */
async function quarantined({ redis, model, redisUri }: Stage): Promise<readonly QuarantinedRecord[]> {
  const view = await openRedisView({
    uri: redisUri,
    ...redis.names,
    filters: ['company', 'tag'],
    sorts: ['rank', 'due'],
    search: true,
    partitionOf: (id) => partitionOf(Buffer.from(id), model.partitions, 'murmur2'),
    warn: () => undefined,
  });
  try {
    return (await view.quarantine(undefined, 100)).records;
  } finally {
    await view.close();
  }
}

test('four compressions, plain JSON, large and small batches', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    await stage.worker();
    for (const compression of COMPRESSIONS) {
      await stage.topic.produce(puts(compression, 300), { compression });
      await stage.topic.produce([put(`${compression}-1`), { key: `${compression}-2`, value: null }], { compression });
    }
    const at = Date.now() - 86_400_000;
    await stage.topic.produce([
      { ...put('dated'), timestamp: at },
      { key: 'spaced', value: ' { "title" : "caf\\u00e9 \\ud83d\\ude00", "company":"Acme",\n\t"mark":"spaced" } ' },
      { ...put('foreign'), headers: { 'trace-id': 'abc', 'kmodel-created': String(at), 'kmodel-version': '9' } },
    ]);
    const { entities } = await expectTrueView(stage);
    expect(entities.size).toBe(COMPRESSIONS.length * 299 + 3);
    const [client] = stage.clients;
    expect(await ask(stage, client!, 'GET', '/dated')).toMatchObject({
      body: { createdAt: new Date(at).toISOString(), updatedAt: new Date(at).toISOString() },
    });
    expect(await ask(stage, client!, 'GET', '/foreign')).toMatchObject({
      body: { createdAt: new Date(at).toISOString() },
    });
    expect(await quarantined(stage)).toEqual([]);
  } finally {
    await stage.close();
  }
});

test('keys placed by another partitioner, and poison records, stop nothing', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const good = puts('good', 100);
    await stage.topic.produce(good);

    const crc32 = (key: string): number => partitionOf(Buffer.from(key), stage.model.partitions, 'crc32');
    const strange = Array.from({ length: 40 }, (_, n) => `strange-${n}`);
    const misplaced = strange.filter((key) => crc32(key) !== stage.topic.partitionOf(key));
    const poison: readonly (RawNewRecord & { readonly reason: string })[] = [
      { key: 'good-1', value: '{"title":', reason: 'JSON' },
      { key: 'good-2', value: '"a text"', reason: 'SCHEMA' },
      { key: 'good-5', value: Buffer.from([0x7b, 0xff, 0x7d]), reason: 'JSON' },
      { key: 'good-3', value: { title: '' }, reason: 'SCHEMA' },
      { key: 'good-4', value: { ...thingOf(random, 'extra'), unknown: 1 }, reason: 'SCHEMA' },
      { key: Buffer.from([0xff, 0xfe]), value: thingOf(random, 'bytes'), reason: 'KEY' },
      { key: '', value: thingOf(random, 'empty'), reason: 'KEY' },
      { key: 'x'.repeat(201), value: thingOf(random, 'long'), reason: 'KEY' },
      { ...put('yesterday'), headers: { 'kmodel-created': 'yesterday' }, reason: 'TIME' },
    ];
    await stage.topic.produce([
      ...strange.map((key) => ({ ...put(key), partition: crc32(key) })),
      ...poison,
      ...puts('after', 30),
    ]);
    // A newer good record of its key ends it.
    await stage.topic.produce([{ key: 'mended', value: 'no JSON' }]);
    const partition = stage.topic.partitionOf('mended');
    const mended = { partition, offset: (await stage.topic.ends()).get(partition)!.stable - 1 };
    await stage.topic.produce([put('mended')]);
    await stage.settle();
    const found = await quarantined(stage);
    const places = found.map(({ partition, offset }) => ({ partition, offset }));
    const { entities } = await expectTrueView(stage, { poison: [...places, mended] });

    const byKey = new Map(found.map((record) => [Buffer.from(record.key).toString('latin1'), record]));
    for (const { key, reason } of poison) {
      expect([key, byKey.get(Buffer.from(key!).toString('latin1'))?.reason]).toEqual([key, reason]);
    }
    for (const key of misplaced) {
      expect(byKey.get(key)).toMatchObject({ reason: 'WRONG_PARTITION', partition: crc32(key) });
      expect(byKey.get(key)!.detail).toContain('partitioner');
    }
    expect(found).toHaveLength(poison.length + misplaced.length);
    expect(misplaced.length).toBeGreaterThan(20);
    // Each keeps its last good value.
    for (const key of ['good-1', 'good-2', 'good-3', 'good-4', 'good-5']) expect(entities.get(key)).toBeDefined();

    const report = (await worker.status()).models[0]!;
    expect(report).toMatchObject({ ok: false, quarantined: found.length });
    await worker.ready();
    expect(await ask(stage, client, 'POST', '', { body: thingOf(random, 'goes on') })).toMatchObject({ status: 201 });
    await stage.settle();
  } finally {
    await stage.close();
  }
});

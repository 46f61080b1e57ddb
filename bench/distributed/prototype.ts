/**
 * Reading and replaying by the simplest means, as limits. The figures that this bench is to reach were set with such a
 * prototype, so a run of it beside ours tells what they come to on the machine of the moment.
 */
import { Consumer } from '@platformatic/kafka';
import type { DistributedRun } from './measured.ts';

/** As our own reader asks. Milliseconds, bytes. */
const FETCH = { maxWaitTime: 500, minBytes: 1, maxBytes: 8 * 1024 * 1024, isolationLevel: 1 } as const;
const PARTITION_BYTES = 1024 * 1024;

/** KEYS: checkpoints, fields. ARGV: partition, the checkpoint to be found there, the next one, then fields and values. */
const APPLY = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '0') ~= ARGV[2] then return 0 end
for from = 4, #ARGV, 4000 do
  redis.call('HSET', KEYS[2], unpack(ARGV, from, math.min(from + 3999, #ARGV)))
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`;

/** A record batch as it was appended. */
interface Appended {
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  readonly records: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[];
}

/**
 * The library's fetch, and a script call for each record batch, which compares and sets the checkpoint and sets the fields of a
 * hash, their keys with the prefix. It knows no schema, no fence and no list, and nothing but plain puts. Answers how many records
 * it has set.
 */
export async function replayAsPrototype(
  { stage }: DistributedRun,
  topic: string,
  ends: ReadonlyMap<number, number>,
  prefix: string,
): Promise<number> {
  const script = String(await stage.redis(['SCRIPT', 'LOAD', APPLY]));
  const apply = async ({ partition, from, next, records }: Appended): Promise<void> => {
    const fields = records.flatMap(({ key, value }) => [key!, value!]);
    const keys = [`${prefix}:checkpoints`, `${prefix}:${partition}`];
    const head = ['EVALSHA', script, String(keys.length), ...keys, String(partition), String(from), String(next)];
    if ((await stage.redis([...head, ...fields])) !== 1) throw new Error(`the checkpoint of ${partition} has moved`);
  };
  return fetchThrough(stage.brokers, topic, ends, async (batches) => {
    await Promise.all(batches.map(apply));
  });
}

/**
 * The library's own fetch, which parses all records: of each broker two requests at once, each for half of its partitions.
 * What one has brought is taken while the next one is on its way.
 */
export async function fetchThrough(
  brokers: string,
  topic: string,
  ends: ReadonlyMap<number, number>,
  take: (batches: readonly Appended[]) => Promise<void>,
): Promise<number> {
  const consumer = new Consumer({ clientId: 'kmodel-bench', groupId: topic, bootstrapBrokers: brokers.split(',') });
  try {
    const { id, partitions } = (await consumer.metadata({ topics: [topic] })).topics.get(topic)!;
    const lanes = Map.groupBy(ends, ([partition]) => `${partitions[partition]!.leader} ${partition % 2}`);
    const counts = [...lanes].map(async ([lane, own]) => {
      let count = 0;
      let taking = Promise.resolve();
      for await (const batches of answers(consumer, Number.parseInt(lane), id, new Map(own))) {
        await taking;
        taking = take(batches);
        for (const { records } of batches) count += records.length;
      }
      await taking;
      return count;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  } finally {
    await consumer.close(true);
  }
}

async function* answers(
  consumer: Consumer,
  node: number,
  topicId: string,
  ends: ReadonlyMap<number, number>,
): AsyncIterable<readonly Appended[]> {
  const places = new Map([...ends].filter(([, end]) => end > 0).map(([partition]) => [partition, 0]));
  while (places.size > 0) {
    const topics = [{ topicId, partitions: [...places].map(wish) }];
    const { responses } = await consumer.fetch({ node, topics, ...FETCH });
    const appended: Appended[] = [];
    for (const { partitionIndex: partition, records: batches } of responses.flatMap((one) => one.partitions)) {
      for (const { firstOffset, lastOffsetDelta, records } of batches ?? []) {
        const from = Number(firstOffset);
        const next = from + lastOffsetDelta + 1;
        appended.push({ partition, from, next, records });
        // Who stands last in the request is served last: so whoever got something goes to the end.
        places.delete(partition);
        if (next < ends.get(partition)!) places.set(partition, next);
      }
    }
    yield appended;
  }
}

function wish([partition, offset]: readonly [number, number]) {
  const epochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
  return { partition, fetchOffset: BigInt(offset), partitionMaxBytes: PARTITION_BYTES, ...epochs };
}

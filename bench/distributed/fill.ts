/** Fills a topic fast: plain batches, several produce requests at once. */
import { Producer } from '@platformatic/kafka';
import type { NewRecord } from '../../src/log/log.ts';
import { recordOf } from '../jobs.ts';
import type { Stage } from './stage.ts';

export interface Filled {
  readonly topic: string;
  readonly records: number;
  /** Mean length of a value. */
  readonly bytesPerRecord: number;
}

/** About 500 records of each partition in one batch. */
const RECORDS_AT_ONCE = 5000;
const REQUESTS_AT_ONCE = 3;

/** A new topic with so many jobs of 310 bytes, each with a key of its own. They are as the API would have written them. */
export async function fillTopic(stage: Stage, records: number): Promise<Filled> {
  const topic = stage.newName();
  await (await stage.openLog(topic)).close();
  const producer = new Producer({ clientId: 'kmodel-bench', bootstrapBrokers: stage.brokers.split(',') });
  const now = Date.now();
  let bytes = 0;
  try {
    const underWay = new Set<Promise<void>>();
    for (let from = 0; from < records; from += RECORDS_AT_ONCE) {
      const count = Math.min(RECORDS_AT_ONCE, records - from);
      const made = Array.from({ length: count }, (_, index) => recordOf(from + index, 'short'));
      bytes += made.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      const messages = made.map((record) => messageOf(topic, record, now));
      const sent: Promise<void> = producer
        .send({ messages, acks: -1, autocreateTopics: false })
        .then(() => void underWay.delete(sent));
      underWay.add(sent);
      if (underWay.size >= REQUESTS_AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    await producer.close();
  }
  return { topic, records, bytesPerRecord: bytes / records };
}

/** Kafka takes no timestamp that is still to come, so all records are of now; when each job was created its header says. */
function messageOf(topic: string, { partition, key, value, headers }: NewRecord, now: number) {
  const pairs = Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as const);
  return {
    topic,
    partition,
    timestamp: BigInt(now),
    key: Buffer.from(key),
    value: Buffer.from(value ?? ''),
    headers: new Map(pairs),
  };
}

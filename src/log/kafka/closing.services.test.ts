/** A log whose broker is stopped closes all the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { appended, pause, record } from '../log-under-test.conformance.ts';
import { openKafkaLog } from './kafka-log.ts';
import { logOptions, randomTopic } from './topic-under-test.conformance.ts';

const WITHIN_MS = 10_000;

describe.skipIf(!ownKafka().includes('4.1'))('a broker that is stopped', () => {
  let broker: KafkaServer;
  beforeAll(async () => {
    broker = await startKafka();
  }, 120_000);
  afterAll(async () => await broker.remove());

  test('with a write, a reader, a member and questions under way: the log closes within ten seconds, and all of them end', async () => {
    const options = logOptions(broker.address, randomTopic(), { create: true, deliveryTimeoutMs: 60_000 });
    const log = await openKafkaLog(options);
    const never = new AbortController().signal;
    appended(await log.append([record(0, 'a', '1')]));
    const member = log.membership('group', never)[Symbol.asyncIterator]();
    await member.next();
    const told = member.next();
    const reader = log.read(1, { offset: 0 }, never)[Symbol.asyncIterator]().next();
    await broker.pause();
    try {
      // More than what the buffers between the two hold.
      const written = log.append([...Array(16).keys()].map((at) => record(0, `b${at}`, 'x'.repeat(900_000))));
      const ends = log.endOf(0).catch(() => 'refused');
      const bounds = log.bounds().catch(() => 'refused');
      const commit = log.commit('group', new Map([[0, 1]])).catch(() => 'refused');
      await pause(500);
      const settled = log.settled(0);
      const start = performance.now();
      await log.close();
      expect(performance.now() - start).toBeLessThan(WITHIN_MS);
      expect(await written).toMatchObject({ kind: 'uncertain' });
      await settled;
      expect((await Promise.all([reader, told])).map(({ done }) => done)).toEqual([true, true]);
      expect(await ends).toBe('refused');
      await Promise.all([bounds, commit]);
      await expect(log.settled(0)).rejects.toThrow('the log is closed');
    } finally {
      await broker.resume();
    }
  }, 60_000);
});

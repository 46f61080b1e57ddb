/** A Kafka of a test's own. */
import { Admin } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersMetadata, startKafka, type KafkaServer } from './kafka.ts';
import { ownKafka, sharedKafka } from './shared.ts';

const TOPICS = 'org.apache.kafka.tools.TopicCommand';
const PRODUCER = { '4.1': 'org.apache.kafka.tools.ConsoleProducer', '3.9': 'kafka.tools.ConsoleProducer' };

/** The end offset of the one partition. */
async function endOffset(kafka: KafkaServer, topic: string): Promise<number> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafka.address] });
  try {
    const [listed] = await admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    });
    return Number(listed!.partitions[0]!.offset);
  } finally {
    await admin.close();
  }
}

describe.each(['4.1', '3.9'] as const)('a Kafka %s of a test', (version) => {
  describe.skipIf(!ownKafka().includes(version))('that is killed and stopped', () => {
    let kafka: KafkaServer;

    beforeAll(async () => {
      kafka = await startKafka({ version, settings: { 'log.cleaner.min.compaction.lag.ms': '7' } });
      const at = ['--bootstrap-server', kafka.address];
      await kafka.tool(TOPICS, [...at, '--create', '--topic', 'kept', '--partitions', '1']);
      await kafka.tool(PRODUCER[version], [...at, '--topic', 'kept'], 'one\ntwo\n');
    }, 120_000);

    afterAll(async () => await kafka.remove());

    test('is of the version, and its settings are in force', async () => {
      expect(kafka.version.startsWith(`${version}.`)).toBe(true);
      const described = await kafka.tool(TOPICS, [
        '--bootstrap-server',
        kafka.address,
        '--describe',
        '--topic',
        'kept',
      ]);
      expect(described).toContain('min.compaction.lag.ms=7');
    });

    test(
      'has every record after a SIGKILL and after a SIGTERM, at the same address',
      { timeout: 300_000 },
      async () => {
        await kafka.stop('SIGKILL');
        expect(await answersMetadata(kafka.address)).toBe(false);
        await kafka.start();
        expect(await endOffset(kafka, 'kept')).toBe(2);
        await kafka.stop();
        expect(await kafka.running()).toBe(false);
        await kafka.start();
        expect(await endOffset(kafka, 'kept')).toBe(2);
      },
    );

    test('a tool that fails says why', async () => {
      const unknown = kafka.tool(TOPICS, ['--bootstrap-server', kafka.address, '--describe', '--topic', 'absent']);
      await expect(unknown).rejects.toThrow(/absent/);
    });
  });
});

test.skipIf(!ownKafka().includes('4.1'))('a setting that it does not take fails with its own words', async () => {
  await expect(startKafka({ settings: { 'num.network.threads': 'many' } })).rejects.toThrow(/num\.network\.threads/);
});

test('the shared one answers', async () => {
  expect(await answersMetadata(sharedKafka())).toBe(true);
});

test('where nobody listens, nobody answers', async () => {
  expect(await answersMetadata('127.0.0.1:1')).toBe(false);
});

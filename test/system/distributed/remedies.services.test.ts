/**
 * Every command that is printed about a topic is run as it is printed, and mends what it is about. Where else remedies are run:
 * partitions, cleanup.policy and the policy of Redis in status-and-topic, the copy to another topic in copy-to-another-topic,
 * `kmodel recover` and `rebuild` in log-lost and records-removed, what ends a quarantine in quarantine.services.test.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKafkaLog } from '../../../src/log/kafka/kafka-log.ts';
import { logOptions, randomTopic } from '../../../src/log/kafka/topic-under-test.conformance.ts';
import type { LogDescription } from '../../../src/log/log.ts';
import { type KafkaCluster, startKafkaCluster } from '../../services/kafka-cluster.ts';
import { type KafkaServer, startKafka } from '../../services/kafka.ts';
import { ownKafka } from '../../services/shared.ts';
import { runPrinted, runPrintedWithFile } from './commands.ts';

const PARTITIONS = 3;

/** What kmodel says of a topic that is there: its warnings, or why it is refused. */
async function judged(brokers: readonly string[], topic: string): Promise<LogDescription> {
  const options = logOptions(brokers[0]!, topic, { partitions: PARTITIONS, evenUnfit: true });
  const log = await openKafkaLog({ ...options, brokers });
  try {
    return await log.describe();
  } finally {
    await log.close();
  }
}

const commandIn = (line: string): string => /; run[^:]*: (.*)$/.exec(line)![1]!;

describe('on one broker', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
  }, 120_000);
  afterAll(async () => kafka.remove());

  const create = async (topic: string, settings: string): Promise<void> => {
    const at = `kafka-topics.sh --bootstrap-server ${kafka.address} --create --topic ${topic} --partitions ${PARTITIONS}`;
    await runPrinted(kafka, `${at} ${settings}`);
  };

  test('a topic that is absent is made by the command', { timeout: 120_000 }, async () => {
    const topic = randomTopic();
    const refusal = await judged([kafka.address], topic).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    expect(refusal).toContain(`there is no topic ${topic}; run: kafka-topics.sh `);
    await runPrinted(kafka, commandIn(refusal));
    const { unfit, warnings, settings } = await judged([kafka.address], topic);
    expect([unfit, warnings]).toEqual([undefined, []]);
    expect(settings['message.timestamp.before.max.ms']).toBe('3600000');
  });

  test.each([['cleanup.policy=delete'], ['delete.retention.ms=0']])(
    'a topic that is refused for %s fits after the command',
    { timeout: 120_000 },
    async (setting) => {
      const topic = randomTopic();
      const compact = setting.startsWith('cleanup') ? '' : '--config cleanup.policy=compact ';
      await create(topic, `${compact}--config ${setting}`);
      const { unfit } = await judged([kafka.address], topic);
      expect(unfit).toContain(`found ${setting}`);
      await runPrinted(kafka, commandIn(unfit!));
      expect((await judged([kafka.address], topic)).unfit).toBeUndefined();
    },
  );

  test(
    'a topic that is weaker than it should be has no warning left after the commands',
    { timeout: 120_000 },
    async () => {
      const topic = randomTopic();
      await create(topic, '--config cleanup.policy=compact --config delete.retention.ms=1000');
      const { warnings } = await judged([kafka.address], topic);
      expect(warnings.map((line) => /topic \S+: ([a-z.]+)/.exec(line)![1])).toEqual([
        'max.message.bytes',
        'delete.retention.ms',
        'message.timestamp.before.max.ms',
      ]);
      for (const line of warnings) await runPrinted(kafka, commandIn(line));
      expect(await judged([kafka.address], topic)).toMatchObject({ warnings: [] });
    },
  );
});

describe.skipIf(ownKafka().length === 0)('on three brokers', () => {
  let cluster: KafkaCluster | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'kmodel-remedies-'));
  beforeAll(async () => {
    cluster = await startKafkaCluster(3, ownKafka()[0]!);
  }, 120_000);
  afterAll(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    'copies, copies in sync and unclean elections are as they should be after the commands',
    { timeout: 240_000 },
    async (at) => {
      if (cluster === undefined) return at.skip('there is no Java here');
      const topic = randomTopic();
      const settings = ['cleanup.policy=compact', 'unclean.leader.election.enable=true', 'max.message.bytes=2097152'];
      const [first] = cluster.addresses;
      await runPrinted(
        cluster,
        `kafka-topics.sh --bootstrap-server ${first} --create --topic ${topic} --partitions ${PARTITIONS} --replication-factor 1 --config message.timestamp.before.max.ms=3600000 ${settings.map((each) => `--config ${each}`).join(' ')}`,
      );
      const { warnings } = await judged(cluster.addresses, topic);
      expect(warnings.map((line) => /topic \S+: ([a-z. ]+[a-z])/.exec(line)![1])).toEqual([
        'replication factor',
        'min.insync.replicas',
        'unclean.leader.election.enable',
      ]);
      for (const line of warnings) {
        const command = commandIn(line);
        if (command.startsWith('echo')) await runPrintedWithFile(cluster, command, folder);
        else await runPrinted(cluster, command);
      }
      await expect
        .poll(async () => (await judged(cluster!.addresses, topic)).warnings, { timeout: 60_000, interval: 1_000 })
        .toEqual([]);
    },
  );
});

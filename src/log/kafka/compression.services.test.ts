import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { makeTopic } from './reader-under-test.conformance.ts';

/** Its name moved between the versions. */
const CONSOLE_PRODUCER = { '4.1': 'org.apache.kafka.tools.ConsoleProducer', '3.9': 'kafka.tools.ConsoleProducer' };

describe.each(['4.1', '3.9'] as const)("Values compressed by Kafka %s's own producer", (version) => {
  let kafka: KafkaServer | undefined;
  beforeAll(async () => {
    if (ownKafka().includes(version)) kafka = await startKafka({ version });
  }, 120_000);
  afterAll(async () => {
    await kafka?.remove();
  });

  test.skipIf(!ownKafka().includes(version)).each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'with %s are read',
    async (compression) => {
      const { address, tool } = kafka!;
      const topic = await makeTopic(address);
      // More than one block of each format, of what compresses well and what doesn't.
      const values = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 'abc'.repeat(200) : noise(i)));
      const lines = values.map((value, i) => `k${i}\t${value}`);
      const settings = ['--property', 'parse.key=true', '--batch-size', '200000', '--timeout', '500'];
      const args = [
        '--bootstrap-server',
        address,
        '--topic',
        topic.topic,
        '--compression-codec',
        compression,
        ...settings,
      ];
      await tool(CONSOLE_PRODUCER[version], args, lines.join('\n'));
      const reader = await topic.read(0, 0).upTo(300);
      expect(reader.shown).toEqual(values.map((value, i) => `k${i}=${value}`));
      await topic.cleanup();
    },
    60_000,
  );
});

/** Letters without a pattern, the same for the same number. */
function noise(seed: number): string {
  let state = seed + 1;
  return Array.from({ length: 600 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return String.fromCharCode(33 + ((state >> 16) % 94));
  }).join('');
}

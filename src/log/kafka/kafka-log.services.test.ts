import { afterAll, beforeAll, describe } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka, sharedKafka } from '../../../test/services/shared.ts';
import { describeLogConformance } from '../log.conformance.ts';
import { makeKafkaLog } from './topic-under-test.ts';

describeLogConformance('The Kafka log on the shared broker', (options) => makeKafkaLog(sharedKafka(), options));

/** A broker of the oldest version that is supported: one that is given, else one of this file's own. */
const given39 = process.env['KMODEL_TEST_KAFKA_39'];

describe.skipIf(given39 === undefined && !ownKafka().includes('3.9'))('an older broker', () => {
  let own: KafkaServer | undefined;
  beforeAll(async () => {
    if (given39 === undefined) own = await startKafka({ version: '3.9' });
  }, 120_000);
  afterAll(async () => {
    await own?.remove();
  });

  describeLogConformance('The Kafka log on Kafka 3.9', (options) =>
    makeKafkaLog(given39 ?? own?.address ?? '', options),
  );
});

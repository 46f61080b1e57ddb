/** The same stories on the shared broker and on one of the oldest version that is supported. */
import { afterAll, beforeAll, describe } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka, sharedKafka } from '../../../test/services/shared.ts';

const STARTS_WITHIN_MS = 120_000;

/** `address` is known while the stories run. */
type Stories = (name: string, address: () => string) => void;

/** The stories twice. */
export function describeOnBothVersions(stories: Stories): void {
  stories('the shared broker', sharedKafka);
  describeOnOldest(stories);
}

/** The stories on the older broker: the one that KMODEL_TEST_KAFKA_39 names, else one of the file's own. */
export function describeOnOldest(stories: Stories): void {
  const given = process.env['KMODEL_TEST_KAFKA_39'];
  describe.skipIf(given === undefined && !ownKafka().includes('3.9'))('an older broker', () => {
    let own: KafkaServer | undefined;
    beforeAll(async () => {
      if (given === undefined) own = await startKafka({ version: '3.9' });
    }, STARTS_WITHIN_MS);
    afterAll(async () => {
      await own?.remove();
    });

    stories('Kafka 3.9', () => given ?? own?.address ?? '');
  });
}

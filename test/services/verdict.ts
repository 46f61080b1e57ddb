/** What is said, and whether tests may go on, when this machine lacks services. */
import type { Services } from './shared.ts';

export type Verdict =
  | { readonly kind: 'complete' }
  /** Tests are skipped; the text is for a person. */
  | { readonly kind: 'incomplete'; readonly text: string }
  /** Under CI, a test that didn't run must not look like one that passed. */
  | { readonly kind: 'refused'; readonly text: string };

/** `missing` holds a sentence or two for each service that wasn't found. */
export function verdict(services: Services, missing: readonly string[], ci: boolean): Verdict {
  if (missing.length === 0) return { kind: 'complete' };
  const reasons = missing.join('\n');
  if (services.kafka === '' || services.redis === '') {
    const text = `Tests that need Kafka and Redis ${ci ? 'cannot' : 'do not'} run on this machine.\n${reasons}`;
    return ci ? { kind: 'refused', text } : { kind: 'incomplete', text: `${text}\nThey are skipped.` };
  }
  const { ownKafka, ownRedis } = services;
  // The newest Redis that everybody can have without root is 6.2: a CI that has no other is not at fault.
  const lacksMore = ownKafka.length < 2 || !ownRedis.includes('6.2');
  const text = `Some tests of Kafka and Redis can't run on this machine.\n${reasons}`;
  return ci && lacksMore ? { kind: 'refused', text } : { kind: 'incomplete', text: `${text}\nThey are skipped.` };
}

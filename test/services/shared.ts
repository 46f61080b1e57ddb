/** What vitest's global setup found or started for all tests that end in `.services.test.ts`. */
import { inject } from 'vitest';
import type { KafkaVersion, RedisVersion } from './order.ts';

/** How the global setup hands it to the tests' processes. */
export interface Services {
  /** Addresses of the shared servers; empty where none was found, and then every test here is skipped. */
  readonly kafka: string;
  readonly redis: string;
  /** The versions that `startKafka` and `startRedis` can start on this machine. */
  readonly ownKafka: readonly KafkaVersion[];
  readonly ownRedis: readonly RedisVersion[];
}

declare module 'vitest' {
  interface ProvidedContext {
    services: Services;
  }
}

function services(): Services {
  const provided = inject('services') as Services | undefined;
  if (provided === undefined) throw new Error('only tests that end in .services.test.ts may ask for services');
  return provided;
}

/** The address, `host:port`, of a Kafka that all tests share: use topics and groups of your own, and remove them. */
export function sharedKafka(): string {
  return services().kafka;
}

/** The address, `redis://host:port`, of a Redis that all tests share: use a key prefix of your own, and remove its keys. */
export function sharedRedis(): string {
  return services().redis;
}

/** The versions of Kafka that `startKafka` can start here: skip a story whose version isn't there. */
export function ownKafka(): readonly KafkaVersion[] {
  return services().ownKafka;
}

/** The versions of Redis that `startRedis` can start here: skip a story whose version isn't there. */
export function ownRedis(): readonly RedisVersion[] {
  return services().ownRedis;
}

/**
 * Before the first test that needs Kafka and Redis: finds or starts the shared ones, downloads what own ones need, so
 * that no test waits for it, and says aloud what can't be tested here. Removes what it started in the end.
 */
import type { TestProject } from 'vitest/node';
import { answersMetadata, installKafka, startKafka, type KafkaServer } from './kafka.ts';
import { PATIENT } from './kafka-settings.ts';
import type { KafkaVersion, RedisVersion } from './order.ts';
import { answersPing, installRedis, startRedis, type RedisServer } from './redis.ts';
import type { Services } from './shared.ts';
import { verdict, type Verdict } from './verdict.ts';
import { NothingFound } from './ways.ts';

const KAFKA_VERSIONS: readonly KafkaVersion[] = ['4.1', '3.9'];
const REDIS_VERSIONS: readonly RedisVersion[] = ['6.2', '7'];

/** Nobody restarts the shared one: it needs no file. */
const SHARED_REDIS = ['--appendonly', 'no'];

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: { remove(): Promise<void> }[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(started.map(async (server) => await server.remove()));
  };
  const missing: string[] = [];
  try {
    const own = {
      ownKafka: await those(KAFKA_VERSIONS, installKafka, missing),
      ownRedis: await those(REDIS_VERSIONS, installRedis, missing),
    };
    const kafka = await orMissing(shareKafka, missing);
    if (kafka?.server !== undefined) started.push(kafka.server);
    // The newer one, where there are both: stories of the older one start their own.
    const version = own.ownRedis.includes('7') ? '7' : undefined;
    const redis = await orMissing(async () => await shareRedis(version), missing);
    if (redis?.server !== undefined) started.push(redis.server);
    const services: Services = { kafka: kafka?.address ?? '', redis: redis?.address ?? '', ...own };
    tell(verdict(services, missing, process.env['CI'] === 'true'));
    project.provide('services', services);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

function tell(verdict: Verdict): void {
  if (verdict.kind === 'refused') throw new Error(verdict.text);
  if (verdict.kind === 'incomplete') process.stderr.write(`\n${verdict.text}\n\n`);
}

interface Shared<Server> {
  readonly address: string;
  /** Ours, where we started one. */
  readonly server?: Server;
}

async function shareKafka(): Promise<Shared<KafkaServer>> {
  const given = process.env['KMODEL_TEST_KAFKA'];
  if (given === undefined || given === '') {
    const server = await startKafka({ settings: PATIENT });
    return { address: server.address, server };
  }
  if (await answersMetadata(given)) return { address: given };
  throw new Error(`KMODEL_TEST_KAFKA is ${JSON.stringify(given)}, but no Kafka answers there`);
}

async function shareRedis(version: RedisVersion | undefined): Promise<Shared<RedisServer>> {
  const given = process.env['KMODEL_TEST_REDIS'];
  if (given === undefined || given === '') {
    const server = await startRedis({ settings: SHARED_REDIS, ...(version === undefined ? {} : { version }) });
    return { address: server.uri, server };
  }
  if (await answersPing(given)) return { address: given };
  throw new Error(`KMODEL_TEST_REDIS is ${JSON.stringify(given)}, but no Redis answers there`);
}

async function orMissing<T>(work: () => Promise<T>, missing: string[]): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NothingFound)) throw error;
    if (!missing.includes(error.message)) missing.push(error.message);
    return undefined;
  }
}

async function those<V>(all: readonly V[], install: (version: V) => Promise<unknown>, missing: string[]): Promise<V[]> {
  const there: V[] = [];
  for (const version of all) {
    if ((await orMissing(async () => await install(version), missing)) !== undefined) there.push(version);
  }
  return there;
}

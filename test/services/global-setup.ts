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
  try {
    const ownKafka = await those(KAFKA_VERSIONS, installKafka);
    const ownRedis = await those(REDIS_VERSIONS, installRedis);
    const kafka = await orMissing(shareKafka);
    if (kafka.there?.server !== undefined) started.push(kafka.there.server);
    // The newer one, where there are both: stories of the older one start their own.
    const redis = await orMissing(async () => await shareRedis(ownRedis.there.includes('7') ? '7' : undefined));
    if (redis.there?.server !== undefined) started.push(redis.there.server);
    const services: Services = {
      kafka: kafka.there?.address ?? '',
      redis: redis.there?.address ?? '',
      ownKafka: ownKafka.there,
      ownRedis: ownRedis.there,
    };
    // Where there is none at all, what each version lacks would only say it again.
    const missing = [kafka.why ?? ownKafka.why, redis.why ?? ownRedis.why].flat();
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

/** What there is, or why there is nothing. */
interface Looked<T> {
  readonly there?: T;
  readonly why?: string;
}

async function orMissing<T>(work: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { there: await work() };
  } catch (error) {
    if (error instanceof NothingFound) return { why: error.message };
    throw error;
  }
}

async function those<V>(
  all: readonly V[],
  install: (version: V) => Promise<unknown>,
): Promise<{ readonly there: V[]; readonly why: string[] }> {
  const there: V[] = [];
  const why: string[] = [];
  for (const version of all) {
    const looked = await orMissing(async () => await install(version));
    if (looked.why === undefined) there.push(version);
    else why.push(looked.why);
  }
  return { there, why };
}

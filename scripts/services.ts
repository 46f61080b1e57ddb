/**
 * `npm run services`: a real Kafka and a real Redis on this machine for trying kmodel, until Ctrl-C. What they store is in
 * temporary folders that go with them. They are found like those of the tests (test/services/order.ts), except that no
 * address of the environment is taken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENT } from '../test/services/kafka-settings.ts';
import { startKafka } from '../test/services/kafka.ts';
import { isFree } from '../test/services/ports.ts';
import { startRedis } from '../test/services/redis.ts';
import { NothingFound } from '../test/services/ways.ts';
import { parseServices, SERVICES_USAGE, servicesText, type ServicesOptions } from './services-options.ts';

/** How soon a server that ended by itself is noticed. Milliseconds. */
const LOOK_EVERY_MS = 1000;

async function portOr(wanted: number | undefined, usual: number): Promise<{ port?: number }> {
  if (wanted === undefined) return (await isFree(usual)) ? { port: usual } : {};
  if (await isFree(wanted)) return { port: wanted };
  throw new Error(`port ${wanted} of 127.0.0.1 is taken`);
}

/**
 * Aborted by the first Ctrl-C or SIGTERM from now on. A second one, and one that comes before, ends this process at once:
 * the servers go with it however it ends.
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

async function serve({ kafka, redis, kafkaPort, redisPort }: ServicesOptions): Promise<void> {
  const ports = { kafka: await portOr(kafkaPort, 9092), redis: await portOr(redisPort, 6379) };
  console.log('starting Kafka and Redis …');
  const started = await Promise.allSettled([
    startKafka({ version: kafka, settings: PATIENT, ...ports.kafka }),
    startRedis({ ...(redis === undefined ? {} : { version: redis }), ...ports.redis }),
  ]);
  const servers = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  try {
    const [broker, store] = started;
    if (broker.status === 'rejected') throw broker.reason;
    if (store.status === 'rejected') throw store.reason;
    console.log(servicesText(broker.value, store.value));
    const stop = stopSignal();
    while (!stop.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
      if (!(await broker.value.running())) throw new Error('Kafka ended by itself');
      if (!(await store.value.running())) throw new Error('Redis ended by itself');
    }
  } finally {
    await Promise.all(servers.map(async (server) => await server.remove()));
  }
  console.log('stopped Kafka and Redis, and removed what they stored');
}

async function main(): Promise<number> {
  const parsed = parseServices(process.argv.slice(2));
  if (parsed.kind === 'help') {
    console.log(SERVICES_USAGE);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    console.error(`${parsed.problem}\n\n${SERVICES_USAGE}`);
    return 2;
  }
  try {
    await serve(parsed.options);
    return 0;
  } catch (error) {
    console.error(error instanceof NothingFound ? error.message : error instanceof Error ? error.message : error);
    return 1;
  }
}

process.exit(await main());

/**
 * A server whose model stands on real Kafka and Redis: API and worker in this process, so that the suite asks one address
 * for everything. Topic, group and keys are its own, since several files run at once.
 */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { openDistributed } from '../../src/adapters.ts';
import { closeAll, type Closer } from '../../src/closers.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startEngine } from '../../src/engine.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { listen } from '../../src/listen.ts';
import { makeMetrics } from '../../src/metrics/metrics.ts';
import type { Model } from '../../src/model/model.ts';
import { makeReports } from '../../src/reports.ts';
import { VERSION } from '../../src/version.ts';
import { sharedKafka, sharedRedis } from '../services/shared.ts';
import { storyRedis } from '../system/distributed/redis.ts';
import { storyTopic } from '../system/distributed/topic.ts';
import type { HttpSubject } from './suite.ts';

/** The model under a name that nobody else uses: it is the topic's too. */
export function renamed(model: Model): Model {
  const name = `${model.name}-${randomBytes(5).toString('hex')}`;
  return { ...model, name, topic: name };
}

/** Starts a server of the model, on an empty topic that kmodel itself makes. */
export async function onKafkaAndRedis(model: Model): Promise<HttpSubject> {
  const group = model.name;
  const closers: Closer[] = [{ what: 'topic and keys', close: () => removeAll(model) }];
  try {
    const logger = pino({ level: 'silent' });
    const { config } = loadConfig({ file: undefined, env: variables(model) });
    const { log, view, close } = await openDistributed(model, config, { role: 'client', create: true }, logger);
    closers.push({ what: 'log and view', close });
    const metrics = makeMetrics();
    const engine = await startEngine({ model, log, view, group, logger, recorder: metrics.recorder });
    closers.push({ what: 'the engine', close: () => engine.stop() });
    const observed = [{ model, log, view, inspector: engine.inspector }];
    const reports = makeReports(observed, metrics);
    const server = await createHttpServer({ models: [engine], version: VERSION, cors: [], logger: false, ...reports });
    const url = await listen(server, { host: '127.0.0.1', port: 0, setting: 'none' }, closers);
    return { url, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

function variables({ name }: Model): Record<string, string> {
  return {
    KMODEL_PRODUCER_BOOTSTRAP_SERVERS: sharedKafka(),
    KMODEL_REDIS_URI: sharedRedis(),
    KMODEL_REDIS_PREFIX: name,
    KMODEL_CONSUMER_GROUP_ID: name,
  };
}

async function removeAll(model: Model): Promise<void> {
  const topic = storyTopic(sharedKafka(), model.name, model.partitions);
  const redis = await storyRedis(sharedRedis(), model.name, model);
  await topic.remove();
  await topic.removeGroup(model.name);
  await redis.clear();
  await Promise.all([topic.close(), redis.close()]);
}

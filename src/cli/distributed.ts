/** The ports of the commands on Kafka and Redis. Their clients are loaded when they are needed: other commands don't wait. */
import { pino } from 'pino';
import type * as Adapters from '../adapters.ts';
import type { Config } from '../config/load.ts';
import { ERRORS } from '../error-table.ts';
import { KmodelError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { OpenedModel, Ports } from './ports.ts';

/** What there is to say stands in what the command prints. */
const logger = pino({ level: 'silent' });

export const DISTRIBUTED: Ports = {
  async openEach(models, config) {
    // All of the code is loaded first: the time that a server is given is its own.
    const [adapters] = await Promise.all([
      import('../adapters.ts'),
      import('../log/kafka/kafka-log.ts'),
      import('../view/redis/redis-view.ts'),
    ]);
    return models.map((model) => openOne(adapters, model, config));
  },
  async createTopic(model, config) {
    const { openTopic } = await import('../adapters.ts');
    return openTopic(model, config, { role: 'topic', create: true }, logger);
  },
  async openBoth(model, config) {
    const { openDistributed } = await import('../adapters.ts');
    return openDistributed(model, config, { role: 'operate', create: false }, logger);
  },
};

function openOne({ openTopic, openView }: typeof Adapters, model: Model, config: Config): OpenedModel {
  const part = { role: 'status', create: false } as const;
  return {
    model,
    log: twice(() => openTopic(model, config, part, logger)),
    view: twice(() => openView(model, config, part, logger)),
  };
}

/** Opens once more where no answer came: a busy machine is no reason to page somebody. */
async function twice<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof KmodelError) || !ERRORS[error.code].retryable) throw error;
    return open();
  }
}

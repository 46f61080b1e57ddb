/** The HTTP server of a process that only keeps views: health, status and metrics. It does not listen yet. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { makeFrame } from './frame.ts';
import { addHealth, type ModelHealth } from './health.ts';
import { addNotFound } from './not-found.ts';
import { addMetrics, addStatus, type AskReports, type MetricsText } from './operations.ts';
import { addQuarantine, quarantinePath, type ServedQuarantine } from './quarantine.ts';
import { JSON_TYPE } from './reads.ts';

export interface WorkerServerOptions {
  readonly models: readonly ModelHealth[];
  /** What GET /status answers. Must not reject. */
  readonly report: AskReports;
  /** What GET /metrics answers. */
  readonly metrics: MetricsText;
  /** What GET /status/<model>/quarantine answers from. */
  readonly quarantines: readonly ServedQuarantine[];
  /** kmodel's version, as `/` shows it. */
  readonly version: string;
  readonly logger: Logger | false;
}

/** Makes the server. `listen` and `close` are the caller's; close answers SHUTTING_DOWN to what still comes in. */
export async function createWorkerServer(options: WorkerServerOptions): Promise<FastifyInstance> {
  const { models, report, metrics, quarantines, version, logger } = options;
  const { app, routes } = makeFrame({ logger, vary: 'Kmodel-Position' });
  addHealth(app, models, ['ready']);
  addStatus(app, report);
  addMetrics(app, metrics);
  addQuarantine(app, quarantines);
  addDirectory(app, models, version);
  addNotFound(app, routes, undefined);
  await app.ready();
  return app;
}

/** Answers `/` with where to go. */
function addDirectory(app: FastifyInstance, models: readonly ModelHealth[], version: string): void {
  const directory = JSON.stringify({
    name: 'kmodel worker',
    version,
    live: '/health/live',
    ready: '/health/ready',
    status: '/status',
    metrics: '/metrics',
    quarantine: models.map(({ name }) => quarantinePath(name)),
    models: models.map(({ name }) => name),
  });
  app.get('/', (_request, reply) => {
    reply.type(JSON_TYPE).send(directory);
  });
}

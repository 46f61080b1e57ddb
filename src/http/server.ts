/** Assembles the HTTP server: one place that sees all routes and everything around them. It does not listen yet. */
import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { addDocs } from './docs.ts';
import { makeFrame } from './frame.ts';
import { addHealth } from './health.ts';
import { addNotFound } from './not-found.ts';
import { openApi } from './openapi.ts';
import { addOperate, type ServedOperations } from './operate.ts';
import { addMetrics, addStatus, type AskReports, type MetricsText } from './operations.ts';
import { addQuarantine, type ServedQuarantine } from './quarantine.ts';
import { addReads } from './reads.ts';
import type { ServedModel } from './served.ts';
import { addDirectory, addWeb } from './web.ts';
import { addWrites } from './writes.ts';

export interface HttpServerOptions {
  readonly models: readonly ServedModel[];
  /** kmodel's version, as the document shows it. */
  readonly version: string;
  /** The folder with the web app's built files; undefined: no web app. */
  readonly web?: URL | undefined;
  /** Origins of other sites whose pages may use the API; none: no CORS. */
  readonly cors: readonly string[];
  /** What GET /status answers; undefined: there is no such route. Must not reject. */
  readonly report?: AskReports | undefined;
  /** What GET /metrics answers; undefined: there is no such route. */
  readonly metrics?: MetricsText | undefined;
  /** What GET /status/<model>/quarantine answers from; undefined: there is no such route. */
  readonly quarantines?: readonly ServedQuarantine[] | undefined;
  /** What an operator can command; undefined: there is no such route. */
  readonly operations?: ServedOperations | undefined;
  readonly logger: Logger | false;
  /** How long a request may take to arrive whole. Milliseconds, default 60,000. */
  readonly requestTimeoutMs?: number;
}

/** Makes the server. `listen` and `close` are the caller's; close answers SHUTTING_DOWN to what still comes in. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { models, cors, version, web, report, metrics, quarantines, operations, logger, requestTimeoutMs } = options;
  const vary = cors.length > 0 ? 'Origin, Kmodel-Position' : 'Kmodel-Position';
  const { app, waits, routes } = makeFrame({ logger, requestTimeoutMs, vary });
  if (cors.length > 0) await addCors(app, cors);
  addHealth(
    app,
    models.map(({ model, status }) => ({ name: model.name, status })),
    ['ready', 'degraded'],
  );
  if (report !== undefined) addStatus(app, report);
  if (metrics !== undefined) addMetrics(app, metrics);
  if (quarantines !== undefined) addQuarantine(app, quarantines);
  if (operations !== undefined) addOperate(app, operations);
  await app.register(async (api) => {
    for (const served of models) addReads(api, served, waits);
  });
  for (const served of models) await app.register(async (scope) => addWrites(scope, served, waits));
  const described = models.map(({ model }) => model);
  const operators = {
    status: report !== undefined,
    metrics: metrics !== undefined,
    quarantine: quarantines !== undefined,
  };
  await addDocs(app, openApi(described, version, operators));
  if (web === undefined) addDirectory(app, models, version);
  addNotFound(app, routes, web === undefined ? undefined : await addWeb(app, web));
  await app.ready();
  return app;
}

async function addCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(fastifyCors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['Content-Type', 'Idempotency-Key', 'If-None-Match', 'Kmodel-Position', 'Prefer'],
    exposedHeaders: ['ETag', 'Kmodel-Position', 'Location', 'Preference-Applied', 'Retry-After'],
    maxAge: 600,
    strictPreflight: false,
  });
}

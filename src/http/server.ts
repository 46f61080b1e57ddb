/** Assembles the HTTP server: one place that sees all routes and everything around them. It does not listen yet. */
import { randomBytes } from 'node:crypto';
import fastifyCors from '@fastify/cors';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { type ErrorCode, KmodelError } from '../errors.ts';
import { makeWaits, stopping, type Waits } from './demand.ts';
import { addDocs } from './docs.ts';
import { addHealth } from './health.ts';
import { addNotFound, collectRoutes } from './not-found.ts';
import { openApi } from './openapi.ts';
import { problemAnswer, toKmodelError } from './problem.ts';
import { answerClientError, answerOddities } from './raw-socket.ts';
import { addReads } from './reads.ts';
import { SECURITY_HEADERS } from './security.ts';
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
  readonly logger: Logger | false;
  /** How long a request may take to arrive whole. Milliseconds, default 60,000. */
  readonly requestTimeoutMs?: number;
}

/** Longest request line and headers. Bytes. */
const MAX_HEADER_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

/** Makes the server. `listen` and `close` are the caller's; close answers SHUTTING_DOWN to what still comes in. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { models, cors, version, web } = options;
  const waits = makeWaits();
  const common = {
    ...SECURITY_HEADERS,
    'cache-control': 'no-cache',
    vary: cors.length > 0 ? 'Origin, Kmodel-Position' : 'Kmodel-Position',
  };
  const app = makeFastify(options, common);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  const routes = collectRoutes(app);
  answerOddities(app.server);
  addFrame(app, waits, common);
  if (cors.length > 0) await addCors(app, cors);
  addHealth(app, models);
  await app.register(async (api) => {
    for (const served of models) addReads(api, served, waits);
  });
  for (const served of models) await app.register(async (scope) => addWrites(scope, served, waits));
  await addDocs(
    app,
    openApi(
      models.map(({ model }) => model),
      version,
    ),
  );
  if (web === undefined) addDirectory(app, models, version);
  addNotFound(app, routes, web === undefined ? undefined : await addWeb(app, web));
  await app.ready();
  return app;
}

function makeFastify(
  { logger, requestTimeoutMs = REQUEST_TIMEOUT_MS }: HttpServerOptions,
  common: Readonly<Record<string, string>>,
): FastifyInstance {
  const prefix = randomBytes(4).toString('hex');
  let requests = 0;
  const loggerInstance: FastifyBaseLogger | undefined = logger === false ? undefined : logger;
  const app = Fastify({
    ...(loggerInstance === undefined ? { logger: false } : { loggerInstance }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `${prefix}-${(requests += 1)}`,
    return503OnClosing: false,
    requestTimeout: requestTimeoutMs,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, 10_000),
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply.headers(common));
    },
    routerOptions: {
      // The router counts characters of the decoded path: every id that fits a request is left to idProblem.
      maxParamLength: MAX_HEADER_BYTES,
      querystringParser: (text) => ({ text }),
    },
  });
  app.removeAllContentTypeParsers();
  // A body of theirs means nothing and is not looked at, whatever it holds.
  for (const method of ['DELETE', 'OPTIONS', 'PATCH', 'QUERY'])
    app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  // A logger for each request would cost more than all of our own steps; what is logged names the request's id itself.
  app.setChildLoggerFactory((parent) => parent);
  return app;
}

/** What holds for every request: constant headers, a host, and the end of the server. */
function addFrame(app: FastifyInstance, waits: Waits, common: Readonly<Record<string, string>>): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(common);
    if (waits.stopping) throw stopping();
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      throw new KmodelError('REQUEST_MALFORMED', 'Expected a Host header, found none.');
    }
    done();
  });
  app.addHook('preClose', (done) => {
    waits.stop();
    done();
  });
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

/** The 503s that an operator must know of; the others pass by themselves, and a starting server gives many of them. */
const LOGGED: ReadonlySet<ErrorCode> = new Set(['LOG_UNAVAILABLE', 'VIEW_UNAVAILABLE']);

/** The one way an error becomes an answer. Only what is our own fault or our storage's is logged. */
function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toKmodelError(thrown);
  const { status, headers, body } = problemAnswer(error, request.id);
  if (status === 500) request.log.error({ err: thrown, requestId: request.id }, 'unexpected error');
  else if (LOGGED.has(error.code))
    request.log.warn({ requestId: request.id, code: error.code, cause: error.cause }, error.message);
  if (error.code === 'BODY_TOO_LARGE') {
    // Who is still sending would lose the answer if the connection were closed on them: the rest is read and dropped.
    reply.removeHeader('connection');
    request.raw.resume();
  }
  return reply.code(status).headers(headers).send(body);
}

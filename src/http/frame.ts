/** What every server of ours has around its routes: limits, constant headers, problem+json for each failure, and its end. */
import { randomBytes } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { ErrorCode } from '../error-table.ts';
import { KmodelError } from '../errors.ts';
import { makeWaits, stopping, type Waits } from './demand.ts';
import { collectRoutes, type KnownRoutes } from './not-found.ts';
import { problemAnswer, toKmodelError } from './problem.ts';
import { answerClientError, answerOddities } from './raw-socket.ts';
import { SECURITY_HEADERS } from './security.ts';

export interface FrameOptions {
  readonly logger: Logger | false;
  /** How long a request may take to arrive whole. Milliseconds, default 60,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** The request headers that answers depend on. */
  readonly vary: string;
}

export interface Frame {
  readonly app: FastifyInstance;
  readonly waits: Waits;
  /** Sees every route that is added from now on. */
  readonly routes: KnownRoutes;
}

/** Longest request line and headers. Bytes. */
const MAX_HEADER_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

/** A server without routes. `listen` and `close` are the caller's; close answers SHUTTING_DOWN to what still comes in. */
export function makeFrame(options: FrameOptions): Frame {
  const common = { ...SECURITY_HEADERS, 'cache-control': 'no-cache', vary: options.vary };
  const waits = makeWaits();
  const app = makeFastify(options, common);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  const routes = collectRoutes(app);
  answerOddities(app.server);
  addHooks(app, waits, common);
  return { app, waits, routes };
}

function makeFastify(
  { logger, requestTimeoutMs = REQUEST_TIMEOUT_MS }: FrameOptions,
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
function addHooks(app: FastifyInstance, waits: Waits, common: Readonly<Record<string, string>>): void {
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

/** What an operator must know of, beside what nobody expected; other 503s pass by themselves, and a starting server gives many of them. */
const LOGGED: ReadonlySet<ErrorCode> = new Set([
  'LOG_UNAVAILABLE',
  'LOG_REFUSES',
  'VIEW_UNAVAILABLE',
  'VIEW_DOUBTFUL',
  'VIEW_HELD',
]);

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

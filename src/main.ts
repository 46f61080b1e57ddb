/** Puts a process together: chooses the adapters, starts the models' engines and the HTTP server, and stops them. */
import { join, relative, resolve } from 'node:path';
import { pino, type Logger } from 'pino';
import { loadApp } from './app.ts';
import { closeAll, type Closer } from './closers.ts';
import type { LoadedConfig } from './config/load.ts';
import { takeDataDir } from './data-dir.ts';
import { startEngine, type Engine } from './engine.ts';
import { KmodelError } from './errors.ts';
import { SETTINGS } from './config/settings.ts';
import { createHttpServer } from './http/server.ts';
import { openEmbeddedLog } from './log/embedded/embedded-log.ts';
import { indexNames } from './model/indexes.ts';
import type { Model } from './model/model.ts';
import { VERSION } from './version.ts';
import { openEmbeddedView } from './view/embedded/embedded-view.ts';

export interface KmodelOptions {
  /** Each with a name of its own. */
  readonly models: readonly Model[];
  /** Folder of a web app's built files, served at `/`. Default: none. */
  readonly web?: URL | undefined;
  /** Where log and view are kept. Default `./data`. */
  readonly dataDir?: string;
  /** Default 127.0.0.1, port 8080; port 0 takes a free one. */
  readonly http?: { readonly host?: string; readonly port?: number };
  /** Origins that browsers may call from. Default: none. */
  readonly cors?: readonly string[];
  /**
   * Compaction of the log, in milliseconds, as in Kafka. Default: lag 0, retention 24 hours. The retention is at least
   * 60,000, and must exceed the time that building the view from the whole log takes.
   */
  readonly compaction?: { readonly minCompactionLagMs?: number; readonly deleteRetentionMs?: number };
  /** A pino logger, a level (its lines go to stderr), or false for none. Default `info`. */
  readonly logger?: Logger | string | false;
}

export interface Kmodel {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops taking requests, ends what is under way, and frees files and threads. */
  close(): Promise<void>;
}

/** How long requests under way may take to end after `close`. Milliseconds. */
const CLOSE_WITHIN_MS = 5_000;

/**
 * Starts API and worker on the embedded log and view, in this process. Resolves once it accepts requests; reads answer 503
 * until the view has caught up. Throws KmodelError: DATA_DIR_…, LOG_MISMATCH, ADDRESS_IN_USE, MODEL_INVALID,
 * CONFIG_INVALID.
 */
export async function startKmodel(options: KmodelOptions): Promise<Kmodel> {
  checkModels(options.models);
  checkCompaction(options.compaction ?? {});
  const logger = makeLogger(options.logger ?? 'info');
  const closers: Closer[] = [];
  try {
    const directory = takeDataDir(resolve(options.dataDir ?? './data'));
    closers.push(() => directory.release());
    const engines: Engine[] = [];
    for (const model of options.models) {
      engines.push(await openEngine(model, join(directory.path, model.name), options, logger, closers));
    }
    const url = await serve(engines, options, logger, closers);
    let closing: Promise<void> | undefined;
    return { url, close: () => (closing ??= closeAll(closers)) };
  } catch (error) {
    await closeAll(closers).catch((also: unknown) => logger.error({ err: also }, 'did not stop cleanly'));
    throw error;
  }
}

async function openEngine(
  model: Model,
  directory: string,
  options: KmodelOptions,
  logger: Logger,
  closers: Closer[],
): Promise<Engine> {
  const warn = (line: string): void => logger.warn({ model: model.name }, line);
  const log = await openEmbeddedLog({ directory, partitions: model.partitions, ...options.compaction, warn });
  closers.push(() => log.close());
  const indexes = { filters: indexNames(model, 'filter'), sorts: indexNames(model, 'sort') };
  const view = await openEmbeddedView({ directory, ...indexes });
  closers.push(() => view.close());
  const engine = await startEngine(model, log, view, logger);
  closers.push(() => engine.stop());
  return engine;
}

/**
 * Listens; answers the URL. The server is closed before the engines: it ends the reads that wait itself, so that no request
 * holds it open, and what is under way still has its engine.
 */
async function serve(
  engines: readonly Engine[],
  options: KmodelOptions,
  logger: Logger,
  closers: Closer[],
): Promise<string> {
  const { host = '127.0.0.1', port = 8080 } = options.http ?? {};
  const server = await createHttpServer({
    models: engines,
    version: VERSION,
    web: options.web,
    cors: options.cors ?? [],
    logger,
  });
  closers.push(async () => {
    const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_WITHIN_MS);
    await server.close().finally(() => clearTimeout(cut));
  });
  try {
    return await server.listen({ host, port });
  } catch (error) {
    throw listenError(error, host, port);
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Partial<Record<string, string>> = {
    EADDRINUSE: 'another program uses it',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host',
  };
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  return new KmodelError(
    'ADDRESS_IN_USE',
    `can't listen on ${host}, port ${port}: ${reason}; set another :http {:port … :host …}`,
    { cause: error },
  );
}

function checkModels(models: readonly Model[]): void {
  const names = models.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new KmodelError('MODEL_INVALID', `two models are named "${twice}": give one another name`);
  if (models.length === 0)
    throw new KmodelError('MODEL_INVALID', 'there is no model: pass at least one to startKmodel({ models: […] })');
}

function checkCompaction(compaction: NonNullable<KmodelOptions['compaction']>): void {
  for (const name of ['minCompactionLagMs', 'deleteRetentionMs'] as const) {
    const { schema, expected } = SETTINGS[name];
    const value = compaction[name];
    if (value === undefined || schema.safeParse(value).success) continue;
    throw new KmodelError('CONFIG_INVALID', `compaction.${name}: expected ${expected}, found ${String(value)}`);
  }
}

function makeLogger(logger: Logger | string | false): Logger {
  if (typeof logger === 'object') return logger;
  return pino({ level: logger === false ? 'silent' : logger }, pino.destination(2));
}

/** The command `start`: runs until SIGTERM or SIGINT. Throws KmodelError where it can't start. */
export async function runStart({ config, warnings }: LoadedConfig): Promise<void> {
  const logger = makeLogger(config.logLevel);
  for (const warning of warnings) logger.warn(warning);
  const { dataDir, http, cors, compaction } = config;
  const starting = Promise.withResolvers<Kmodel>();
  const signals = stopOnSignal(starting.promise, logger);
  starting.resolve(loadApp(config.app).then((app) => startKmodel({ ...app, dataDir, http, cors, compaction, logger })));
  const { url } = await starting.promise;
  if (!signals.stopping())
    process.stdout.write(`kmodel ${VERSION} listening on ${url} (data: ${shownPath(dataDir)})\n`);
}

/** From now on a signal ends the process: where the start is still under way, once that is done. A second one at once. */
function stopOnSignal(starting: Promise<Kmodel>, logger: Logger): { stopping(): boolean } {
  let stopping = false;
  const close = async (): Promise<void> => {
    // A start that fails tells so itself, and ends the process.
    const running = await starting.catch(() => undefined);
    if (running === undefined) return;
    await running.close();
    process.exit(0);
  };
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    close().catch((error: unknown) => {
      logger.error({ err: error }, 'did not stop cleanly');
      process.exit(1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return { stopping: () => stopping };
}

function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : `./${short}`;
}

/** Puts a process together: chooses the adapters, starts the models' engines and the HTTP server, and stops them. */
import { join, relative, resolve } from 'node:path';
import { pino, type Logger } from 'pino';
import { loadApp } from './app.ts';
import type { LoadedConfig } from './config/load.ts';
import { takeDataDir } from './data-dir.ts';
import { startEngine, type Engine } from './engine.ts';
import { KmodelError } from './errors.ts';
import { createHttpServer } from './http/server.ts';
import { openEmbeddedLog } from './log/embedded/embedded-log.ts';
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
  /** Compaction of the log, in milliseconds, as in Kafka. Default: lag 0, retention 24 hours. */
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
 * until the view has caught up. Throws KmodelError: DATA_DIR_…, LOG_MISMATCH, ADDRESS_IN_USE, MODEL_INVALID.
 */
export async function startKmodel(options: KmodelOptions): Promise<Kmodel> {
  checkModels(options.models);
  const logger = makeLogger(options.logger ?? 'info');
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const directory = takeDataDir(resolve(options.dataDir ?? './data'));
    closers.push(() => directory.release());
    const engines: Engine[] = [];
    for (const model of options.models) {
      engines.push(await openEngine(model, join(directory.path, model.name), options, logger, closers));
    }
    const url = await serve(engines, options, logger, closers);
    return { url, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openEngine(
  model: Model,
  directory: string,
  options: KmodelOptions,
  logger: Logger,
  closers: (() => Promise<void> | void)[],
): Promise<Engine> {
  const warn = (line: string): void => logger.warn({ model: model.name }, line);
  const log = await openEmbeddedLog({ directory, partitions: model.partitions, ...options.compaction, warn });
  closers.push(() => log.close());
  const named = (kind: 'filter' | 'sort'): string[] =>
    model.indexes.filter((index) => index.kind === kind).map(({ name }) => name);
  const view = await openEmbeddedView({ directory, filters: named('filter'), sorts: named('sort') });
  closers.push(() => view.close());
  return startEngine(model, log, view, logger);
}

/** Listens; answers the URL. On close, reads that wait are ended first, so that no request holds the server open. */
async function serve(
  engines: readonly Engine[],
  options: KmodelOptions,
  logger: Logger,
  closers: (() => Promise<void> | void)[],
): Promise<string> {
  const { host = '127.0.0.1', port = 8080 } = options.http ?? {};
  const stopEngines = async (): Promise<void> => {
    await Promise.all(engines.map((engine) => engine.stop()));
  };
  closers.push(stopEngines);
  const server = await createHttpServer({
    models: engines,
    version: VERSION,
    web: options.web,
    cors: options.cors ?? [],
    logger,
  });
  closers.pop();
  closers.push(async () => {
    const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_WITHIN_MS);
    await Promise.all([server.close(), stopEngines()]);
    clearTimeout(cut);
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

function makeLogger(logger: Logger | string | false): Logger {
  if (typeof logger === 'object') return logger;
  return pino({ level: logger === false ? 'silent' : logger }, pino.destination(2));
}

/** The command `start`: runs until SIGTERM or SIGINT. Throws KmodelError where it can't start. */
export async function runStart({ config, warnings }: LoadedConfig): Promise<void> {
  const logger = makeLogger(config.logLevel);
  for (const warning of warnings) logger.warn(warning);
  const app = await loadApp(config.app);
  const { dataDir, http, cors, compaction } = config;
  const running = await startKmodel({ ...app, dataDir, http, cors, compaction, logger });
  stopOnSignal(running, logger);
  process.stdout.write(`kmodel ${VERSION} listening on ${running.url} (data: ${shownPath(dataDir)})\n`);
}

function stopOnSignal(running: Kmodel, logger: Logger): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : `./${short}`;
}

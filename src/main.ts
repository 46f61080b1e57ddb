/** Puts API and worker together in one process, on the embedded log and view. */
import { relative, resolve } from 'node:path';
import type { Logger } from 'pino';
import { loadApp } from './app.ts';
import { openEmbedded } from './adapters.ts';
import type { LoadedConfig } from './config/load.ts';
import { SETTINGS } from './config/settings.ts';
import { takeDataDir } from './data-dir.ts';
import { startEngine, type Api } from './engine.ts';
import { KmodelError } from './errors.ts';
import { createHttpServer } from './http/server.ts';
import { listen } from './listen.ts';
import { makeMetrics } from './metrics/metrics.ts';
import type { Model } from './model/model.ts';
import { checkModels, makeLogger, opened, type Kmodel } from './opened.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { serveOperations } from './operate/served.ts';
import { isOperator, newToken, writeAccess } from './operate/token-file.ts';
import { makeReports, type Observed } from './reports.ts';
import { VERSION } from './version.ts';

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

/**
 * Starts API and worker on the embedded log and view, in this process. Resolves once it accepts requests; reads answer 503
 * until the view has caught up. Throws KmodelError: DATA_DIR_…, LOG_MISMATCH, ADDRESS_IN_USE, MODEL_INVALID,
 * CONFIG_INVALID.
 */
export async function startKmodel(options: KmodelOptions): Promise<Kmodel> {
  checkModels(options.models);
  checkCompaction(options.compaction ?? {});
  const logger = makeLogger(options.logger ?? 'info');
  return opened(logger, async (closers, watch) => {
    const directory = takeDataDir(resolve(options.dataDir ?? './data'));
    closers.push({ what: 'the data directory', close: () => directory.release() });
    const metrics = makeMetrics();
    const engines: Api[] = [];
    const observed: Observed[] = [];
    for (const model of options.models) {
      const { log, view, gone, close } = await openEmbedded(model, directory.path, options.compaction ?? {}, logger);
      closers.push({ what: `log and view of ${model.name}`, close });
      watch(gone);
      const group = model.name;
      const engine = await startEngine({ model, log, view, group, logger, recorder: metrics.recorder });
      closers.push({ what: `the engine of ${model.name}`, close: () => engine.stop() });
      engines.push(engine);
      observed.push({ model, log, view, inspector: engine.inspector });
    }
    const { host = '127.0.0.1', port = 8080 } = options.http ?? {};
    const token = newToken();
    const server = await createHttpServer({
      operations: {
        isOperator: (authorization) => isOperator(authorization, token),
        operate: serveOperations(observed),
      },
      models: engines,
      version: VERSION,
      web: options.web,
      cors: options.cors ?? [],
      logger,
      ...makeReports(observed, metrics),
    });
    const url = await listen(server, { host, port, setting: ':http {:port … :host …}' }, closers);
    const removeAccess = writeAccess(directory.path, { url, token });
    closers.push({ what: 'the access file', close: async () => removeAccess() });
    return url;
  });
}

function checkCompaction(compaction: NonNullable<KmodelOptions['compaction']>): void {
  for (const name of ['minCompactionLagMs', 'deleteRetentionMs'] as const) {
    const { schema, expected } = SETTINGS[name];
    const value = compaction[name];
    if (value === undefined || schema.safeParse(value).success) continue;
    throw new KmodelError('CONFIG_INVALID', `compaction.${name}: expected ${expected}, found ${String(value)}`);
  }
}

/** The command `start`: runs until SIGTERM or SIGINT. Throws KmodelError where it can't start. */
export async function runStart({ config, warnings }: LoadedConfig): Promise<void> {
  const logger = makeLogger(config.logLevel);
  for (const warning of warnings) logger.warn(warning);
  const { dataDir, http, cors, compaction } = config;
  await runUntilSignal(
    async () => startKmodel({ ...(await loadApp(config.app)), dataDir, http, cors, compaction, logger }),
    ({ url }) => process.stdout.write(`kmodel ${VERSION} listening on ${url} (data: ${shownPath(dataDir)})\n`),
    logger,
  );
}

function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : `./${short}`;
}

/** The roles `client` and `worker`: the API and the view's keeper as processes of their own, on Kafka and Redis. */
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import { groupOf, openDistributed, type Part } from './adapters.ts';
import { loadApp, type App } from './app.ts';
import { type Closer, closeTogether } from './closers.ts';
import type { Config, LoadedConfig } from './config/load.ts';
import { openApi, startKeeping, type EngineParts } from './engine.ts';
import { createWorkerServer } from './http/worker-server.ts';
import { listen } from './listen.ts';
import { makeMetrics, type Metrics } from './metrics/metrics.ts';
import { checkModels, makeLogger, opened, type Kmodel, type WatchPart } from './opened.ts';
import { makeReports, type Observed } from './reports.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { VERSION } from './version.ts';

/** The command `client`: runs until SIGTERM or SIGINT. Throws KmodelError where it can't start. */
export function runClient(loaded: LoadedConfig): Promise<void> {
  return runRole(loaded, 'client', startClient);
}

/**
 * How much the heap may grow, in percent of what is in use, before V8 collects what is no longer used. Left to itself it lets
 * a replay's garbage take 100 MB more, for no gain in speed that could be measured.
 */
const HEAP_GROWTH_PERCENT = 120;

/** The command `worker`: runs until SIGTERM or SIGINT. Throws KmodelError where it can't start. */
export function runWorker(loaded: LoadedConfig): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  return runRole(loaded, 'worker', startWorkers);
}

type StartRole = (app: App, config: Config, logger: Logger) => Promise<Kmodel>;

async function runRole({ config, warnings }: LoadedConfig, role: string, start: StartRole): Promise<void> {
  const logger = makeLogger(config.logLevel);
  for (const warning of warnings) logger.warn(warning);
  await runUntilSignal(
    async () => start(await loadApp(config.app), config, logger),
    ({ url }) => process.stdout.write(`kmodel ${VERSION} ${role} listening on ${url}\n`),
    logger,
  );
}

function startClient(app: App, config: Config, logger: Logger): Promise<Kmodel> {
  return opened(logger, async (closers, watch) => {
    const metrics = makeMetrics();
    const part: Part = { role: 'client', create: true };
    const started = await startEach(app, config, part, logger, metrics, closers, watch, openApi);
    // The worker needs nothing of it, and it takes memory.
    const { createHttpServer } = await import('./http/server.ts');
    const server = await createHttpServer({
      models: started.map(({ half }) => half),
      version: VERSION,
      web: app.web,
      cors: config.cors,
      logger,
      ...makeReports(started, metrics),
    });
    return listen(server, { ...config.http, setting: ':http {:port … :host …}' }, closers);
  });
}

function startWorkers(app: App, config: Config, logger: Logger): Promise<Kmodel> {
  return opened(logger, async (closers, watch) => {
    const metrics = makeMetrics();
    const part: Part = { role: 'worker', create: true };
    const started = await startEach(app, config, part, logger, metrics, closers, watch, startKeeping);
    const server = await createWorkerServer({
      models: started.map(({ model, inspector }) => ({ name: model.name, status: () => inspector.status() })),
      version: VERSION,
      logger,
      ...makeReports(started, metrics),
    });
    return listen(server, { ...config.worker, setting: ':worker {:port … :host …}' }, closers);
  });
}

/** One half of an engine, beside what status and metrics look at. */
interface Started<Half> extends Observed {
  readonly half: Half;
}

async function startEach<Half extends Pick<Observed, 'inspector'> & { stop(): Promise<void> }>(
  { models }: App,
  config: Config,
  part: Part,
  logger: Logger,
  { recorder }: Metrics,
  closers: Closer[],
  watch: WatchPart,
  start: (parts: EngineParts) => Half | Promise<Half>,
): Promise<Started<Half>[]> {
  checkModels(models);
  const started: Started<Half>[] = [];
  const ofModels: Closer[][] = [];
  // Each may take seconds while its brokers are silent.
  closers.push({ what: 'the models', close: () => closeTogether(ofModels) });
  for (const model of models) {
    const { log, view, gone, close } = await openDistributed(model, config, part, logger);
    const ofModel: Closer[] = [{ what: `log and view of ${model.name}`, close }];
    ofModels.push(ofModel);
    watch(gone);
    const group = groupOf(model, config);
    const half = await start({ model, log, view, group, logger, recorder });
    ofModel.push({ what: `the ${part.role} of ${model.name}`, close: () => half.stop() });
    started.push({ model, log, view, inspector: half.inspector, half });
  }
  return started;
}

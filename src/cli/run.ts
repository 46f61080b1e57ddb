/** Runs one command: arguments in, exit code out. What goes wrong in an expected way is one line on stderr. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { CommanderError } from 'commander';
import type { App } from '../app.ts';
import { type Config, type LoadedConfig, loadConfig } from '../config/load.ts';
import { KmodelError } from '../errors.ts';
import { type Api, findModel, openApi } from './api.ts';
import { exportEntities } from './export.ts';
import { CommandFailure, oneLine } from './failure.ts';
import { awaitView, importEntities } from './import.ts';
import { DISTRIBUTED } from './distributed.ts';
import { operateArguments, runCommand } from './operate.ts';
import type { Ports } from './ports.ts';
import { listQuarantine } from './quarantine.ts';
import {
  type Actions,
  type QuarantineOptions,
  type ServerOptions,
  type StatusOptions,
  buildProgram,
} from './program.ts';
import { openProgress } from './progress.ts';
import { allOk, askServer, inspectModels, statusOutput } from './status.ts';
import { checkTopics } from './topic.ts';

/** The parts of `process` that the commands use. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the command that the arguments (without node and script) name. Answers the exit code; never rejects. `ports`: how the
 * commands that look at log and view reach them.
 */
export async function run(args: readonly string[], terminal: Terminal, ports: Ports = DISTRIBUTED): Promise<number> {
  let code = 0;
  endQuietlyWithTheReader(terminal.stdout);
  const program = buildProgram(actionsOf(terminal, ports), (result) => {
    code = result;
  });
  const output = {
    writeOut: (text: string) => terminal.stdout.write(text),
    writeErr: (text: string) => terminal.stderr.write(text),
    outputError: (text: string, write: (line: string) => void) => write(text.replace(/^error: /, 'kmodel: ')),
  };
  const commands = [program, ...program.commands, ...program.commands.flatMap((command) => command.commands)];
  for (const command of commands) command.configureOutput(output);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.stderr.write(`kmodel: ${describeFailure(error, terminal.env)}\n`);
    return 1;
  }
}

function describeFailure(error: unknown, env: Terminal['env']): string {
  if (error instanceof KmodelError || error instanceof CommandFailure) return oneLine(error.message);
  const message = oneLine(error instanceof Error ? error.message : String(error));
  const withStack = env['KMODEL_LOG_LEVEL'] === 'debug' || env['KMODEL_LOG_LEVEL'] === 'trace';
  return `internal error: ${message}${withStack && error instanceof Error ? `\n${error.stack}` : ''}`;
}

/** `kmodel export | head`: when the reader has seen enough, there is nothing left to do and nothing to complain of. */
function endQuietlyWithTheReader(stdout: Writable): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

function actionsOf(terminal: Terminal, ports: Ports): Actions {
  return {
    async start(file) {
      const loaded = loadConfig({ file, env: terminal.env });
      const { runStart } = await import('../main.ts');
      await runStart(loaded);
      return 0;
    },
    async client(file) {
      const loaded = loadConfig({ file, env: terminal.env });
      const { runClient } = await import('../roles.ts');
      await runClient(loaded);
      return 0;
    },
    async worker(file) {
      const loaded = loadConfig({ file, env: terminal.env });
      const { runWorker } = await import('../roles.ts');
      await runWorker(loaded);
      return 0;
    },
    import: (file, configFile, options) => runImport(file, configFile, options, terminal),
    export: (configFile, options) => runExport(configFile, options, terminal),
    status: (configFile, options) => runStatus(configFile, options, terminal, ports),
    topic: (configFile) => runTopic(configFile, terminal, ports),
    operate: async (first, second, command) => {
      const { model, config: file } = operateArguments(first, second);
      const { config } = loadAndWarn(file, terminal);
      const { models } = await loadModels(config);
      const print = (line: string): void => void terminal.stdout.write(`${oneLine(line)}\n`);
      await runCommand(models, config, { model, command }, ports, print);
      return 0;
    },
    quarantineList: (configFile, options) => runQuarantineList(configFile, options, terminal),
  };
}

function loadAndWarn(file: string | undefined, terminal: Terminal): LoadedConfig {
  const loaded = loadConfig({ file, env: terminal.env });
  for (const warning of loaded.warnings) terminal.stderr.write(`kmodel: ${oneLine(warning)}\n`);
  return loaded;
}

function apiOf(configFile: string | undefined, options: ServerOptions, terminal: Terminal): Api {
  const { config } = loadAndWarn(configFile, terminal);
  return openApi(options.url ?? urlOf(config));
}

/** Where a client on this machine finds the server that the configuration describes. */
function urlOf({ http: { host, port } }: Config): string {
  if (port === 0)
    throw new CommandFailure('with port 0 only the running server knows its port; give its address with --url');
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

async function runImport(
  file: string,
  configFile: string | undefined,
  options: ServerOptions,
  terminal: Terminal,
): Promise<number> {
  const api = apiOf(configFile, options, terminal);
  const input = file === '-' ? terminal.stdin : await openInput(file);
  const model = await findModel(api, options.model).catch((error: unknown) => {
    input.destroy();
    throw error;
  });
  const progress = openProgress(terminal.stderr);
  const report = (line: string): void => progress.print(oneLine(line));
  const outcome = await importEntities({ input, api, model, report, progress: progress.show });
  if (outcome.stopped !== undefined) report(`kmodel: ${outcome.stopped}`);
  else if (outcome.position !== undefined) await awaitView(api, model, outcome.position, report);
  progress.end();
  terminal.stdout.write(`${outcome.imported} imported, ${outcome.failed} failed\n`);
  return outcome.failed > 0 || outcome.stopped !== undefined ? 1 : 0;
}

async function openInput(file: string): Promise<Readable> {
  try {
    if ((await stat(file)).isDirectory()) throw new CommandFailure(`${file}: expected a file, found a directory`);
    const stream = createReadStream(file);
    await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject));
    return stream;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandFailure(
      code === 'ENOENT' ? `${file}: there is no such file` : `${file}: the file can not be read (${code})`,
    );
  }
}

async function runExport(configFile: string | undefined, options: ServerOptions, terminal: Terminal): Promise<number> {
  const api = apiOf(configFile, options, terminal);
  const model = await findModel(api, options.model);
  await exportEntities(api, model, terminal.stdout);
  return 0;
}

async function runQuarantineList(
  configFile: string | undefined,
  options: QuarantineOptions,
  terminal: Terminal,
): Promise<number> {
  const api = apiOf(configFile, options, terminal);
  const model = await findModel(api, options.model);
  await listQuarantine(api, model, terminal.stdout, options.json === true);
  return 0;
}

async function runStatus(
  configFile: string | undefined,
  options: StatusOptions,
  terminal: Terminal,
  ports: Ports,
): Promise<number> {
  const { config } = loadAndWarn(configFile, terminal);
  const reports =
    options.url === undefined
      ? await inspectModels((await loadModels(config)).models, config, ports)
      : await askServer(openApi(options.url));
  terminal.stdout.write(statusOutput(reports, options.json === true));
  return allOk(reports) ? 0 : 1;
}

async function runTopic(configFile: string | undefined, terminal: Terminal, ports: Ports): Promise<number> {
  const { config } = loadAndWarn(configFile, terminal);
  const { models } = await loadModels(config);
  const print = (text: string): void => void terminal.stdout.write(text);
  const report = (line: string): void => void terminal.stderr.write(`kmodel: ${oneLine(line)}\n`);
  return (await checkTopics(models, config, ports, print, report)) ? 0 : 1;
}

/** Loading an app takes its schema's library along, which the commands that speak HTTP don't need. */
async function loadModels(config: Config): Promise<App> {
  const { loadApp } = await import('../app.ts');
  return loadApp(config.app);
}

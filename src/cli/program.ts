/** The commands, their arguments and options: what --help prints and docs/reference/cli.md shows. */
import { Command, InvalidArgumentError } from 'commander';
import type { Command as OperateCommand } from '../operate/commands.ts';
import { VERSION } from '../version.ts';

/** What each command does; each ends with the process's exit code. `config` is the path of a configuration file. */
export interface Actions {
  start(config: string | undefined): Promise<number>;
  client(config: string | undefined): Promise<number>;
  worker(config: string | undefined): Promise<number>;
  /** `file` is a path, or `-` for standard input. */
  import(file: string, config: string | undefined, options: ServerOptions): Promise<number>;
  export(config: string | undefined, options: ServerOptions): Promise<number>;
  status(config: string | undefined, options: StatusOptions): Promise<number>;
  topic(config: string | undefined): Promise<number>;
  /** `first` and `second` are a model and a configuration, or one of them. */
  operate(first: string | undefined, second: string | undefined, command: OperateCommand): Promise<number>;
  quarantineList(config: string | undefined, options: QuarantineOptions): Promise<number>;
}

/** Which server and model, and how the records are shown. */
export interface QuarantineOptions extends ServerOptions {
  readonly json?: true;
}

/** Where the status is asked, and how it is shown. */
export interface StatusOptions {
  /** A running server's address, without a final slash; undefined: log and view themselves. */
  readonly url?: string;
  readonly json?: true;
}

/** Which server and model; undefined: as the configuration says, and the server's only model. */
export interface ServerOptions {
  /** Without a final slash. */
  readonly url?: string;
  readonly model?: string;
}

const CONFIG = 'a configuration file: EDN, or JSON where the name ends in .json';
const URL_FLAGS = '--url <url>';
const URL_MEANING = 'the address of the server (default: from the configuration)';
const MODEL_FLAGS = '--model <name>';
const MODEL_MEANING = "the model (default: the server's only one)";

/** Builds the definition; `finish` receives the exit code of the command that ran. */
export function buildProgram(actions: Actions, finish: (code: number) => void): Command {
  const program = new Command('kmodel')
    .description('Live, searchable views over a durable log.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print the usage')
    .exitOverride()
    .showHelpAfterError();
  // Not every action takes options, and Commander passes itself last; so each picks what it needs.
  program
    .command('start')
    .description('run the API, the web app and the worker in one process, on the embedded log and view')
    .argument('[config]', CONFIG)
    .action(async (config: string | undefined) => finish(await actions.start(config)));
  program
    .command('client')
    .description('run the API and the web app, on Kafka and Redis; as many as you like')
    .argument('[config]', CONFIG)
    .action(async (config: string | undefined) => finish(await actions.client(config)));
  program
    .command('worker')
    .description('run a worker, which keeps the view in Redis true; as many as you like')
    .argument('[config]', CONFIG)
    .action(async (config: string | undefined) => finish(await actions.worker(config)));
  program
    .command('import')
    .description('store the entities of a file, one JSON object a line')
    .argument('<file>', 'the file; - is standard input')
    .argument('[config]', CONFIG)
    .option(URL_FLAGS, URL_MEANING, serverUrl)
    .option(MODEL_FLAGS, MODEL_MEANING)
    .action(async (file: string, config: string | undefined, options: ServerOptions) =>
      finish(await actions.import(file, config, options)),
    );
  program
    .command('export')
    .description('print all entities, one JSON object a line')
    .argument('[config]', CONFIG)
    .option(URL_FLAGS, URL_MEANING, serverUrl)
    .option(MODEL_FLAGS, MODEL_MEANING)
    .action(async (config: string | undefined, options: ServerOptions) =>
      finish(await actions.export(config, options)),
    );
  program
    .command('status')
    .description('show how far the view is in each partition, and what needs a person')
    .argument('[config]', CONFIG)
    .option(URL_FLAGS, 'ask the server at this address (default: ask Kafka and Redis)', serverUrl)
    .option('--json', 'print JSON: what GET /status answers')
    .action(async (config: string | undefined, options: StatusOptions) =>
      finish(await actions.status(config, options)),
    );
  program
    .command('topic')
    .description('create the topic of each model where it is absent, verify it, and show it')
    .argument('[config]', CONFIG)
    .action(async (config: string | undefined) => finish(await actions.topic(config)));
  addQuarantine(program, actions, finish);
  addOperations(program, actions, finish);
  return program;
}

function addQuarantine(program: Command, actions: Actions, finish: (code: number) => void): void {
  program
    .command('quarantine')
    .description('look at the records that could not be applied')
    .helpOption('-h, --help', 'print the usage')
    .command('list')
    .description('print the records that could not be applied, where they lie and why, by partition and offset')
    .argument('[config]', CONFIG)
    .option(URL_FLAGS, URL_MEANING, serverUrl)
    .option(MODEL_FLAGS, MODEL_MEANING)
    .option('--json', 'print one JSON object a line: what GET /status/<model>/quarantine answers')
    .action(async (config: string | undefined, options: QuarantineOptions) =>
      finish(await actions.quarantineList(config, options)),
    );
}

function addOperations(program: Command, actions: Actions, finish: (code: number) => void): void {
  const model = "the model (default: all of the app's)";
  program
    .command('rebuild')
    .description('begin a new generation of the view, built from the start of the log')
    .argument('[model]', model)
    .argument('[config]', CONFIG)
    .option('--accept-loss', 'drop what only a held view has')
    .action(async (first: string | undefined, second: string | undefined, { acceptLoss }: { acceptLoss?: true }) =>
      finish(await actions.operate(first, second, { kind: 'rebuild', acceptLoss: acceptLoss === true })),
    );
  program
    .command('recover')
    .description('append to a log that has lost records what only the held view has, then rebuild the view')
    .argument('[model]', model)
    .argument('[config]', CONFIG)
    .option('--dry-run', 'count, and change nothing')
    .action(async (first: string | undefined, second: string | undefined, { dryRun }: { dryRun?: true }) =>
      finish(await actions.operate(first, second, { kind: 'recover', dryRun: dryRun === true })),
    );
}

function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new InvalidArgumentError('Expected an address such as http://127.0.0.1:8080.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The configuration: defaults, under a file, under the environment. */
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KmodelError } from '../errors.ts';
import { type Layer, checkDocument, checkEnv } from './check.ts';
import { type ConfigDocument, DocumentProblem } from './document.ts';
import { readEdn } from './edn.ts';
import { readJson } from './json.ts';
import { type LogLevel, SETTINGS, SETTING_ROWS, type SettingValues } from './settings.ts';

/** Everything that can be set, with defaults filled in. Paths are absolute. */
export interface Config {
  readonly http: { readonly port: number; readonly host: string };
  readonly dataDir: string;
  /** The module with the models; undefined: the built-in app. */
  readonly app: string | undefined;
  /** Web origins that may call the API from a browser; empty: only its own. */
  readonly cors: readonly string[];
  readonly compaction: { readonly minCompactionLagMs: number; readonly deleteRetentionMs: number };
  readonly logLevel: LogLevel;
  /** `uri` wins over the rest. */
  readonly redis: {
    readonly uri: string | undefined;
    readonly host: string;
    readonly port: number;
    readonly password: string | undefined;
    readonly db: number;
    /** What every key begins with. */
    readonly prefix: string;
  };
  /** `bootstrapServers`: host:port, several separated by commas. */
  readonly producer: { readonly bootstrapServers: string; readonly deliveryTimeoutMs: number };
  readonly consumer: { readonly groupId: string };
  /** Where a worker answers health, status and metrics. */
  readonly worker: { readonly port: number; readonly host: string };
}

/** `warnings`: one line each about what was accepted and ignored, with file and key. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

export interface LoadOptions {
  /** Path of an EDN file, or of a JSON file (its name ends in .json); undefined: defaults and environment alone. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start; default: the working directory. */
  readonly cwd?: string;
}

/** A configuration file may be this large, in bytes. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

const NOTHING: Layer = { values: {}, warnings: [], problems: [] };

/**
 * Reads and checks the configuration.
 * @throws KmodelError CONFIG_INVALID: one line with file, line, key, what was expected and what was found, for every
 *   problem of file and environment
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const cwd = options.cwd ?? process.cwd();
  const file = options.file === undefined ? NOTHING : checkFile(options.file, cwd);
  const env = checkEnv(options.env);
  const problems = [...inFile(options.file, file.problems), ...env.problems];
  if (problems.length > 0) throw new KmodelError('CONFIG_INVALID', problems.join('; '));
  const values = { ...defaults(), ...file.values, ...env.values };
  const appFolder =
    env.values.app === undefined && options.file !== undefined ? resolve(cwd, dirname(options.file)) : cwd;
  return { config: configOf(values, cwd, appFolder), warnings: inFile(options.file, file.warnings) };
}

function inFile(file: string | undefined, lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line.startsWith('line ') ? `${file} ${line}` : `${file}: ${line}`));
}

function defaults(): SettingValues {
  return Object.fromEntries(SETTING_ROWS.map(([name]) => [name, SETTINGS[name].byDefault])) as unknown as SettingValues;
}

function configOf(values: SettingValues, cwd: string, appFolder: string): Config {
  return {
    http: { port: values.httpPort, host: values.httpHost },
    dataDir: resolve(cwd, values.dataDir),
    app: values.app === undefined ? undefined : resolve(appFolder, values.app),
    cors: values.cors,
    compaction: { minCompactionLagMs: values.minCompactionLagMs, deleteRetentionMs: values.deleteRetentionMs },
    logLevel: values.logLevel,
    redis: {
      uri: values.redisUri,
      host: values.redisHost,
      port: values.redisPort,
      password: values.redisPassword,
      db: values.redisDb,
      prefix: values.redisPrefix,
    },
    producer: { bootstrapServers: values.bootstrapServers, deliveryTimeoutMs: values.deliveryTimeoutMs },
    consumer: { groupId: values.groupId },
    worker: { port: values.workerPort, host: values.workerHost },
  };
}

function checkFile(file: string, cwd: string): Layer {
  try {
    return checkDocument(readDocument(file, readText(resolve(cwd, file))));
  } catch (error) {
    if (!(error instanceof DocumentProblem)) throw error;
    const line = error.line === undefined ? '' : `line ${error.line}: `;
    return { ...NOTHING, problems: [`${line}${error.message}`] };
  }
}

function readDocument(file: string, text: string): ConfigDocument {
  return file.toLowerCase().endsWith('.json') ? readJson(text) : readEdn(text);
}

/** The file's text without byte order mark. @throws DocumentProblem where it can't be read or is not UTF-8 */
function readText(path: string): string {
  const bytes = readBytes(path);
  if (!isUtf8(bytes)) throw new DocumentProblem(lineOfBadUtf8(bytes), 'expected UTF-8, found other bytes');
  return new TextDecoder().decode(bytes);
}

function readBytes(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > MAX_CONFIG_BYTES)
      throw new DocumentProblem(undefined, `expected at most ${MAX_CONFIG_BYTES} bytes, found ${size}`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof DocumentProblem) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new DocumentProblem(undefined, READ_FAILURES[code] ?? `the file can not be read (${code})`);
  }
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'expected a file, found a directory',
  EACCES: 'there is no permission to read the file',
};

/** A newline's byte is never part of a longer UTF-8 sequence, so the first ill-formed line is the place. */
function lineOfBadUtf8(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
    line += 1;
    start = end + 1;
  }
  return line;
}

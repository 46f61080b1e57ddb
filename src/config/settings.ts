/**
 * The one table of settings: where each stands in a file, which environment variable overrides it, what it takes and
 * what it is without either. docs/reference/config.md shows the same table and a test keeps the two equal.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

export interface Setting<Value> {
  /** Its keys in a file, from the top. */
  readonly path: readonly [string, ...string[]];
  readonly schema: z.ZodType<Value>;
  /** What the schema takes, to follow "expected". */
  readonly expected: string;
  readonly env: string;
  /** How the variable's text becomes a value: as it is, as a whole number, or split at commas. */
  readonly envForm: 'text' | 'number' | 'list';
  readonly byDefault: Value;
  readonly meaning: string;
  /** A value that no message may show. */
  readonly secret?: true;
}

/** A key that is accepted so that older files go on working, and does nothing. */
export interface IgnoredKey {
  readonly path: readonly [string, ...string[]];
  readonly why: string;
  /** An empty map says nothing, so it gets no warning. */
  readonly quietWhenEmpty?: true;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const PREFIX = /^[A-Za-z0-9._:-]{1,100}$/;
const BROKERS = /^[^\s,:]+:\d{1,5}(?:,[^\s,:]+:\d{1,5})*$/;
const MAX_MILLISECONDS = 100 * 365 * 24 * 3600 * 1000;

const port = (lowest: number) => z.int().min(lowest).max(65_535);
const host = z.string().refine((text) => isIP(text) !== 0 || HOST_NAME.test(text));
const path = z.string().refine((text) => text.trim() !== '' && !text.includes('\0'));
const milliseconds = (least: number) => z.int().min(least).max(MAX_MILLISECONDS);
const text = z.string().min(1);

const HOST_EXPECTED = 'a host name or an IP address, without scheme and port';

/**
 * The least retention of tombstones. A replay that takes longer can't know whether it missed a delete, so it begins anew:
 * with less than this, reads could fail for good. Milliseconds.
 */
const LEAST_DELETE_RETENTION_MS = 60_000;

/** Whether the text is a web origin as browsers send it: scheme, host, a port other than the scheme's, nothing more. */
function isOrigin(candidate: string): boolean {
  return URL.canParse(candidate) && /^https?:/.test(candidate) && new URL(candidate).origin === candidate;
}

function isRedisUri(candidate: string): boolean {
  return (
    URL.canParse(candidate) && /^rediss?:$/.test(new URL(candidate).protocol) && new URL(candidate).hostname !== ''
  );
}

function setting<Value>(row: Setting<Value>): Setting<Value> {
  return row;
}

export const SETTINGS = {
  httpPort: setting<number>({
    path: ['http', 'port'],
    schema: port(0),
    expected: 'a whole number from 0 to 65535',
    env: 'KMODEL_HTTP_PORT',
    envForm: 'number',
    byDefault: 8080,
    meaning: 'The port that the API and the web app listen on; 0 takes any free one.',
  }),
  httpHost: setting<string>({
    path: ['http', 'host'],
    schema: host,
    expected: HOST_EXPECTED,
    env: 'KMODEL_HTTP_HOST',
    envForm: 'text',
    byDefault: '127.0.0.1',
    meaning:
      'The address to listen on. There is no authentication: any other than 127.0.0.1 lets other machines write.',
  }),
  dataDir: setting<string>({
    path: ['data-dir'],
    schema: path,
    expected: 'the path of a directory',
    env: 'KMODEL_DATA_DIR',
    envForm: 'text',
    byDefault: './data',
    meaning:
      'Where the embedded log and view live; a relative path starts at the working directory. Made when missing.',
  }),
  app: setting<string | undefined>({
    path: ['app'],
    schema: path,
    expected: 'the path of a module that exports models',
    env: 'KMODEL_APP',
    envForm: 'text',
    byDefault: undefined,
    meaning:
      "The module with the models; a relative path starts at the file's directory, in the variable at the working directory. Without it the built-in app runs.",
  }),
  cors: setting<readonly string[]>({
    path: ['cors'],
    schema: z.array(z.string().refine(isOrigin)).max(100),
    expected: 'at most 100 web origins such as "https://example.org" (no path, no final slash, no *)',
    env: 'KMODEL_CORS',
    envForm: 'list',
    byDefault: [],
    meaning:
      'The web origins whose pages may call the API from a browser, besides its own. No wildcard: a page of any site could write.',
  }),
  logLevel: setting<LogLevel>({
    path: ['log-level'],
    schema: z.enum(LOG_LEVELS),
    expected: `one of ${LOG_LEVELS.map((level) => JSON.stringify(level)).join(', ')}`,
    env: 'KMODEL_LOG_LEVEL',
    envForm: 'text',
    byDefault: 'info',
    meaning: 'The least severe log lines that are written to stderr.',
  }),
  minCompactionLagMs: setting<number>({
    path: ['log', 'min.compaction.lag.ms'],
    schema: milliseconds(0),
    expected: `a whole number of milliseconds from 0 to ${MAX_MILLISECONDS} (100 years)`,
    env: 'KMODEL_LOG_MIN_COMPACTION_LAG_MS',
    envForm: 'number',
    byDefault: 0,
    meaning:
      'How long a record stays in the log at least after a newer one with its key was written: of the embedded log, and of a topic when it is created.',
  }),
  deleteRetentionMs: setting<number>({
    path: ['log', 'delete.retention.ms'],
    schema: milliseconds(LEAST_DELETE_RETENTION_MS),
    expected: `a whole number of milliseconds from ${LEAST_DELETE_RETENTION_MS} (1 minute) to ${MAX_MILLISECONDS} (100 years)`,
    env: 'KMODEL_LOG_DELETE_RETENTION_MS',
    envForm: 'number',
    byDefault: 86_400_000,
    meaning:
      'How long the log keeps a tombstone after it was first cleaned: the embedded log, and a topic when it is created. It must exceed the time that building the view from the whole log takes: else that never ends.',
  }),
  redisUri: setting<string | undefined>({
    path: ['redis', 'uri'],
    schema: z.string().refine(isRedisUri),
    expected: 'a redis:// or rediss:// address',
    env: 'KMODEL_REDIS_URI',
    envForm: 'text',
    byDefault: undefined,
    meaning: 'The address of Redis; it wins over `:redis :spec`.',
    secret: true,
  }),
  redisHost: setting<string>({
    path: ['redis', 'spec', 'host'],
    schema: host,
    expected: HOST_EXPECTED,
    env: 'KMODEL_REDIS_HOST',
    envForm: 'text',
    byDefault: '127.0.0.1',
    meaning: 'The host of Redis.',
  }),
  redisPort: setting<number>({
    path: ['redis', 'spec', 'port'],
    schema: port(1),
    expected: 'a whole number from 1 to 65535',
    env: 'KMODEL_REDIS_PORT',
    envForm: 'number',
    byDefault: 6379,
    meaning: 'The port of Redis.',
  }),
  redisPassword: setting<string | undefined>({
    path: ['redis', 'spec', 'password'],
    schema: text,
    expected: 'a string that is not empty',
    env: 'KMODEL_REDIS_PASSWORD',
    envForm: 'text',
    byDefault: undefined,
    meaning: 'The password of Redis.',
    secret: true,
  }),
  redisDb: setting<number>({
    path: ['redis', 'spec', 'db'],
    schema: z.int().min(0).max(1_000_000),
    expected: 'a whole number from 0 to 1000000',
    env: 'KMODEL_REDIS_DB',
    envForm: 'number',
    byDefault: 0,
    meaning: 'The number of the logical database of Redis.',
  }),
  redisPrefix: setting<string>({
    path: ['redis', 'prefix'],
    schema: z.string().regex(PREFIX),
    expected: '1 to 100 letters, digits and the characters . _ : -',
    env: 'KMODEL_REDIS_PREFIX',
    envForm: 'text',
    byDefault: 'kmodel',
    meaning: 'What the name of every key in Redis begins with.',
  }),
  bootstrapServers: setting<string>({
    path: ['producer', 'bootstrap.servers'],
    schema: z.string().regex(BROKERS),
    expected: 'host:port, several separated by commas',
    env: 'KMODEL_PRODUCER_BOOTSTRAP_SERVERS',
    envForm: 'text',
    byDefault: 'localhost:9092',
    meaning: 'The Kafka brokers to ask first.',
  }),
  deliveryTimeoutMs: setting<number>({
    path: ['producer', 'delivery.timeout.ms'],
    schema: z.int().min(100).max(600_000),
    expected: 'a whole number of milliseconds from 100 to 600000 (10 minutes)',
    env: 'KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS',
    envForm: 'number',
    byDefault: 10_000,
    meaning: 'How long a write waits for Kafka at most; after that it is answered `WRITE_UNCERTAIN`.',
  }),
  workerPort: setting<number>({
    path: ['worker', 'port'],
    schema: port(0),
    expected: 'a whole number from 0 to 65535',
    env: 'KMODEL_WORKER_PORT',
    envForm: 'number',
    byDefault: 0,
    meaning: 'The port that a worker answers `/health`, `/status` and `/metrics` on; 0 takes any free one.',
  }),
  workerHost: setting<string>({
    path: ['worker', 'host'],
    schema: host,
    expected: HOST_EXPECTED,
    env: 'KMODEL_WORKER_HOST',
    envForm: 'text',
    byDefault: '127.0.0.1',
    meaning: 'The address that a worker listens on.',
  }),
  groupId: setting<string>({
    path: ['consumer', 'group.id'],
    schema: text.max(255),
    expected: 'a string of 1 to 255 characters',
    env: 'KMODEL_CONSUMER_GROUP_ID',
    envForm: 'text',
    byDefault: 'kmodel',
    meaning:
      'What the names of the consumer groups of workers begin with: `<group.id>.<model>.<first 8 of the fingerprint>`. Rights are given by prefix.',
  }),
} as const;

const OWN_SERIALIZERS = 'kmodel writes keys as UTF-8 and values as JSON';

export const IGNORED_KEYS: readonly IgnoredKey[] = [
  { path: ['redis', 'pool'], why: 'kmodel opens its connections itself', quietWhenEmpty: true },
  { path: ['producer', 'value.serializer'], why: OWN_SERIALIZERS },
  { path: ['producer', 'key.serializer'], why: OWN_SERIALIZERS },
  { path: ['consumer', 'zookeeper.connect'], why: 'Kafka is reached through its brokers, without ZooKeeper' },
];

/** Variables with this prefix configure kmodel … */
export const ENV_PREFIX = 'KMODEL_';
/** … but these belong to its tests. */
export const ENV_TEST_PREFIX = 'KMODEL_TEST_';

export type SettingName = keyof typeof SETTINGS;

/** The settings' values by name. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

/** The rows as a list, for those who treat all alike. */
export const SETTING_ROWS = Object.entries(SETTINGS) as readonly (readonly [SettingName, Setting<unknown>])[];

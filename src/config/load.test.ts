import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { KmodelError } from '../errors.ts';
import { MAX_CONFIG_BYTES, loadConfig } from './load.ts';
import { SETTING_ROWS } from './settings.ts';

const cwd = mkdtempSync(join(tmpdir(), 'kmodel-config-'));
afterAll(() => rmSync(cwd, { recursive: true }));

type Env = Readonly<Record<string, string>>;

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(cwd, name), content);
  return name;
}

function load(content?: string, env: Env = {}, name = 'my.edn') {
  return loadConfig({ file: content === undefined ? undefined : write(name, content), env, cwd });
}

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof KmodelError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('the configuration', () => {
  test('is the defaults where nothing is set', () => {
    expect(load()).toEqual({
      config: {
        http: { port: 8080, host: '127.0.0.1' },
        dataDir: join(cwd, 'data'),
        app: undefined,
        cors: [],
        compaction: { minCompactionLagMs: 0, deleteRetentionMs: 86_400_000 },
        logLevel: 'info',
        redis: { uri: undefined, host: '127.0.0.1', port: 6379, password: undefined, db: 0, prefix: 'kmodel' },
        producer: { bootstrapServers: 'localhost:9092', deliveryTimeoutMs: 10_000 },
        consumer: { groupId: 'kmodel' },
        worker: { port: 0, host: '127.0.0.1' },
      },
      warnings: [],
    });
  });

  test('takes each key from the file and leaves the others as they are', () => {
    const { config } = load(
      '{:http {:port 0} :cors ["https://a.org" "http://localhost:3000"] :log-level "warn" :log {:delete.retention.ms 60000}}',
    );
    expect(config.http).toEqual({ port: 0, host: '127.0.0.1' });
    expect(config.cors).toEqual(['https://a.org', 'http://localhost:3000']);
    expect(config.logLevel).toBe('warn');
    expect(config.compaction).toEqual({ minCompactionLagMs: 0, deleteRetentionMs: 60_000 });
  });

  test('is the same from JSON, known by its name', () => {
    const { config } = load('{"http": {"port": 1}, "data-dir": "d"}', {}, 'my.JSON');
    expect(config).toEqual(load('{:http {:port 1} :data-dir "d"}').config);
  });

  test('lets the environment win over the file', () => {
    const env = { KMODEL_HTTP_PORT: '9', KMODEL_CORS: 'http://a, http://b', KMODEL_HTTP_HOST: '', PATH: 'x' };
    const { config } = load('{:http {:port 8 :host "::1"} :cors ["http://c"]}', env);
    expect(config.http).toEqual({ port: 9, host: '::1' });
    expect(config.cors).toEqual(['http://a', 'http://b']);
  });

  test('has a variable for every key', () => {
    const samples: Record<string, string> = {
      KMODEL_HTTP_PORT: '1',
      KMODEL_CORS: 'http://a',
      KMODEL_LOG_LEVEL: 'debug',
      KMODEL_LOG_MIN_COMPACTION_LAG_MS: '2',
      KMODEL_LOG_DELETE_RETENTION_MS: '60003',
      KMODEL_REDIS_URI: 'rediss://r:1/2',
      KMODEL_REDIS_PORT: '4',
      KMODEL_REDIS_DB: '5',
      KMODEL_PRODUCER_BOOTSTRAP_SERVERS: 'a:1,b:2',
      KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS: '700',
      KMODEL_WORKER_PORT: '6',
    };
    const env = Object.fromEntries(SETTING_ROWS.map(([, row]) => [row.env, samples[row.env] ?? 'word']));
    expect(load(undefined, env).config).toEqual({
      http: { port: 1, host: 'word' },
      dataDir: join(cwd, 'word'),
      app: join(cwd, 'word'),
      cors: ['http://a'],
      compaction: { minCompactionLagMs: 2, deleteRetentionMs: 60_003 },
      logLevel: 'debug',
      redis: { uri: 'rediss://r:1/2', host: 'word', port: 4, password: 'word', db: 5, prefix: 'word' },
      producer: { bootstrapServers: 'a:1,b:2', deliveryTimeoutMs: 700 },
      consumer: { groupId: 'word' },
      worker: { port: 6, host: 'word' },
    });
  });

  test('reads :app from the directory of the file and :data-dir from the working directory', () => {
    mkdirSync(join(cwd, 'deep'), { recursive: true });
    const file = write('deep/my.edn', '{:app "./app.ts" :data-dir "./d"}');
    const { config } = loadConfig({ file, env: {}, cwd });
    expect(config.app).toBe(join(cwd, 'deep', 'app.ts'));
    expect(config.dataDir).toBe(join(cwd, 'd'));
    expect(loadConfig({ file, env: { KMODEL_APP: 'app.ts' }, cwd }).config.app).toBe(join(cwd, 'app.ts'));
  });

  test('takes the file of the Clojure version as it is, with three warnings', () => {
    const file = fileURLToPath(new URL('../../test/system/seed.edn', import.meta.url));
    const { config, warnings } = loadConfig({ file, env: {}, cwd });
    expect(warnings.map((warning) => warning.slice(file.length))).toEqual([
      ' line 6, :producer :value.serializer is ignored: kmodel writes keys as UTF-8 and values as JSON',
      ' line 7, :producer :key.serializer is ignored: kmodel writes keys as UTF-8 and values as JSON',
      ' line 8, :consumer :zookeeper.connect is ignored: Kafka is reached through its brokers, without ZooKeeper',
    ]);
    expect(config.http.port).toBe(8080);
    expect(config.consumer.groupId).toMatch(/-db$/);
  });

  test('warns of a pool only where it says something', () => {
    expect(load('{:redis {:pool {}}}').warnings).toEqual([]);
    expect(load('{:redis {:pool {:max 3}}}').warnings).toEqual([
      'my.edn line 1, :redis :pool is ignored: kmodel opens its connections itself',
    ]);
  });
});

describe('a wrong configuration', () => {
  test.each([
    ['{:htp {}}', 'my.edn line 1, :htp: no such key; did you mean :http?'],
    ['{:http {:prot 1}}', 'my.edn line 1, :http :prot: no such key; did you mean :http :port?'],
    ['{:dataDir "x"}', 'my.edn line 1, :dataDir: no such key; did you mean :data-dir?'],
    ['{:port 1}', 'my.edn line 1, :port: no such key; did you mean :http :port?'],
    ['{:http\n{:verbose 1}}', 'my.edn line 2, :http :verbose: no such key; the keys here are :port :host'],
    ['{:http {:port {:x 1}}}', 'my.edn line 1, :http :port: expected a whole number from 0 to 65535, found a map'],
    [
      '{:http {:port "80"}}',
      'my.edn line 1, :http :port: expected a whole number from 0 to 65535, found the string "80"',
    ],
    [
      '{:http {:port 65536}}',
      'my.edn line 1, :http :port: expected a whole number from 0 to 65535, found the number 65536',
    ],
    [
      '{:http {:port 80.5}}',
      'my.edn line 1, :http :port: expected a whole number from 0 to 65535, found the number 80.5',
    ],
    ['{:http nil}', 'my.edn line 1, :http: expected a map, found nil'],
    [
      '{:http {:host "a:80"}}',
      'my.edn line 1, :http :host: expected a host name or an IP address, without scheme and port, found the string "a:80"',
    ],
    ['{:data-dir " "}', 'my.edn line 1, :data-dir: expected the path of a directory, found the string " "'],
    [
      '{:cors ["*"]}',
      'my.edn line 1, :cors: expected at most 100 web origins such as "https://example.org" (no path, no final slash, no *), found the vector ["*"]',
    ],
    [
      '{:log-level :info}',
      'my.edn line 1, :log-level: expected one of "fatal", "error", "warn", "info", "debug", "trace", "silent", found the keyword :info',
    ],
    [
      '{:redis {:spec {:password 5}}}',
      'my.edn line 1, :redis :spec :password: expected a string that is not empty, found something else',
    ],
    [
      '{:__proto__ {}}',
      'my.edn line 1, :__proto__: no such key; the keys here are :http :data-dir :app :cors :log-level :log :redis :producer :worker :consumer',
    ],
    ['[1 "a"]', 'my.edn: expected one map, found the vector [1 "a"]'],
    ['{:a 1', 'my.edn line 1: the text ends inside the { of line 1'],
  ])('is refused, naming file and key: %s', (content, expected) => {
    expect(complaint(() => load(content))).toBe(expected);
  });

  test.each([
    'https://a.org/',
    'https://a.org/x',
    'HTTPS://A.org',
    'https://a.org:443',
    'ftp://a.org',
    'a.org',
    'null',
  ])('names no web origin with %s', (origin) => {
    expect(complaint(() => load(undefined, { KMODEL_CORS: origin }))).toMatch(/^KMODEL_CORS: expected at most 100 web/);
  });

  test('is refused with every problem at once, also in JSON', () => {
    expect(complaint(() => load('{"http": {"port": null},\n"x y": 1}', { KMODEL_HTTP_PORT: 'x' }, 'my.json'))).toBe(
      'my.json line 1, http.port: expected a whole number from 0 to 65535, found null; ' +
        'my.json line 2, "x y": no such key; the keys here are http data-dir app cors log-level log redis producer worker consumer; ' +
        'KMODEL_HTTP_PORT: expected a whole number from 0 to 65535, found the string "x"',
    );
  });

  test('is refused for a misspelt variable, unless it belongs to the tests', () => {
    expect(complaint(() => load(undefined, { KMODEL_HTTP_PROT: '1', KMODEL_TEST_ANYTHING: '1' }))).toBe(
      'KMODEL_HTTP_PROT: no such variable; did you mean KMODEL_HTTP_PORT?',
    );
    expect(complaint(() => load(undefined, { KMODEL_ZZZZZZ: '1' }))).toBe(
      'KMODEL_ZZZZZZ: no such variable; the reference of the configuration lists all',
    );
  });

  test('never shows a password', () => {
    expect(complaint(() => load(undefined, { KMODEL_REDIS_URI: 'hunter2' }))).not.toContain('hunter2');
    expect(complaint(() => load('{:redis {:uri "http://:hunter2@h"}}'))).not.toContain('hunter2');
  });

  test('is refused where the file is missing, a directory, too large or not UTF-8', () => {
    mkdirSync(join(cwd, 'folder'), { recursive: true });
    const read = (file: string) => complaint(() => loadConfig({ file, env: {}, cwd }));
    expect(read('none.edn')).toBe('none.edn: there is no such file');
    expect(read(join('my.edn', 'x'))).toBe(`${join('my.edn', 'x')}: there is no such file`);
    expect(read('folder')).toBe('folder: expected a file, found a directory');
    expect(read(write('bytes.edn', Buffer.from('{:app\n"\u00e9\n\xff"}', 'latin1')))).toBe(
      'bytes.edn line 2: expected UTF-8, found other bytes',
    );
    const large = write('large.edn', `{}${' '.repeat(MAX_CONFIG_BYTES)}`);
    expect(read(large)).toBe('large.edn: expected at most 1048576 bytes, found 1048578');
  });

  test('may begin with a byte order mark', () => {
    expect(load('\u{feff}{:http {:port 7}}').config.http.port).toBe(7);
    expect(load('\u{feff}{"http":{"port":7}}', {}, 'bom.json').config.http.port).toBe(7);
  });
});

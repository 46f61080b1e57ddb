/** `kmodel status` and `kmodel topic` on stand-ins of log and view, and on a server of ours. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { KmodelError } from '../errors.ts';
import type { LogDescription } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { ModelReport } from '../status/report.ts';
import type { Ports } from './ports.ts';
import { run } from './run.ts';
import { inspectModels } from './status.ts';
import { reportText } from './status-text.ts';

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function kmodel(args: readonly string[], ports: Ports) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env: {} }, ports);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const description: LogDescription = {
  id: 'topic-id',
  partitions: 10,
  minCompactionLagMs: 0,
  deleteRetentionMs: 1,
  settings: { 'cleanup.policy': 'compact', 'replication.factor': '1' },
  warnings: [],
};

interface Found {
  quarantined?: number;
  log?: 'ok' | 'never' | Error;
  view?: 'ok' | Error;
  topic?: LogDescription | Error;
}

/** Ten partitions, all live; `closed` counts what was closed again. */
function portsOf({ quarantined = 0, log = 'ok', view = 'ok', topic = description }: Found = {}) {
  const closed: string[] = [];
  const each = <T>(value: T): Map<number, T> => new Map(Array.from({ length: 10 }, (_, at) => [at, value]));
  const close = (what: string) => async (): Promise<void> => void closed.push(what);
  const openLog = async () => {
    if (log instanceof Error) throw log;
    if (log === 'never') await new Promise(() => undefined);
    return {
      describe: async () => description,
      bounds: async () => each({ startOffset: 0, endOffset: 7, stableEndOffset: 7 }),
      close: close('log'),
    };
  };
  const openView = async (model: Model) => {
    if (view instanceof Error) throw view;
    const { fingerprint, partitions, version } = model;
    const generation = { id: 'gen', logId: 'topic-id', fingerprint, modelVersion: version, partitions };
    const states = each({
      checkpoint: 7,
      epoch: 1,
      live: true,
      caughtUpAt: undefined,
      owner: { name: 'g-worker', seenMsAgo: 1_000 },
    });
    return { describe: async () => ({ generation, partitions: states, quarantined }), close: close('view') };
  };
  const ports: Ports = {
    openEach: async (models) => models.map((model) => ({ model, log: openLog(), view: openView(model) })),
    async createTopic() {
      if (topic instanceof Error) throw topic;
      return { describe: async () => topic, close: close('topic') };
    },
    openBoth: () => Promise.reject(new Error('opened')),
  };
  return { ports, closed };
}

const noKafka = new KmodelError('KAFKA_UNREACHABLE', 'Kafka can not be reached at localhost:9092');
const noRedis = new KmodelError('REDIS_UNREACHABLE', 'Redis can not be reached');

describe('kmodel status', () => {
  test('prints a table and ends with 0 where nothing needs a person, and closes what it opened', async () => {
    const { ports, closed } = portsOf();
    const { code, stdout, stderr } = await kmodel(['status'], ports);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^job: ok \(\d{4}-\d\d-\d\dT/);
    expect(lines.slice(1, 3)).toEqual([
      'partition  startOffset  endOffset  checkpoint  lag  owner     state',
      '        0            0          7           7    0  g-worker  live',
    ]);
    expect(lines.slice(11)).toEqual([
      '        9            0          7           7    0  g-worker  live',
      'reads       ready',
      'writes      ready',
      'log         topic-id',
      'settings    cleanup.policy=compact, replication.factor=1',
      'warnings    none',
      'view        generation gen',
      'quarantine  0 records',
      'problems    none',
      '',
    ]);
    expect(closed.sort()).toEqual(['log', 'view']);
  });

  test('ends with 1 where something does, and says what', async () => {
    const { code, stdout } = await kmodel(['status'], portsOf({ quarantined: 1 }).ports);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^job: needs a person /);
    expect(stdout).toContain('quarantine  1 record\nproblems    1 record is in quarantine');
  });

  test('shows the view where the log can not be reached, and the log where the view can not', async () => {
    const withoutLog = await kmodel(['status'], portsOf({ log: noKafka }).ports);
    expect(withoutLog).toMatchObject({ code: 1, stderr: '' });
    expect(withoutLog.stdout).toContain('problems    log: Kafka can not be reached at localhost:9092\n');
    expect(withoutLog.stdout).toContain('        0            –          –           7    –  g-worker  unknown\n');
    const withoutView = await kmodel(['status'], portsOf({ view: noRedis }).ports);
    expect(withoutView.code).toBe(1);
    expect(withoutView.stdout).toContain('problems    view: Redis can not be reached\n');
    expect(withoutView.stdout).toContain('        0            0          7           –    –  –      unknown\n');
  });

  test('prints with --json what a server would answer', async () => {
    const { code, stdout } = await kmodel(['status', '--json'], portsOf({ log: noKafka, view: noRedis }).ports);
    const { ok, models } = JSON.parse(stdout);
    expect([code, ok, models.length]).toEqual([1, false, 1]);
    expect(models[0]).toMatchObject({ model: 'job', log: { problem: noKafka.message }, partitions: [] });
  });

  test('does not wait for a log that never opens', async () => {
    const { ports } = portsOf({ log: 'never' });
    const { loadApp } = await import('../app.ts');
    const [report] = await inspectModels((await loadApp(undefined)).models, {} as never, ports, 50);
    expect(report?.problems).toEqual(['log: no answer within 0.025 s']);
  });
});

describe('kmodel status --url', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function answering(status: number, body: string): Promise<string> {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/status' ? status : 404, { connection: 'close' }).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const untouched: Ports = {
    openEach: () => Promise.reject(new Error('opened')),
    createTopic: () => Promise.reject(new Error('opened')),
    openBoth: () => Promise.reject(new Error('opened')),
  };
  const ask = (url: string, ...more: string[]) => kmodel(['status', '--url', url, ...more], untouched);

  test('prints what the server answers, and opens nothing itself', async () => {
    const local = await kmodel(['status', '--json'], portsOf({ quarantined: 3 }).ports);
    const url = await answering(200, local.stdout);
    expect(await ask(url, '--json')).toEqual(local);
    const text = await ask(url);
    expect(text).toMatchObject({ code: 1, stderr: '' });
    expect(text.stdout).toContain('quarantine  3 records');
  });

  test.each([
    [404, '{"code":"NOT_FOUND","detail":"No route has this path."}', /\/status answered 404 NOT_FOUND: No route/],
    [200, '<html>', /is no kmodel server of this version/],
    [200, '{"models":[{"model":"x"}]}', /is no kmodel server of this version/],
  ])('tells in one line that the server answers %d %s', async (status, body, line) => {
    const { code, stdout, stderr } = await ask(await answering(status, body));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('tells in one line that no server answers', async () => {
    const { code, stderr } = await ask('http://127.0.0.1:1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kmodel: no server answers at http:\/\/127\.0\.0\.1:1 \(.*\n$/);
  });
});

describe('kmodel topic', () => {
  test('prints what it found and ends with 0, warnings or not', async () => {
    const weak = { ...description, warnings: ['min.insync.replicas is 1: run kafka-configs …', 'second'] };
    const { ports, closed } = portsOf({ topic: weak });
    expect(await kmodel(['topic'], ports)).toEqual({
      code: 0,
      stdout: [
        'topic job: fits (10 partitions)',
        'log         topic-id',
        'settings    cleanup.policy=compact, replication.factor=1',
        'warnings    min.insync.replicas is 1: run kafka-configs …',
        '            second',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(closed).toEqual(['topic']);
  });

  test('prints the command that mends an unfit topic, and ends with 1', async () => {
    const unfit = new KmodelError('TOPIC_UNFIT', 'the topic job is not compacted: run kafka-configs.sh --alter …');
    expect(await kmodel(['topic'], portsOf({ topic: unfit }).ports)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'kmodel: job: the topic job is not compacted: run kafka-configs.sh --alter …\n',
    });
  });
});

describe('the text of a report', () => {
  const partition = {
    partition: 0,
    startOffset: 0,
    endOffset: 1_234_567_890,
    stableEndOffset: 5,
    checkpoint: 5,
    lag: 1_234_567_885,
    owner: `worker-${'x'.repeat(80)}-end`,
    state: 'held' as const,
    problem: null,
  };
  const report: ModelReport = {
    model: 'note',
    ok: true,
    at: '2026-11-22T12:00:00.000Z',
    reads: 'ready',
    writes: 'ready',
    log: {
      id: 'i',
      settings: Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`a.setting.${at}`, 'value'])),
      warnings: [],
    },
    view: {
      generation: null,
      ofThisLog: false,
      ofThisModel: false,
      incarnation: null,
      entities: null,
      doubt: null,
      rebuilds: {},
    },
    quarantined: 0,
    partitions: [partition, { ...partition, partition: 10, owner: 'short', state: 'live' }],
    problems: [],
  };

  test('stays readable with long names and large offsets: columns aligned, a line at most 120 wide', () => {
    const lines = reportText(report).split('\n');
    const [head = '', first = '', second = ''] = lines.slice(1);
    expect(first).toContain('worker-xxxxxxxxxxxx…xxxxxxxxxxxxxxxx-end');
    for (const name of ['owner', 'state']) {
      const [at, words] = [head.indexOf(name), name === 'owner' ? ['worker-', 'short'] : ['held', 'live']];
      expect([first.indexOf(words[0] ?? '', at), second.indexOf(words[1] ?? '', at)]).toEqual([at, at]);
    }
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    expect(lines.filter((line) => line.includes('a.setting')).length).toBeGreaterThan(1);
  });

  test('explains what held means, where something is held', () => {
    expect(reportText(report)).toContain('\nheld: an open transaction');
    expect(reportText({ ...report, partitions: [] })).not.toContain('held');
  });

  test('holds no control character of what others named', () => {
    const evil = '\u001b[31mred\nline';
    const text = reportText({
      ...report,
      model: evil,
      log: { id: evil, settings: { [evil]: evil }, warnings: [evil] },
      partitions: [{ ...partition, owner: evil }],
      problems: [evil],
    });
    expect(text).not.toContain('\u001b');
    expect(text.split('\n')).not.toContain('line');
  });
});

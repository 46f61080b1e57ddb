/** GET /status and GET /metrics, on the API's server and on the one of a worker. */
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, codeOf, serve } from '../../test/http/stand-in-server.ts';
import type { FastifyInstance } from 'fastify';
import type { ModelStatus, Readiness } from '../status/status.ts';
import { createWorkerServer } from './worker-server.ts';
import type { Problem, WireModelReport, WireStatus } from './wire.ts';

const fine: WireModelReport = {
  model: 'reading',
  ok: true,
  at: '2026-11-22T12:00:00.000Z',
  reads: 'ready',
  writes: 'ready',
  log: { id: 'log-1', settings: { 'cleanup.policy': 'compact' }, warnings: ['weak'] },
  view: {
    generation: 'g',
    ofThisLog: true,
    ofThisModel: true,
    incarnation: 'log-1',
    entities: 7,
    doubt: null,
    rebuilds: {},
  },
  quarantined: 0,
  partitions: [
    {
      partition: 0,
      startOffset: 0,
      endOffset: 9,
      stableEndOffset: 9,
      checkpoint: 9,
      lag: 0,
      owner: 'a',
      state: 'live',
      problem: null,
    },
  ],
  problems: [],
};
const unreachable: WireModelReport = {
  ...fine,
  ok: false,
  log: { problem: 'no brokers' },
  view: { problem: 'no server' },
  quarantined: null,
  partitions: [
    {
      partition: 0,
      startOffset: null,
      endOffset: null,
      stableEndOffset: null,
      checkpoint: null,
      lag: null,
      owner: null,
      state: 'unknown',
      problem: null,
    },
  ],
  problems: ['log: no brokers', 'view: no server'],
};
const metrics = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => 'kmodel_ready 1\n' };

describe('GET /status', () => {
  test('answers 200 with the reports, also where something needs a person', async () => {
    let now: readonly WireModelReport[] = [fine];
    const { app } = await serve({ report: async () => now });
    const good = await ask(app, 'GET', '/status');
    expect(good.status).toBe(200);
    expect(good.headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(good.text)).toEqual({ ok: true, models: [fine] });
    now = [fine, unreachable];
    const bad = await ask(app, 'GET', '/status');
    expect([bad.status, (JSON.parse(bad.text) as WireStatus).ok]).toEqual([200, false]);
  });

  test('takes no parameter and no other method', async () => {
    const { app } = await serve({ report: async () => [fine], metrics });
    for (const url of ['/status', '/metrics']) {
      const asked = await app.inject(`${url}?x=1`);
      expect([asked.statusCode, codeOf({ text: asked.body })]).toEqual([400, 'QUERY_INVALID']);
      const posted = await app.inject({ url, method: 'POST' });
      expect([posted.statusCode, posted.headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
  });

  test('and /metrics are not there where the server has none, nor in its document', async () => {
    const { app } = await serve();
    for (const url of ['/status', '/metrics']) {
      const browser = await app.inject({ url, headers: { accept: 'text/html' } });
      expect([url, browser.statusCode]).toEqual([url, 404]);
    }
    expect((await app.inject('/openapi.json')).body).not.toContain('"/status"');
  });
});

describe('GET /metrics', () => {
  test('answers the text as it is', async () => {
    const { app } = await serve({ metrics });
    const answer = await ask(app, 'GET', '/metrics');
    expect([answer.status, answer.text]).toEqual([200, 'kmodel_ready 1\n']);
    expect(answer.headers.get('content-type')).toBe(metrics.contentType);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('that fails is our own fault', async () => {
    const text = async () => Promise.reject(new Error('secret internals'));
    const { app } = await serve({ metrics: { ...metrics, text } });
    const answer = await ask(app, 'GET', '/metrics');
    expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL']);
    expect(answer.text).not.toContain('secret');
  });
});

describe("a worker's server", () => {
  const open: FastifyInstance[] = [];
  afterEach(async () => {
    for (const app of open.splice(0)) await app.close();
  });

  async function worker(readiness: Readiness = 'ready'): Promise<FastifyInstance> {
    const status = async (): Promise<ModelStatus> => ({
      reads: readiness,
      writes: readiness,
      quarantined: 0,
      partitions: [],
      keeps: true,
      problems: [],
    });
    const models = [{ name: 'reading', status }];
    const report = async () => [fine];
    const quarantines = [{ model: 'reading', page: async () => ({ records: [], next: undefined }) }];
    const app = await createWorkerServer({ models, report, metrics, quarantines, version: '1.2.3', logger: false });
    open.push(app);
    return app;
  }

  test('answers health, status and metrics as the API does', async () => {
    const app = await worker();
    expect((await ask(app, 'GET', '/health/live')).text).toBe('{"status":"live"}');
    const ready = await ask(app, 'GET', '/health/ready');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([
      200,
      {
        status: 'ready',
        reads: 'ready',
        writes: 'ready',
        models: {
          reading: { ready: true, reads: 'ready', writes: 'ready', quarantined: 0, partitions: [], problems: [] },
        },
      },
    ]);
    expect(JSON.parse((await ask(app, 'GET', '/status')).text)).toEqual({ ok: true, models: [fine] });
    expect((await ask(app, 'GET', '/metrics')).text).toBe('kmodel_ready 1\n');
    // Nothing is sent to a worker, and who starts the next one after it waits until all is well.
    for (const readiness of ['starting', 'degraded', 'unavailable'] as const) {
      const not = await ask(await worker(readiness), 'GET', '/health/ready');
      expect([readiness, not.status, not.headers.get('retry-after')]).toEqual([readiness, 503, '1']);
    }
  });

  test('says at / where to go, and each address is there', async () => {
    const app = await worker();
    const { models, live, ready, status, metrics: figures, quarantine, ...rest } = (await app.inject('/')).json();
    expect([models, rest]).toEqual([['reading'], { name: 'kmodel worker', version: '1.2.3' }]);
    for (const url of [live, ready, status, figures, ...quarantine])
      expect((await app.inject(url)).statusCode).toBe(200);
  });

  test('has nothing else, and says so in problem+json with the headers for browsers', async () => {
    const app = await worker();
    for (const url of ['/api/reading', '/docs', '/openapi.json', '/status/', '/METRICS']) {
      const answer = await app.inject({ url, headers: { accept: 'text/html' } });
      expect([url, answer.statusCode, answer.json<Problem>().code]).toEqual([url, 404, 'NOT_FOUND']);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
    }
    const posted = await app.inject({ method: 'POST', url: '/status' });
    expect([posted.statusCode, posted.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('leaves no line in the log on a good day', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
    const app = await createWorkerServer({
      models: [],
      report: async () => [],
      metrics,
      quarantines: [],
      version: '1',
      logger,
    });
    open.push(app);
    for (const url of ['/', '/status', '/metrics', '/nothing']) await app.inject(url);
    expect(lines).toEqual([]);
  });
});

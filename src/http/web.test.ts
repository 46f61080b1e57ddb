/** What browsers meet: the web app's files, and pages of other sites. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, codeOf, serve } from '../../test/http/stand-in-server.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe('CORS', () => {
  const origin = 'https://board.example';

  test('pages of the named origins may use everything the API offers', async () => {
    const { app } = await serve({ cors: [origin] });
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/api/reading/x',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(origin);
    expect(preflight.headers['access-control-allow-methods']).toBe('GET, HEAD, POST, PUT, DELETE');
    expect(preflight.headers['access-control-allow-headers']).toBe(
      'Content-Type, Idempotency-Key, If-None-Match, Kmodel-Position, Prefer',
    );
    for (const url of ['/api/reading', '/api/reading/none', '/api/reading/%ff', '/api/reading?limit=0']) {
      const answer = await app.inject({ url, headers: { origin } });
      expect(answer.headers.vary).toBe('Origin, Kmodel-Position');
      if (!url.includes('%ff')) {
        expect(answer.headers['access-control-allow-origin']).toBe(origin);
        expect(answer.headers['access-control-expose-headers']).toBe(
          'ETag, Kmodel-Position, Location, Preference-Applied, Retry-After',
        );
      }
    }
  });

  test('others may not', async () => {
    const { app } = await serve({ cors: [origin] });
    const answer = await app.inject({ url: '/api/reading', headers: { origin: 'https://elsewhere.example' } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    const { app: none } = await serve();
    expect(
      (await none.inject({ url: '/api/reading', headers: { origin } })).headers['access-control-allow-origin'],
    ).toBeUndefined();
    expect(
      (await ask(none, 'OPTIONS', '/api/reading', { headers: { origin, 'access-control-request-method': 'PUT' } }))
        .status,
    ).toBe(405);
  });
});

describe('the web app', () => {
  async function withWeb(): Promise<FastifyInstance> {
    const folder = await mkdtemp(join(tmpdir(), 'kmodel-web-'));
    folders.push(folder);
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>board</title>');
    await writeFile(join(folder, 'assets', 'index-abc.js'), '1;');
    await writeFile(join(folder, 'icon.svg'), '<svg/>');
    const { app } = await serve({ web: pathToFileURL(`${folder}/`) });
    return app;
  }

  test('its page is asked for again each time, its named parts are kept for ever', async () => {
    const app = await withWeb();
    const page = await app.inject('/');
    expect([page.statusCode, page.headers['cache-control'], page.headers['content-type']]).toEqual([
      200,
      'no-cache',
      'text/html; charset=utf-8',
    ]);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    const part = await app.inject('/assets/index-abc.js');
    expect([part.statusCode, part.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await app.inject('/icon.svg')).headers['cache-control']).toBe('no-cache');
  });

  test('a browser that opens an address of the app gets its page; a program, a missing part and the API get 404', async () => {
    const app = await withWeb();
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    for (const url of ['/jobs/1', '/new?x=1', '/apix']) {
      const page = await app.inject({ url, headers: browser });
      expect([url, page.statusCode, page.headers['cache-control']]).toEqual([url, 200, 'no-cache']);
      expect(page.body).toContain('<title>board</title>');
      expect((await app.inject({ url, method: 'HEAD', headers: browser })).statusCode).toBe(200);
      const program = await app.inject({ url, headers: { accept: '*/*' } });
      expect([program.statusCode, codeOf({ text: program.body })]).toEqual([404, 'NOT_FOUND']);
      expect((await app.inject({ url, method: 'POST', headers: browser })).statusCode).toBe(404);
    }
    for (const url of ['/api', '/api/none', '/health/none', '/docs/none', '/status', '/metrics/', '/openapi.json/']) {
      expect([url, (await app.inject({ url, headers: browser })).statusCode]).toEqual([
        url,
        url === '/openapi.json/' ? 200 : 404,
      ]);
    }
    for (const headers of [{}, browser]) {
      const missing = await app.inject({ url: '/assets/old.js', headers });
      expect([missing.statusCode, codeOf({ text: missing.body })]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await app.inject({ url: '/jobs/v1.2', headers: browser })).statusCode).toBe(200);
    expect((await app.inject({ url: '/', method: 'POST' })).headers['allow']).toBe('GET, HEAD');
  });

  test('nothing outside its folder is served', async () => {
    const app = await withWeb();
    for (const url of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/assets/../../package.json',
      '/assets/%00',
    ]) {
      const answer = await app.inject({ url });
      expect([url, answer.statusCode >= 400 && answer.statusCode < 500]).toEqual([url, true]);
    }
  });
});

test('without a web app the address itself says where to go', async () => {
  const { app } = await serve();
  expect((await app.inject('/')).json()).toEqual({
    name: 'kmodel',
    version: '0.0.0',
    docs: '/docs',
    openapi: '/openapi.json',
    models: { reading: '/api/reading' },
  });
});

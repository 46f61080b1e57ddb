import { expect, test } from 'vitest';
import { problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** Addresses that exist, addresses that don't, and methods they don't take. */
export function routeStories({ client, path, sample, mark }: Stage): void {
  test.each([
    '/api',
    '/api/',
    '/api/no-such-model',
    '/API',
    '/health',
    '/health/',
    '/docs/no-such',
    '/nothing',
    '//',
    '/openapi.json/',
    '/favicon.ico',
  ])('there is nothing at %s', async (address) => {
    for (const accept of ['*/*', 'text/html']) {
      const answer = await client().send(address, { headers: { accept } });
      expect([answer.status, problemOf(answer).code]).toEqual([404, 'NOT_FOUND']);
    }
  });

  test('another case, a slash at the end or in between is another address', async () => {
    for (const address of [`${path}/`, path.toUpperCase(), `${path}/a/b`, `${path}//`, `/${path}`]) {
      for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
        const body = method === 'PUT' || method === 'POST' ? sample(1, mark()) : undefined;
        const answer = await client().send(address, { method, body });
        expect([address, method, answer.status, problemOf(answer).code]).toEqual([address, method, 404, 'NOT_FOUND']);
      }
    }
  });

  test('nothing is there whatever is sent to it', async () => {
    for (const type of ['text/plain', 'no media type', '/', '']) {
      for (const [method, address] of [
        ['POST', '/nothing'],
        ['PUT', '/nothing'],
        ['PUT', `${path}/?x=1`],
        ['PUT', `${path}/a/b`],
      ] as const) {
        const answer = await client().send(address, { method, body: 'x', headers: { 'content-type': type } });
        expect([type, method, answer.status, problemOf(answer).code]).toEqual([type, method, 404, 'NOT_FOUND']);
      }
    }
    const answer = await client().send(path, {
      method: 'PUT',
      body: 'x',
      headers: { 'content-type': 'no media type' },
    });
    expect([answer.status, problemOf(answer).code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  test.each([
    ['', 'GET, HEAD, POST', ['PUT', 'DELETE', 'PATCH', 'OPTIONS']],
    ['/x', 'DELETE, GET, HEAD, PUT', ['POST', 'PATCH', 'OPTIONS']],
    ['/%2F', 'DELETE, GET, HEAD, PUT', ['POST']],
  ])('other methods at <model>%s are answered 405 with Allow: %s', async (rest, allow, methods) => {
    for (const method of methods) {
      const body = method === 'PUT' || method === 'PATCH' ? sample(1, mark()) : undefined;
      const answer = await client().send(`${path}${rest}`, { method, body });
      expect([method, answer.status, problemOf(answer).code]).toEqual([method, 405, 'METHOD_NOT_ALLOWED']);
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  test('the other routes take GET and HEAD only', async () => {
    for (const address of [
      '/health/live',
      '/health/ready',
      '/openapi.json',
      '/docs',
      '/docs/static/swagger-ui.css',
      '/',
    ]) {
      const answer = await client().send(address, { method: 'POST', body: {} });
      expect([address, answer.status, answer.headers.get('allow')]).toEqual([address, 405, 'GET, HEAD']);
    }
  });

  test.each(['QUERY', 'PROPFIND', 'PURGE', 'TRACE', 'MKCOL', 'SUBSCRIBE'])('%s is answered 405', async (method) => {
    const answer = await client().raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, path);
    expect([answer.status, problemOf(answer).code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });
}

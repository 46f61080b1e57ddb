import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** Bytes that no client would send; the server answers what can be answered and goes on. */
export function rawStories({ client, path, sample, mark }: Stage): void {
  afterEach(async () => {
    expect((await client().send('/health/live')).status).toBe(200);
  });

  const frame = (line: string, ...headers: string[]): string =>
    `${line}\r\n${['Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

  test.each([
    ['a line that is no request', 'hello there\r\n\r\n'],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    ['a header without a colon', `GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n`],
    ['a negative length', `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`],
    ['two lengths', `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
    [
      'a length beside chunks',
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['no Host', `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`],
    ['HTTP/9', `GET ${path} HTTP/9.9\r\nHost: x\r\n\r\n`],
  ])('%s is answered 400', async (_what, bytes) => {
    const answer = await client().raw(bytes);
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'REQUEST_MALFORMED']);
  });

  test('headers of more than 16 KiB, or so long an address, are answered 431', async () => {
    for (const bytes of [
      frame(`GET ${path} HTTP/1.1`, `X: ${'x'.repeat(17_000)}`),
      frame(`GET ${path}/${'x'.repeat(17_000)} HTTP/1.1`),
    ]) {
      const answer = await client().raw(bytes);
      expect([answer.status, problemOf(answer).code]).toEqual([431, 'HEADERS_TOO_LARGE']);
    }
  });

  test.each([
    ['one dot', 'PATH_INVALID', '/.'],
    ['two dots', 'PATH_INVALID', '/..'],
    ['two dots in percent codes', 'PATH_INVALID', '/%2e%2e'],
    ['bytes of UTF-8 as they are', 'REQUEST_MALFORMED', '/ü'],
    ['a percent sign alone', 'PATH_INVALID', '/%'],
    ['half a code', 'PATH_INVALID', '/%C3'],
    ['an overlong code', 'PATH_INVALID', '/%C0%AF'],
    ['bytes of UTF-8 in the query', 'REQUEST_MALFORMED', '?limit=ü'],
  ])('an address with %s is refused', async (_what, code, rest) => {
    const answer = await client().raw(frame(`GET ${path}${rest} HTTP/1.1`));
    expect([answer.status, problemOf(answer).code]).toEqual([400, code]);
  });

  test('an address in absolute form is read like any other', async () => {
    const answer = await client().raw(frame(`GET http://elsewhere.example${path}?limit=1 HTTP/1.1`));
    expect(answer.status).toBe(200);
    const other = await client().raw(frame(`PATCH http://elsewhere.example${path} HTTP/1.1`));
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  test('an expectation that can not be met is refused', async () => {
    const answer = await client().raw(frame(`GET ${path} HTTP/1.1`, 'Expect: the-unexpected'));
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'HEADER_INVALID']);
  });

  test('CONNECT is answered 405: this is no proxy', async () => {
    const answer = await client().raw('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n');
    expect([answer.status, problemOf(answer).code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  test('chunks that break off, or are none, write nothing', async () => {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await client().raw(`${head}zz\r\n{}\r\n0\r\n\r\n`);
    expect(answer.status).toBe(400);
    const marked = mark();
    const body = JSON.stringify(sample(1, marked));
    await cutShort(client().url, `${head}${body.length.toString(16)}\r\n${body}\r\n`);
    await cutShort(
      client().url,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`,
    );
    const list = await client().send(`${path}?limit=1000`);
    expect(list.text).not.toContain(marked);
  });

  test('requests in one go are answered in their order', async () => {
    const one = `GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n`;
    const answer = await client().raw(`${one}${one}${frame(`GET ${path}/%ff HTTP/1.1`)}`);
    expect(answer.text.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });
}

/** Sends bytes and hangs up. */
async function cutShort(url: string, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.write(bytes, resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

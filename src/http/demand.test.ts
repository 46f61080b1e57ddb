import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyReply } from 'fastify';
import { afterAll, expect, test } from 'vitest';
import { makeWaits } from './demand.ts';

const server = createServer().listen(0, '127.0.0.1');
afterAll(() => server.close());

/** The server's side of a request, and the client's. */
async function asked(): Promise<{ response: ServerResponse; client: ReturnType<typeof get> }> {
  if (!server.listening) await once(server, 'listening');
  const client = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  client.on('error', () => undefined);
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { response, client };
}

test('the wait of a client that goes away ends', async () => {
  const { response, client } = await asked();
  const signal = makeWaits().signalFor({ raw: response } as unknown as FastifyReply);
  expect(signal.aborted).toBe(false);
  client.destroy();
  await once(response, 'close');
  expect(signal.aborted).toBe(true);
});

test('that of a client which got its answer is not aborted, then or later', async () => {
  const { response, client } = await asked();
  const waits = makeWaits();
  const signal = waits.signalFor({ raw: response } as unknown as FastifyReply);
  client.on('response', (answer) => answer.resume());
  response.end('x');
  await once(response, 'close');
  waits.stop();
  expect(signal.aborted).toBe(false);
});

test('a server that stops ends all of them, and those that come after', async () => {
  const [one, other] = [await asked(), await asked()];
  const waits = makeWaits();
  const before = waits.signalFor({ raw: one.response } as unknown as FastifyReply);
  waits.stop();
  const after = waits.signalFor({ raw: other.response } as unknown as FastifyReply);
  expect([before.aborted, after.aborted, waits.stopping]).toEqual([true, true, true]);
  for (const { response } of [one, other]) response.end();
});

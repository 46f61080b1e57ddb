/** A small HTTP server for the tests of the commands: it records what it is sent and answers as it is told. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** `headers` come with the answer; `cut` breaks the connection instead. */
export interface Given {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cut?: true;
}

export interface TestServer {
  readonly url: string;
  /** Requests other than GET /health/ready, in the order in which they arrived whole. */
  readonly received: Received[];
  /** The greatest number of requests that were under way at once. */
  readonly most: () => number;
  readonly close: () => Promise<void>;
}

export type Answer = (request: Received) => Given | Promise<Given>;

export async function startTestServer(answer: Answer, models: readonly string[] = ['note']): Promise<TestServer> {
  const received: Received[] = [];
  let underWay = 0;
  let most = 0;
  const server = createServer((request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    response.once('close', () => {
      underWay -= 1;
    });
    void answerOne(request, response, async (whole) => {
      if (whole.path === '/health/ready') return readiness(models);
      received.push(whole);
      return answer(whole);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    most: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As a server answers that is still starting: the names are there even then. */
function readiness(models: readonly string[]): Given {
  const entries = models.map((name) => [name, { ready: false }]);
  return { status: 503, json: { status: 'starting', models: Object.fromEntries(entries) } };
}

async function answerOne(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: Received) => Promise<Given>,
): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  const { method = '', url: path = '', headers } = request;
  const given = await answer({ method, path, headers, body: Buffer.concat(parts).toString() });
  if (given.cut === true) {
    request.socket.destroy();
    return;
  }
  response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers });
  response.end(given.json === undefined ? '' : JSON.stringify(given.json));
}

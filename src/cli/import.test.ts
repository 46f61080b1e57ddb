import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { type Patience, openApi } from './api.ts';
import { PARALLEL, awaitView, importEntities } from './import.ts';
import { type Answer, type TestServer, startTestServer } from '../../test/system/test-server.ts';

const QUICK: Patience = { busyMs: 400, reconnectMs: [10, 20] };
const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(answer: Answer): Promise<TestServer> {
  const server = await startTestServer(answer);
  servers.push(server);
  return server;
}

async function importText(url: string, input: string | Readable) {
  const reports: string[] = [];
  const outcome = await importEntities({
    input: typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input,
    api: openApi(url, QUICK),
    model: 'note',
    report: (line) => reports.push(line),
    progress: () => undefined,
  });
  return { ...outcome, reports };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function* brokenInput() {
  yield Buffer.from('{"id":"a"}\n{"id":');
  await pause(10);
  throw new Error('the disk is gone');
}

describe('an import', () => {
  test('stores every line, many at a time but never more than the limit', async () => {
    const server = await serve(async () => {
      // Held until as many are under way as may be, and a little longer, to see whether more come.
      for (let waits = 0; server.most() < PARALLEL && waits < 500; waits += 1) await pause(10);
      await pause(50);
      return { status: 201 };
    });
    const text = Array.from({ length: 300 }, (_, index) => `{"id":"${index}"}`).join('\n');
    expect(await importText(server.url, text)).toMatchObject({ imported: 300, failed: 0, stopped: undefined });
    expect(new Set(server.received.map((request) => request.path)).size).toBe(300);
    expect(server.most()).toBe(PARALLEL);
  });

  test('keeps the order of lines with the same id, also when the first is slow', async () => {
    const stored: string[] = [];
    const server = await serve(async ({ path, body }) => {
      const { n } = JSON.parse(body) as { n: string };
      await pause(n === 'first' ? 100 : 0);
      if (path.endsWith('/a')) stored.push(n);
      return { status: 200 };
    });
    await importText(
      server.url,
      '{"id":"a","n":"first"}\n{"id":"b","n":"x"}\n{"id":"a","n":"second"}\n{"id":"a","n":"third"}\n',
    );
    expect(stored).toEqual(['first', 'second', 'third']);
  });

  test('reports each bad or refused line with its number and goes on', async () => {
    const errors = [
      { pointer: '/title', message: 'expected a string' },
      { pointer: '', message: 'unknown field "x"' },
    ];
    const server = await serve(({ path }) => {
      if (path.endsWith('/bad')) return { status: 422, json: { code: 'ENTITY_INVALID', detail: 'd', errors } };
      if (path.endsWith('/odd')) return { status: 400, json: { title: 'Odd' } };
      return path.endsWith('/bare') ? { status: 418 } : { status: 201 };
    });
    const ids = ['ok', 'bad', 'odd', 'bare'].map((id) => `{"id":"${id}"}`);
    const { reports, ...outcome } = await importText(server.url, `${ids.join('\n')}\n\nnope\n[]\n{"id":"last"}`);
    expect(outcome).toMatchObject({ imported: 2, failed: 5, stopped: undefined });
    expect(reports.toSorted()).toEqual([
      'line 2: 422 ENTITY_INVALID: /title: expected a string; unknown field "x"',
      'line 3: 400: Odd',
      'line 4: 418',
      expect.stringMatching(/^line 6: not JSON: /),
      'line 7: expected a JSON object',
    ]);
  });

  test('tries again while the server is busy, with the same key for the same line', async () => {
    let busy = 3;
    const server = await serve(() => {
      busy -= 1;
      return busy >= 0 ? { status: 503, headers: { 'retry-after': '0' } } : { status: 201 };
    });
    expect(await importText(server.url, '{"n":1}')).toMatchObject({ imported: 1, failed: 0 });
    expect(server.received.length).toBe(4);
    expect(new Set(server.received.map((request) => request.headers['idempotency-key'])).size).toBe(1);
  });

  test('tries again when a connection is cut', async () => {
    let cuts = 2;
    const server = await serve(() => {
      cuts -= 1;
      return cuts >= 0 ? { status: 0, cut: true } : { status: 201 };
    });
    expect(await importText(server.url, '{"id":"a"}')).toMatchObject({ imported: 1, failed: 0 });
  });

  test('stops where the server stays busy past its patience', async () => {
    const json = { code: 'LOG_UNAVAILABLE', detail: 'The disk is full.' };
    const server = await serve(() => ({ status: 503, headers: { 'retry-after': '1' }, json }));
    const outcome = await importText(server.url, Array.from({ length: 200 }, () => '{}').join('\n'));
    expect(outcome.stopped).toBe(
      'the server takes no writes (503 LOG_UNAVAILABLE: The disk is full.); the import stopped before its end',
    );
    expect(outcome.imported).toBe(0);
    expect(outcome.failed).toBe(PARALLEL);
    const numbers = outcome.reports.map((line) => /^line (\d+): not stored: 503 LOG_UNAVAILABLE: /.exec(line)?.[1]);
    expect(new Set(numbers)).toEqual(new Set(Array.from({ length: PARALLEL }, (_, index) => String(index + 1))));
  });

  test.each(['LOG_REFUSES', 'VIEW_HELD'])('stops at once at %s, which an operator has to mend', async (code) => {
    const json = { code, detail: 'Nothing was written; it needs an operator.' };
    const server = await serve(() => ({ status: 503, json }));
    const outcome = await importText(server.url, '{"id":"a"}');
    expect(outcome).toMatchObject({ imported: 0, failed: 1 });
    expect(outcome.stopped).toContain(`the server takes no writes (503 ${code}: Nothing was written; it needs an op`);
    expect(server.received).toHaveLength(1);
  });

  test('a line that is too large for the log fails, and the next ones are stored', async () => {
    let first = true;
    const json = { code: 'RECORD_TOO_LARGE', detail: 'Nothing was written: at most 1,048,588 bytes.' };
    const server = await serve(() => {
      const answer = first ? { status: 413, json } : { status: 201 };
      first = false;
      return answer;
    });
    const outcome = await importText(server.url, '{"id":"a"}\n{"id":"a"}');
    expect(outcome).toMatchObject({ imported: 1, failed: 1, stopped: undefined });
    expect(outcome.reports[0]).toContain('413 RECORD_TOO_LARGE: Nothing was written: at most');
  });

  test('stops at once where the server is gone, also when more of the input never comes', async () => {
    const server = await serve(() => ({ status: 201 }));
    await server.close();
    const input = new Readable({ read: () => undefined });
    input.push('{"id":"a"}\n{"id":"b"}\n{"id":"a"}\n');
    const outcome = await importText(server.url, input);
    expect(outcome).toMatchObject({ imported: 0, failed: 3 });
    expect(outcome.reports.toSorted()).toEqual([
      'line 1: not known to be stored: the connection was refused',
      'line 2: not known to be stored: the connection was refused',
      'line 3: not stored: the import stopped before it was sent',
    ]);
    expect(outcome.stopped).toContain(`no server answers at ${server.url} (the connection was refused)`);
  });

  test('tells where the input breaks off, after storing what came before', async () => {
    const server = await serve(() => ({ status: 201 }));
    expect(await importText(server.url, Readable.from(brokenInput()))).toMatchObject({
      imported: 1,
      stopped: 'the input can not be read: the disk is gone; the import stopped before its end',
    });
  });

  test('gives the position that all answers together stand for, and waits for the view to reach it', async () => {
    const positions = ['0=4;log=L', '0=3,2=7;log=L'];
    const server = await serve(({ method }) =>
      method === 'GET'
        ? { status: 503, json: { detail: 'behind' } }
        : { status: 201, headers: { 'kmodel-position': positions.pop() ?? '' } },
    );
    const { position } = await importText(server.url, '{"id":"a"}\n{"id":"b"}');
    expect(position).toBe('0=4,2=7;log=L');
    const reports: string[] = [];
    await awaitView(openApi(server.url, QUICK), 'note', '0=4,2=7;log=L', (line) => reports.push(line));
    expect(server.received.at(-1)).toMatchObject({
      path: '/api/note?limit=1',
      headers: { 'kmodel-position': '0=4,2=7;log=L', prefer: 'wait=30' },
    });
    expect(reports).toEqual(['kmodel: everything is stored, but the view does not show it yet (503: behind)']);
  });
});

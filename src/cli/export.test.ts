import { Writable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { type Patience, findModel, openApi } from './api.ts';
import { exportEntities } from './export.ts';
import { CommandFailure } from './failure.ts';
import { type Answer, type TestServer, startTestServer } from '../../test/system/test-server.ts';

const QUICK: Patience = { busyMs: 300, reconnectMs: [10] };
const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(answer: Answer, models?: readonly string[]): Promise<TestServer> {
  const server = await startTestServer(answer, models);
  servers.push(server);
  return server;
}

/** A reader that is busy for a moment with each chunk. */
function slowReader() {
  let text = '';
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      setTimeout(done, 10);
    },
  });
  return { stream, text: () => text };
}

async function failureOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'no failure',
    (error: unknown) => (error instanceof CommandFailure ? error.message : `another error: ${String(error)}`),
  );
}

const nothing: Answer = () => ({ status: 404 });

describe('an export', () => {
  test('walks all pages and writes one entity a line, no faster than it is read', async () => {
    const { stream, text } = slowReader();
    let ahead = 0;
    const server = await serve(({ path }) => {
      ahead = Math.max(ahead, stream.writableLength);
      const after = Number(new URL(path, 'http://x').searchParams.get('after') ?? '0');
      const next = after < 3 ? String(after + 1) : null;
      return { status: 200, json: { items: [{ id: `${after}a` }, { id: `${after}b\n` }], next, position: 'p' } };
    });
    await exportEntities(openApi(server.url, QUICK), 'note', stream);
    stream.end();
    const ids = text()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toEqual(['0a', '0b\n', '1a', '1b\n', '2a', '2b\n', '3a', '3b\n']);
    expect(server.received[0]?.path).toBe('/api/note?limit=1000&order=asc');
    expect(ahead).toBe(0);
  });

  test('of nothing writes nothing', async () => {
    const { stream, text } = slowReader();
    const server = await serve(() => ({ status: 200, json: { items: [], next: null } }));
    await exportEntities(openApi(server.url, QUICK), 'note', stream);
    expect(text()).toBe('');
  });

  test('waits while the view is being built, with a limit', async () => {
    let builds = 2;
    const json = { code: 'VIEW_NOT_READY', detail: 'It is being built.' };
    const server = await serve(() => {
      builds -= 1;
      return builds >= 0
        ? { status: 503, headers: { 'retry-after': '0' }, json }
        : { status: 200, json: { items: [], next: null } };
    });
    const api = openApi(server.url, QUICK);
    await exportEntities(api, 'note', slowReader().stream);
    builds = 1000;
    expect(await failureOf(exportEntities(api, 'note', slowReader().stream))).toBe(
      'the export stopped: 503 VIEW_NOT_READY: It is being built.',
    );
  });
});

describe('the model of a command', () => {
  test("is the server's only one, or the one that was named", async () => {
    const one = await serve(nothing, ['note']);
    expect(await findModel(openApi(one.url), undefined)).toBe('note');
    const two = await serve(nothing, ['note', 'tag']);
    expect(await findModel(openApi(two.url), 'tag')).toBe('tag');
    expect(await failureOf(findModel(openApi(two.url), undefined))).toBe(
      'the server has several models; choose one with --model: note, tag',
    );
    expect(await failureOf(findModel(openApi(two.url), 'nope'))).toBe(
      'the server has no model "nope"; it has: note, tag',
    );
  });

  test('is not asked of a server that is none of ours, or of nobody', async () => {
    const server = await serve(nothing);
    expect(await failureOf(findModel(openApi(`${server.url}/base`), undefined))).toBe(
      `${server.url}/base is no kmodel server: GET /health/ready answered 404 without models`,
    );
    await server.close();
    expect(await failureOf(findModel(openApi(server.url), undefined))).toMatch(
      /^no server answers at \S+ \(.+\); start one with kmodel start/,
    );
  });
});

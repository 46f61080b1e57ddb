/**
 * The whole HTTP contract as stories, over real sockets, for any model on any adapters: a test file calls
 * describeHttpSuite with a way to start a server. Every answer is checked against the server's OpenAPI document.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS } from '../../src/error-table.ts';
import type { Model } from '../../src/model/model.ts';
import { openClient, type TestClient } from './client.ts';
import { bodyStories } from './stories/body.ts';
import { conditionStories } from './stories/conditions.ts';
import { entityStories } from './stories/entity.ts';
import { idempotencyStories } from './stories/idempotency.ts';
import { listStories, noSearchStories, searchStories, sortStories } from './stories/list.ts';
import { operationStories } from './stories/operations.ts';
import { positionStories } from './stories/position.ts';
import { rawStories } from './stories/raw.ts';
import { routeStories } from './stories/routes.ts';

export interface HttpSubject {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export interface HttpSuiteOptions {
  /** Starts a server that serves the model, with empty log and view, and no web app. */
  readonly makeServer: () => Promise<HttpSubject>;
  readonly model: Model;
  /** Valid bodies, another one for each n. `mark` is the value of the field that `filter` filters by, and is searchable. */
  readonly sample: (n: number, mark: string) => Record<string, unknown>;
  /** A filter of the model: the parameter that equals a body's mark. */
  readonly filter: string;
  /** A sort index of the model and a body's value in it; undefined: it has none. */
  readonly sort:
    | { readonly name: string; readonly valueOf: (body: Readonly<Record<string, unknown>>) => number }
    | undefined;
  /** A body that breaks rules, and the pointers of the rules it breaks. */
  readonly invalid: { readonly body: unknown; readonly pointers: readonly string[] };
}

/** What the stories work with. */
export interface Stage extends HttpSuiteOptions {
  readonly client: () => TestClient;
  /** `/api/<model>`. */
  readonly path: string;
  /** A mark that no other story uses. */
  readonly mark: () => string;
}

/** Codes that need a log or view that fails, a stopping server or a slow minute: the tests beside src/http/server.ts show them. */
const ELSEWHERE = [
  'INTERNAL',
  'VIEW_NOT_READY',
  'VIEW_UNAVAILABLE',
  'LOG_UNAVAILABLE',
  'LOG_REFUSES',
  'RECORD_TOO_LARGE',
  'VIEW_DOUBTFUL',
  'VIEW_HELD',
  'ENTITY_QUARANTINED',
  'WRITE_UNCERTAIN',
  'SHUTTING_DOWN',
  'REQUEST_TIMEOUT',
];

/** Declares the suite. */
export function describeHttpSuite(name: string, options: HttpSuiteOptions): void {
  // oxlint-disable-next-line vitest/valid-title -- the caller names the model and the adapters
  describe(name, () => {
    let subject: HttpSubject;
    let client: TestClient;
    let marks = 0;
    beforeAll(async () => {
      subject = await options.makeServer();
      client = await openClient(subject.url);
    });
    afterAll(async () => subject.close());

    const stage: Stage = {
      ...options,
      client: () => client,
      path: `/api/${options.model.name}`,
      mark: () => `mark${(marks += 1)}x${process.pid}`,
    };
    describe.each([...storiesOf(options)])('%s', (_title, stories) => stories(stage));

    test('every code that a healthy server can answer was answered above', () => {
      const expected = Object.entries(ERRORS).flatMap(([code, { status }]) =>
        status === 0 || ELSEWHERE.includes(code) ? [] : [code],
      );
      expect([...client.seen].sort()).toEqual(expected.sort());
    });
  });
}

/** The stories that fit the model. */
function storiesOf({ model, sort }: HttpSuiteOptions): readonly (readonly [string, (stage: Stage) => void])[] {
  return [
    ['one entity', entityStories],
    ['conditional requests', conditionStories],
    ['idempotency keys', idempotencyStories],
    ['positions', positionStories],
    ['lists', listStories],
    ...(sort === undefined ? [] : [['lists by a sort index', sortStories] as const]),
    model.search.length > 0 ? ['search', searchStories] : ['no search', noSearchStories],
    ['bodies', bodyStories],
    ['addresses and methods', routeStories],
    ['operations', operationStories],
    ['bytes that are no request', rawStories],
  ];
}

import { describe, expect, test } from 'vitest';
import type { Position, Read, StoredEntity, View } from '../view/view.ts';
import { openReader, type Demand } from './reader.ts';

/** A view with one partition, moved by hand; only what a reader uses. */
function makeView() {
  let checkpoint = 0;
  let logId = 'log';
  let live = true;
  let failure: Error | undefined;
  let reads = 0;
  const notices = new Set<() => void>();
  const read = <T>(value: T): Promise<Read<T>> => {
    reads += 1;
    if (failure !== undefined) return Promise.reject(failure);
    if (!live) return Promise.resolve({ kind: 'not-ready' });
    return Promise.resolve({ kind: 'read', logId, position: new Map([[0, checkpoint]]), value });
  };
  async function* moved(signal: AbortSignal): AsyncIterable<Position> {
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        notices.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      notices.clear();
      yield new Map([[0, checkpoint]]);
    }
  }
  const view: Pick<View, 'get' | 'list' | 'moved'> = {
    get: () => read<StoredEntity | undefined>(undefined),
    list: () => read({ entities: [], next: undefined }),
    moved,
  };
  return {
    view: view as View,
    reads: () => reads,
    move(to: number) {
      checkpoint = to;
      for (const notice of notices) notice();
    },
    moveUnseen(to: number) {
      checkpoint = to;
    },
    notice: () => notices.forEach((notice) => notice()),
    set: (more: { logId?: string; live?: boolean; failure?: Error }) => {
      logId = more.logId ?? logId;
      live = more.live ?? live;
      failure = more.failure;
    },
  };
}

function demand(next: number, waitMs: number, more: Partial<Demand> = {}): Demand {
  return { position: new Map([[0, next]]), logId: undefined, waitMs, signal: undefined, ...more };
}

const query = { terms: [], filters: {}, sort: 'createdAt', order: 'desc', after: undefined, limit: 1 } as const;

describe('a read with a position (I8)', () => {
  test('is answered at once where the view is at or past it', async () => {
    const { view, move } = makeView();
    move(3);
    const reader = openReader(view);
    expect(await reader.get('a', demand(3, 0))).toMatchObject({ kind: 'read', position: new Map([[0, 3]]) });
    expect(await reader.list(query, demand(2, 0))).toMatchObject({ kind: 'read' });
    await reader.close();
  });

  test('waits for the view, also for what is absent, and notices alone prove nothing', async () => {
    const { view, move, notice, reads } = makeView();
    const reader = openReader(view);
    const waiting = reader.get('a', demand(2, 10_000));
    await new Promise((resolve) => setTimeout(resolve, 10));
    notice();
    move(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(reads()).toBeGreaterThan(1);
    move(2);
    expect(await waiting).toMatchObject({ kind: 'read', position: new Map([[0, 2]]), value: undefined });
    await reader.close();
  });

  test('does not ask a view that was just seen behind, until a notice says that it has moved', async () => {
    const { view, move, reads } = makeView();
    const reader = openReader(view);
    await reader.get('a', demand(0, 0));
    const asked = reads();
    const waiting = reader.get('a', demand(2, 10_000));
    await new Promise((resolve) => setTimeout(resolve, 10));
    move(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(reads()).toBe(asked);
    move(2);
    expect(await waiting).toMatchObject({ kind: 'read', position: new Map([[0, 2]]) });
    expect(reads()).toBe(asked + 1);
    await reader.close();
  });

  test('asks a view all the same where a notice was missed', async () => {
    const { view, moveUnseen } = makeView();
    const reader = openReader(view);
    await reader.get('a', demand(0, 0));
    moveUnseen(2);
    expect(await reader.get('a', demand(2, 1_000))).toMatchObject({ kind: 'read', position: new Map([[0, 2]]) });
    await reader.close();
  });

  test('fails as behind after its wait, saying where the view stands', async () => {
    const { view } = makeView();
    const reader = openReader(view);
    const began = performance.now();
    expect(await reader.list(query, demand(1, 60))).toEqual({
      kind: 'behind',
      logId: 'log',
      position: new Map([[0, 0]]),
    });
    expect(performance.now() - began).toBeGreaterThan(55);
    await reader.close();
  });

  test('ends its wait when nobody waits any more, and when the reader closes', async () => {
    const { view } = makeView();
    const reader = openReader(view);
    const client = new AbortController();
    const left = reader.get('a', demand(1, 60_000, { signal: client.signal }));
    client.abort();
    expect((await left).kind).toBe('behind');
    const closed = reader.get('a', demand(1, 60_000));
    await new Promise((resolve) => setTimeout(resolve, 10));
    await reader.close();
    expect((await closed).kind).toBe('behind');
  });

  test('of another log fails as such', async () => {
    const { view } = makeView();
    const reader = openReader(view);
    expect(await reader.get('a', demand(0, 0, { logId: 'other' }))).toEqual({ kind: 'other-log', logId: 'log' });
    await reader.close();
  });
});

test('a view that is not ready or can not be read says so at once', async () => {
  const { view, set } = makeView();
  const reader = openReader(view);
  set({ live: false });
  expect(await reader.get('a', demand(9, 60_000))).toEqual({ kind: 'not-ready' });
  set({ live: true, failure: new Error('disk on fire') });
  expect(await reader.get('a', demand(9, 60_000))).toEqual({ kind: 'unavailable', reason: 'disk on fire' });
  await reader.close();
});

test('a view of another log than the one that writes land in answers nothing, with a position or without', async () => {
  const { view, set } = makeView();
  const asked: string[] = [];
  const isThisLog = (logId: string): boolean | Promise<boolean> => {
    asked.push(logId);
    return logId === 'log' || Promise.resolve(logId === 'log.1');
  };
  const shown: string[] = [];
  const reader = openReader(view, { isThisLog, answeredFrom: (logId) => shown.push(logId) });
  expect(await reader.get('a', demand(0, 100))).toMatchObject({ kind: 'read', logId: 'log' });
  set({ logId: 'log.1' });
  expect(await reader.get('a', demand(0, 100))).toMatchObject({ kind: 'read', logId: 'log.1' });
  set({ logId: 'other' });
  expect(await reader.get('a', demand(0, 100))).toEqual({ kind: 'foreign', logId: 'other' });
  expect(await reader.list(query, demand(0, 100, { logId: 'log' }))).toEqual({ kind: 'foreign', logId: 'other' });
  expect(shown).toEqual(['log', 'log.1']);
  expect(asked).toEqual(['log', 'log.1', 'other', 'other']);
  await reader.close();
});

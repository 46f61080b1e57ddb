/** Stories about building a view: generations, claims, live marks (I4, I7). */
import { expect, test } from 'vitest';
import {
  Build,
  IDENTITY,
  ids,
  INDEXES,
  listing,
  type MakeView,
  put,
  quarantined,
  wholeState,
} from './view-under-test.conformance.ts';

export function generationStories(make: MakeView): void {
  test('a new view has no generation: a claim finds it gone, a read is not ready', async () => {
    const { view } = await make(INDEXES);
    expect(await view.claim(0)).toEqual({ kind: 'gone' });
    expect(await view.get('a')).toEqual({ kind: 'not-ready' });
    expect(await view.describe()).toEqual({ generation: undefined, partitions: new Map(), quarantined: 0 });
  });

  test('begin drops everything and makes a new id', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const empty = await view.checksum();
    const bad = quarantined(7, 'k');
    await build.apply([put('a', { terms: ['x'], filters: { tag: ['t'] }, sorts: { pay: 1 } })], { quarantined: [bad] });
    expect(await view.checksum()).not.toBe(empty);
    const second = await view.begin({ ...IDENTITY, logId: 'log-2', modelVersion: 7, partitions: 3 }, build.generation);
    expect(second).not.toBe(build.generation);
    expect(await view.checksum()).toBe(empty);
    expect((await view.quarantine(undefined, 10)).records).toEqual([]);
    const state = { checkpoint: 0, epoch: 0, live: false, caughtUpAt: undefined };
    expect(await view.describe()).toMatchObject({
      generation: { ...IDENTITY, id: second, logId: 'log-2', modelVersion: 7, partitions: 3 },
      partitions: new Map([0, 1, 2].map((partition) => [partition, state])),
      quarantined: 0,
    });
    expect(await view.apply(build.update([put('b')]))).toEqual({ kind: 'gone' });
  });

  test('begin does nothing where another worker was first, and answers what that one began', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('a')]);
    const state = await wholeState(view);
    expect(await view.begin(IDENTITY, undefined)).toBe(build.generation);
    expect(await view.begin(IDENTITY, 'another')).toBe(build.generation);
    expect(await wholeState(view)).toEqual(state);
  });

  test('where the view was emptied meanwhile, begin begins', async () => {
    const { view } = await make(INDEXES);
    const id = await view.begin(IDENTITY, 'gone');
    expect((await view.describe()).generation).toEqual({ ...IDENTITY, id });
  });

  test('of workers that begin at once one does, and all are told which generation is there', async () => {
    const { view } = await make(INDEXES);
    const [one, two] = await Promise.all([view.begin(IDENTITY, undefined), view.begin(IDENTITY, undefined)]);
    expect(two).toBe(one);
    const next = await view.begin({ ...IDENTITY, partitions: 1 }, one);
    expect(next).not.toBe(one);
    expect(await view.begin(IDENTITY, one)).toBe(next);
    expect((await view.describe()).generation).toEqual({ ...IDENTITY, partitions: 1, id: next });
    expect((await view.describe()).partitions.size).toBe(1);
  });

  test('a view is not ready until every partition is live, empty ones too; the mark stays', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.begin(view);
    await build.apply([put('a')]);
    expect(await view.get('a')).toEqual({ kind: 'not-ready' });
    await build.apply([], { live: true });
    expect((await view.list(listing())).kind).toBe('not-ready');
    await build.apply([], { partition: 1, live: true });
    await build.apply([put('b')]);
    expect(await ids(view)).toEqual(['a', 'b']);
  });

  test('a claim raises the epoch and answers where the partition stands', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.begin(view);
    await build.apply([put('a')], { nextOffset: 17, live: true, caughtUpAt: 5000 });
    expect(await view.claim(0)).toEqual({
      kind: 'claimed',
      generation: build.generation,
      checkpoint: 17,
      epoch: 2,
      live: true,
      caughtUpAt: 5000,
    });
    expect(await view.claim(1)).toMatchObject({ checkpoint: 0, epoch: 2, live: false, caughtUpAt: undefined });
    expect(await view.claim(2)).toEqual({ kind: 'gone' });
  });

  test('all that was applied is there after closing and opening again', async () => {
    const made = await make(INDEXES);
    const build = await Build.live(made.view);
    await build.apply([put('a', { terms: ['x'], sorts: { pay: 2 } }), put('b')], {
      quarantined: [quarantined(3, 'k')],
    });
    const before = await wholeState(made.view);
    const view = await made.reopen();
    expect(await wholeState(view)).toEqual(before);
    expect(await ids(view, { terms: [{ text: 'x', prefix: false }] })).toEqual(['a']);
    expect(await view.apply(build.update([put('c')]))).toEqual({ kind: 'applied' });
  });
}

/**
 * What every adapter of the View port does. An adapter's test calls `describeViewConformance`; no story here knows how
 * an adapter stores anything.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { applyStories } from './view-applying.conformance.ts';
import { generationStories } from './view-building.conformance.ts';
import { indexStories, orderStories, searchStories } from './view-listing.conformance.ts';
import { quarantineStories } from './view-quarantine.conformance.ts';
import { trustStories } from './view-trust.conformance.ts';
import { Build, INDEXES, type MakeView, put, type ViewUnderTest } from './view-under-test.conformance.ts';

export type { IndexNames, MakeView, ViewUnderTest } from './view-under-test.conformance.ts';

/** Runs the suite; `makeView` makes a new, empty view each time. */
export function describeViewConformance(name: string, makeView: MakeView): void {
  describe(`${name} keeps the contract of the View port`, () => {
    const made: ViewUnderTest[] = [];
    const make: MakeView = async (indexes) => {
      const view = await makeView(indexes);
      made.push(view);
      return view;
    };
    afterEach(async () => {
      await Promise.all(made.splice(0).map((view) => view.cleanup()));
    });

    describe('generations and claims', () => generationStories(make));
    describe('apply', () => applyStories(make));
    describe('trust', () => trustStories(make));
    describe('quarantine', () => quarantineStories(make));
    describe('order and pages', () => orderStories(make));
    describe('indexes', () => indexStories(make));
    describe('search', () => searchStories(make));
    describe('a view’s life', () => lifeStories(make));
  });
}

function lifeStories(make: MakeView): void {
  test('moved wakes whoever waits, and tells where a partition is', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const stop = new AbortController();
    const woken: number[] = [];
    const listening = (async () => {
      for await (const position of view.moved(stop.signal)) {
        // Marks of the build may still be told of.
        if ((position.get(0) ?? 0) > 0) woken.push(position.get(0) ?? 0);
        if (woken.length === 2) return;
      }
    })();
    for (let round = 0; woken.length < 2 && round < 500; round += 1) {
      await build.apply([put('a')]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await listening;
    expect(woken[1]).toBeGreaterThan(woken[0] ?? Infinity);
    stop.abort();
  });

  test('moved ends when its signal aborts, before as after it began to wait', async () => {
    const { view } = await make(INDEXES);
    const stop = new AbortController();
    const waiting = view.moved(stop.signal)[Symbol.asyncIterator]().next();
    stop.abort();
    expect((await waiting).done).toBe(true);
    expect((await view.moved(stop.signal)[Symbol.asyncIterator]().next()).done).toBe(true);
  });

  test('close finishes what is under way, ends moved, refuses what comes later, and can be called again', async () => {
    const made = await make(INDEXES);
    const { view } = made;
    const build = await Build.live(view);
    const waiting = (async () => {
      for await (const _ of view.moved(new AbortController().signal));
    })();
    const applying = view.apply(build.update([put('a')]));
    const closing = view.close();
    expect(await applying).toEqual({ kind: 'applied' });
    await closing;
    await waiting;
    await view.close();
    await expect(view.apply(build.update([put('b')]))).rejects.toThrow('closed');
    await expect(view.get('a')).rejects.toThrow('closed');
    const again = await made.reopen();
    expect((await again.describe()).partitions.get(0)?.checkpoint).toBe(1);
  });
}

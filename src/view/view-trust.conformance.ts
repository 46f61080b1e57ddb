/** Stories about what a view is trusted for: seams, owners, doubts, incarnations (I13 and following). */
import { expect, test } from 'vitest';
import { DOUBTS, isHeld } from '../doubts.ts';
import type { View } from './view.ts';
import { Build, IDENTITY, INDEXES, listing, type MakeView, put } from './view-under-test.conformance.ts';

export function trustStories(make: MakeView): void {
  test('a seam is stored with its checkpoint, answered by claim and describe, and goes with the next update that has none', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.begin(view);
    const seam = { leaderEpoch: 7, tail: '16:abcd' };
    await build.apply([put('a')], { nextOffset: 17, seam });
    expect((await view.describe()).partitions.get(0)).toMatchObject({ checkpoint: 17, seam });
    await build.apply([], { live: true });
    expect(await view.claim(0)).toMatchObject({ checkpoint: 17, seam });
    expect(await view.claim(1)).not.toHaveProperty('seam');
    const again = await Build.begin(view);
    await again.apply([put('a')], { nextOffset: 17, seam: { leaderEpoch: 0 } });
    expect((await view.describe()).partitions.get(0)?.seam).toEqual({ leaderEpoch: 0 });
    await again.apply([put('b')]);
    expect((await view.describe()).partitions.get(0)).not.toHaveProperty('seam');
  });

  test('an owner is noted by its claim and seen again as long as the claim holds', async () => {
    const { view } = await make(INDEXES);
    const generation = await view.begin(IDENTITY, undefined);
    const owners = async (): Promise<unknown[]> =>
      [...(await view.describe()).partitions.values()].map(({ owner }) => owner?.name);
    expect(await owners()).toEqual([undefined, undefined]);
    const first = await view.claim(0, 'one: a name');
    expect(first).not.toHaveProperty('owner');
    const epoch = first.kind === 'claimed' ? first.epoch : -1;
    expect(await owners()).toEqual(['one: a name', undefined]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = (await view.describe()).partitions.get(0)!.owner!;
    expect(before.seenMsAgo).toBeGreaterThan(500);
    await view.keepSeen(generation, new Map([[0, epoch]]), 'one: a name');
    expect((await view.describe()).partitions.get(0)!.owner!.seenMsAgo).toBeLessThan(before.seenMsAgo);

    // What it says is wrong is kept with it, in one line, until it says something else.
    await view.keepSeen(generation, new Map([[0, epoch]]), 'one: a name', 'the topic\n  has no leader');
    const named = async (): Promise<unknown> => (await view.describe()).partitions.get(0)?.owner;
    expect(await named()).toMatchObject({ name: 'one: a name', problem: 'the topic has no leader' });
    await view.keepSeen(generation, new Map([[0, epoch]]), 'one: a name');
    expect(await named()).not.toHaveProperty('problem');

    // The next claim is told who had it; what the former owner notes from then on counts nothing.
    expect(await view.claim(0, 'two')).toMatchObject({ owner: { name: 'one: a name' } });
    await view.keepSeen(generation, new Map([[0, epoch]]), 'one: a name');
    await view.leave(generation, new Map([[0, epoch]]));
    await view.keepSeen('another', new Map([[0, epoch + 1]]), 'three');
    expect(await owners()).toEqual(['two', undefined]);
    await view.leave(generation, new Map([[0, epoch + 1]]));
    expect(await owners()).toEqual([undefined, undefined]);
  });

  test('noting an owner disturbs no update', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const claims = new Map([[0, 1]]);
    const noting = Promise.all(Array.from({ length: 50 }, () => view.keepSeen(build.generation, claims, 'me')));
    for (let at = 0; at < 20; at += 1) await build.apply([put(`a${at}`)]);
    await noting;
    expect((await view.describe()).partitions.get(0)).toMatchObject({ checkpoint: 20, owner: { name: 'me' } });
  });

  test('a worker that stands by is told of, whatever generation there is, and changes nothing', async () => {
    const { view } = await make(INDEXES);
    expect(await view.describe()).not.toHaveProperty('standingBy');
    await view.standBy('two: a name', 'the view is\n  of another log');
    await view.standBy('one', 'another definition');
    expect((await view.describe()).generation).toBeUndefined();
    const build = await Build.live(view);
    await view.standBy('one', 'still');
    const { standingBy = [] } = await view.describe();
    expect(standingBy.map(({ name, why }) => `${name}: ${why}`)).toEqual([
      'one: still',
      'two: a name: the view is of another log',
    ]);
    for (const { seenMsAgo } of standingBy) expect(seenMsAgo).toBeGreaterThanOrEqual(0);
    expect(standingBy[0]!.seenMsAgo).toBeLessThanOrEqual(standingBy[1]!.seenMsAgo);
    expect((await view.describe()).generation?.id).toBe(build.generation);
  });

  test('a doubt that counts keeps reads from being answered, absence too, until a new generation is there', async () => {
    const made = await make(INDEXES);
    const build = await Build.live(made.view);
    await build.apply([put('a')]);
    const doubt = await made.view.latch(build.generation, 'EVICTED', 'expected none, found 3');
    expect(doubt).toMatchObject({ reason: 'EVICTED', evidence: 'expected none, found 3', seen: 1 });
    const refuses = async (view: View): Promise<void> => {
      expect((await view.describe()).doubt).toEqual(doubt);
      for (const read of [await view.get('a'), await view.get('none'), await view.list(listing())])
        expect(read).toEqual({ kind: 'doubtful', doubt });
    };
    await refuses(made.view);
    const view = await made.reopen();
    await refuses(view);
    const next = await view.begin(IDENTITY, build.generation);
    expect(await view.describe()).not.toHaveProperty('doubt');
    expect(await view.latch(build.generation, 'EVICTED', 'too late')).toBeUndefined();
    expect((await view.describe()).generation?.id).toBe(next);
    expect(await view.get('a')).toEqual({ kind: 'not-ready' });
  });

  test('what must be seen twice is noted at first, and counts only when it is seen again some time later', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('a')]);
    await view.latch(build.generation, 'COUNTS', 'one');
    await view.latch(build.generation, 'COUNTS', 'two, at once');
    expect((await view.get('a')).kind).toBe('read');
    await new Promise((resolve) => setTimeout(resolve, DOUBTS.COUNTS.apartMs + 50));
    await view.latch(build.generation, 'COUNTS', 'three');
    expect(await view.get('a')).toMatchObject({ kind: 'doubtful', doubt: { seen: 3, evidence: 'three' } });
  });

  test('a doubt that holds the view takes the place of one that is built away, and none of those takes its', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('a')]);
    const twice = async (reason: string): Promise<void> => {
      await view.latch(build.generation, reason, 'first');
      await new Promise((resolve) => setTimeout(resolve, DOUBTS.COUNTS.apartMs + 50));
      await view.latch(build.generation, reason, 'second');
    };
    await twice('RECORDS_REMOVED');
    // It may serve.
    expect((await view.get('a')).kind).toBe('read');
    const held = (await view.describe()).doubt;
    expect(isHeld(held)).toBe(true);
    // The view stays held; but now there is a doubt beside that doesn't let it serve.
    await view.latch(build.generation, 'EVICTED', 'found 1');
    expect((await view.describe()).doubt?.reason).toBe('RECORDS_REMOVED');
    expect(await view.get('a')).toMatchObject({ kind: 'doubtful', doubt: { reason: 'EVICTED' } });
    await view.release(build.generation, 'EVICTED');
    expect((await view.get('a')).kind).toBe('read');
    await twice('LOG_SHORTER');
    expect(await view.get('a')).toMatchObject({ kind: 'doubtful', doubt: { reason: 'LOG_SHORTER' } });
    await view.release(build.generation, 'RECORDS_REMOVED');
    expect((await view.get('a')).kind).toBe('doubtful');
    await view.release(build.generation, 'LOG_SHORTER');
    expect((await view.get('a')).kind).toBe('read');
    expect(await view.describe()).not.toHaveProperty('doubt');
  });

  test('an incarnation, the rebuilds before it and where the log began are kept, and reads name the incarnation', async () => {
    const { view } = await make(INDEXES);
    const rebuilds = [{ reason: 'EVICTED', at: 1_700_000_000_000 }];
    const more = { incarnation: 2, rebuilds, starts: { 1: 17 } };
    const id = await view.begin({ ...IDENTITY, ...more }, undefined);
    expect((await view.describe()).generation).toEqual({ ...IDENTITY, ...more, id });
    const build = await Build.live(view);
    expect(await view.get('a')).toMatchObject({ kind: 'read', logId: 'log-1' });
    await view.begin({ ...IDENTITY, incarnation: 2, partitions: 1 }, build.generation);
    const claim = await view.claim(0);
    const epoch = claim.kind === 'claimed' ? claim.epoch : 0;
    const { id: generation = '' } = (await view.describe()).generation ?? {};
    const update = build.update([put('a')], { generation, epoch, fromOffset: 0, live: true });
    expect(await view.apply(update)).toEqual({ kind: 'applied' });
    expect(await view.get('a')).toMatchObject({ kind: 'read', logId: 'log-1.2', value: { id: 'a' } });
  });
}

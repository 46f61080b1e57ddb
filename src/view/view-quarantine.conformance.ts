/** Stories about records in quarantine (I6): what is kept of them, how they are read, and what ends them. */
import { expect, test } from 'vitest';
import { Build, deletion, INDEXES, type MakeView, put, quarantined, ready } from './view-under-test.conformance.ts';
import type { QuarantinedRecord, QuarantinePlace, View } from './view.ts';

/** Every record in quarantine, read in pages of so many. */
async function pages(view: View, limit: number): Promise<(readonly QuarantinedRecord[])[]> {
  const read: (readonly QuarantinedRecord[])[] = [];
  let after: QuarantinePlace | undefined;
  do {
    const page = await view.quarantine(after, limit);
    read.push(page.records);
    after = page.next;
  } while (after !== undefined);
  return read;
}

async function offsets(view: View): Promise<number[]> {
  return (await view.quarantine(undefined, 10)).records.map(({ offset }) => offset);
}

export function quarantineStories(make: MakeView): void {
  keepingStories(make);
  endingStories(make);
  lookingStories(make);
}

function keepingStories(make: MakeView): void {
  test('records in quarantine are kept with all they hold, by partition and offset', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const odd = {
      ...quarantined(9, ''),
      key: Uint8Array.of(0, 255, 128),
      value: null,
      headers: { 'kmodel-version': '1', ü: '"' },
      detail: 'two\nlines',
    };
    await build.apply([], { partition: 1, nextOffset: 5, quarantined: [{ ...quarantined(4, 'x'), partition: 1 }] });
    await build.apply([put('a')], { nextOffset: 10, quarantined: [quarantined(10, 'z'), odd, quarantined(2, 'k')] });
    const { records, next } = await view.quarantine(undefined, 10);
    expect(records.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 2],
      [0, 9],
      [0, 10],
      [1, 4],
    ]);
    expect(records[1]).toEqual(odd);
    expect(next).toBeUndefined();
    expect((await view.describe()).quarantined).toBe(4);
  });

  test('pages of any size show each of them once, and the last one says that it is', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view, 3);
    const of = (partition: number, numbers: readonly number[]) =>
      numbers.map((offset) => ({ ...quarantined(offset, `k${offset}`), partition }));
    await build.apply([], { nextOffset: 9, quarantined: of(0, [1, 5, 8]) });
    await build.apply([], { partition: 2, nextOffset: 9, quarantined: of(2, [0, 5]) });
    const all = (await pages(view, 100)).flat();
    expect(all.map(({ partition, offset }) => [partition, offset]).join(' ')).toBe('0,1 0,5 0,8 2,0 2,5');
    for (const limit of [1, 2, 3, 4, 5]) {
      const read = await pages(view, limit);
      expect(read.flat()).toEqual(all);
      expect(read.map(({ length }) => length)).toEqual(
        Array.from({ length: Math.ceil(5 / limit) }, (_, at) => Math.min(limit, 5 - at * limit)),
      );
    }
    // A place needn't be one that is still there.
    const between = await view.quarantine({ partition: 0, offset: 7 }, 1);
    expect(between.records.map(({ offset }) => offset)).toEqual([8]);
    expect(between.next).toEqual({ partition: 0, offset: 8 });
    expect(await view.quarantine({ partition: 2, offset: 5 }, 1)).toEqual({ records: [], next: undefined });
    expect(await view.quarantine({ partition: 9, offset: 0 }, 1)).toEqual({ records: [], next: undefined });
  });

  test('a page of large ones ends early, but never holds none', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const sizes = [3_000_000, 10, 400_000, 400_000, 400_000, 3_000_000, 10];
    const large = sizes.map((size, at) => ({ ...quarantined(at, `k${at}`), value: new Uint8Array(size) }));
    await build.apply([], { nextOffset: 9, quarantined: large });
    const read = await pages(view, 100);
    expect(read.flat().map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(read.length).toBeGreaterThan(3);
    for (const page of read) {
      const bytes = page.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      expect(page.length === 1 || bytes < 1_100_000).toBe(true);
    }
  });
}

function endingStories(make: MakeView): void {
  test('a newer record of a key, good or bad, replaces what the quarantine holds of it in its partition', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([], {
      nextOffset: 3,
      quarantined: [quarantined(0, 'k'), quarantined(1, 'é'), quarantined(2, 'l')],
    });
    await build.apply([put('k'), deletion('é')]);
    expect(await offsets(view)).toEqual([2]);
    await build.apply([put('m')], { quarantined: [quarantined(4, 'm'), quarantined(5, 'l')] });
    expect(await offsets(view)).toEqual([4, 5]);
  });

  test('so do keys that are released, whatever they are, and only in their partition', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const bytes = { ...quarantined(1, ''), key: Uint8Array.of(255, 0, 10) };
    const empty = quarantined(2, '');
    const strayed = { ...quarantined(0, 'strayed'), partition: 1 };
    await build.apply([put('strayed')], { nextOffset: 3, quarantined: [bytes, empty, quarantined(3, 'k')] });
    await build.apply([], { partition: 1, nextOffset: 1, quarantined: [strayed] });
    const before = await view.checksum();
    await build.apply([], { nextOffset: 4, released: [bytes.key, strayed.key, Uint8Array.of(1)] });
    expect(await offsets(view)).toEqual([2, 3, 0]);
    await build.apply([put('a')], { nextOffset: 5, quarantined: [quarantined(4, 'n')], released: [empty.key] });
    expect(await offsets(view)).toEqual([3, 4, 0]);
    await build.apply([], { partition: 1, nextOffset: 2, released: [strayed.key] });
    expect(await offsets(view)).toEqual([3, 4]);
    // No entity is touched by it.
    await build.apply([deletion('a')], { nextOffset: 6 });
    expect(await view.checksum()).toBe(before);
  });
}

function lookingStories(make: MakeView): void {
  test('a get that finds no entity says where its newest record is in quarantine, and why', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const note = { partition: 0, reason: 'SCHEMA', detail: quarantined(0, '').detail };
    await build.apply([put('good')], {
      nextOffset: 4,
      quarantined: [quarantined(1, 'good'), quarantined(2, 'bad'), quarantined(3, 'schlüssel')],
    });
    expect(ready(await view.get('bad'))).toMatchObject({ value: undefined, quarantined: { ...note, offset: 2 } });
    expect(ready(await view.get('schlüssel')).quarantined).toEqual({ ...note, offset: 3 });
    // What is there is answered as it is.
    const good = ready(await view.get('good'));
    expect([good.value?.id, 'quarantined' in good]).toEqual(['good', false]);
    expect('quarantined' in ready(await view.get('absent'))).toBe(false);
    await build.apply([deletion('good')], { nextOffset: 5 });
    expect('quarantined' in ready(await view.get('good'))).toBe(false);
  });

  test('but only in the partition that its entity would be in', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const strayed = quarantined(0, '1:strayed');
    await build.apply([], { nextOffset: 1, quarantined: [strayed] });
    expect('quarantined' in ready(await view.get('1:strayed'))).toBe(false);
    await build.apply([], { partition: 1, nextOffset: 1, quarantined: [{ ...strayed, partition: 1 }] });
    expect(ready(await view.get('1:strayed')).quarantined).toMatchObject({ partition: 1, offset: 0 });
  });
}

/** Stories about applying: fenced updates, whole updates or none, checksums, reads of one moment (I2, I4, I8). */
import { expect, test } from 'vitest';
import {
  Build,
  deletion,
  IDENTITY,
  ids,
  INDEXES,
  listing,
  type MakeView,
  put,
  quarantined,
  ready,
  wholeState,
} from './view-under-test.conformance.ts';
import type { ViewUpdate } from './view.ts';

export function applyStories(make: MakeView): void {
  const refusals: [string, Partial<ViewUpdate>, unknown][] = [
    ['of another log', { logId: 'log-2', epoch: 9, fromOffset: 9 }, { kind: 'gone' }],
    ['of another generation', { generation: 'other', epoch: 9, fromOffset: 9 }, { kind: 'gone' }],
    ['of another fingerprint', { fingerprint: 'other', epoch: 9, fromOffset: 9 }, { kind: 'gone' }],
    ['of a partition that does not exist', { partition: 2, epoch: 1 }, { kind: 'gone' }],
    ['of a fenced claim', { epoch: 0, fromOffset: 9 }, { kind: 'fenced', epoch: 1 }],
    ['from an offset behind the checkpoint', { fromOffset: 4 }, { kind: 'moved', checkpoint: 5 }],
    ['from an offset past the checkpoint', { fromOffset: 6 }, { kind: 'moved', checkpoint: 5 }],
  ];
  test.each(refusals)('an update %s changes nothing', async (_, wrong, outcome) => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('a', { terms: ['x'] })], { nextOffset: 5, quarantined: [quarantined(3, 'k')] });
    const before = await wholeState(view);
    const update = build.update([put('a', { terms: ['y'] }), put('b'), deletion('a')], {
      quarantined: [quarantined(4, 'l')],
      live: true,
      caughtUpAt: 1,
      nextOffset: 20,
      ...wrong,
    });
    expect(await view.apply(update)).toEqual(outcome);
    expect(await wholeState(view)).toEqual(before);
  });

  test('a later claim fences the earlier one, and goes on where that one stood', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    await build.apply([put('a')]);
    const claim = await view.claim(0);
    expect(await view.apply(build.update([put('b')]))).toEqual({ kind: 'fenced', epoch: 2 });
    expect(claim).toMatchObject({ checkpoint: 1, epoch: 2 });
    expect(await view.apply(build.update([put('b')], { epoch: 2 }))).toEqual({ kind: 'applied' });
    expect(await ids(view)).toEqual(['a', 'b']);
  });

  test('the same update a second time is answered with where the checkpoint is', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const update = build.update([put('a')]);
    expect(await view.apply(update)).toEqual({ kind: 'applied' });
    expect(await view.apply(update)).toEqual({ kind: 'moved', checkpoint: 1 });
  });

  test('an entity is stored as it was put, whatever its text', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const entities = [
      { id: 'o\'clock "q" 🚀', value: '{"a":"\\u0000\'é😀\\n"}', createdAt: 0, updatedAt: 0, partition: 1, offset: 0 },
      { id: '\u00e9', value: '{}', createdAt: 2 ** 42 - 1, updatedAt: 2 ** 42 - 1, partition: 0, offset: 2 ** 53 - 2 },
      {
        id: 'e\u0301',
        value: JSON.stringify({ long: 'x'.repeat(50_000) }),
        createdAt: 1,
        updatedAt: 2,
        partition: 0,
        offset: 3,
      },
      { id: '%2F/..', value: '{}', createdAt: 1, updatedAt: 2, partition: 0, offset: 4, request: 'hash' },
    ].map((entity) => ({ request: undefined, ...entity }));
    await build.apply(entities.map((entity) => put(entity.id, entity)));
    for (const entity of entities) expect(ready(await view.get(entity.id)).value).toEqual(entity);
    expect(ready(await view.get('nobody')).value).toBeUndefined();
  });

  test('a put replaces the entity and all its index entries; a delete removes both', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const empty = await view.checksum();
    const former = {
      terms: ['old', 'both'],
      filters: { company: ['o'], tag: ['t', 'u'] },
      sorts: { pay: 1, closes: 5 },
    };
    await build.apply([put('a', former), put('b', { createdAt: 1 })]);
    await build.apply([
      put('a', { terms: ['new', 'both'], filters: { tag: ['u'] }, sorts: { pay: 7 }, createdAt: 99 }),
    ]);
    expect(await ids(view, { terms: [{ text: 'old', prefix: true }] })).toEqual([]);
    expect(
      await ids(view, {
        terms: [
          { text: 'new', prefix: true },
          { text: 'both', prefix: false },
        ],
      }),
    ).toEqual(['a']);
    expect(await ids(view, { filters: { company: 'o' } })).toEqual([]);
    expect(await ids(view, { filters: { tag: 't' } })).toEqual([]);
    expect(await ids(view, { filters: { tag: 'u' } })).toEqual(['a']);
    expect(await ids(view, { sort: 'pay' })).toEqual(['a', 'b']);
    expect(await ids(view, { sort: 'closes' })).toEqual(['a', 'b']);
    expect(await ids(view)).toEqual(['a', 'b']);
    await build.apply([deletion('a'), deletion('b'), deletion('never')]);
    expect(await ids(view)).toEqual([]);
    expect(await ids(view, { sort: 'pay' })).toEqual([]);
    expect(await ids(view, { terms: [{ text: 'both', prefix: true }] })).toEqual([]);
    expect(await view.checksum()).toBe(empty);
  });

  test('what one update puts, the next can delete, and the checksum tells only what is there', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const a = put('a', { terms: ['x', 'y'], filters: { tag: ['t'] }, sorts: { pay: 1 } });
    const b = put('b', { terms: ['x'] });
    await build.apply([a, b]);
    const both = await view.checksum();
    await build.apply([put('c', { terms: ['z'] }), deletion('a'), put('b', { terms: ['w'] })]);
    expect(await view.checksum()).not.toBe(both);
    await Promise.all([
      build.apply([b, deletion('c')], { nextOffset: 8 }),
      view.apply(build.update([a], { fromOffset: 8, nextOffset: 9 })),
    ]);
    expect(await view.checksum()).toBe(both);
  });

  test.each([
    ['value', { value: '{"name":"b"}' }],
    ['createdAt', { createdAt: 1 }],
    ['updatedAt', { updatedAt: 1 }],
    ['offset', { offset: 1 }],
    ['partition', { partition: 1 }],
    ['request', { request: 'r' }],
    ['terms', { terms: ['x', 'z'] }],
    ['filters', { filters: { tag: ['y'] } }],
    ['the filter a value stands in', { filters: { company: ['t'] } }],
    ['sorts', { sorts: { pay: 2 } }],
    ['the sort a value stands in', { sorts: { closes: 1 } }],
  ])('the checksum shows another %s', async (_, more) => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view);
    const before = put('a', { terms: ['x', 'y'], filters: { tag: ['t'] }, sorts: { pay: 1 } });
    await build.apply([before]);
    const checksum = await view.checksum();
    await build.apply([{ ...before, ...more }]);
    expect(await view.checksum()).not.toBe(checksum);
  });

  test('a read shows entity and position of one moment, however fast updates come', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view, 1);
    const writing = (async () => {
      for (let next = 1; next <= 150; next += 1) {
        await build.apply([put('a', { value: `{"next":${next}}`, terms: ['x'] })], { nextOffset: next });
      }
    })();
    let last = 0;
    while (last < 150) {
      // An adapter may answer without ever leaving this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const one = ready(await view.get('a'));
      const all = ready(await view.list(listing({ terms: [{ text: 'x', prefix: false }] })));
      expect(nextOf(one.value?.value)).toBe(one.position.get(0));
      last = all.position.get(0) ?? 0;
      expect(nextOf(all.value.entities[0]?.value)).toBe(last);
    }
    await writing;
  });

  test('applies of many partitions at once are all in', async () => {
    const { view } = await make(INDEXES);
    const build = await Build.live(view, 10);
    const partitions = Array.from({ length: 10 }, (_, partition) => partition);
    await Promise.all(
      partitions.map(async (partition) => {
        for (let round = 0; round < 10; round += 1) {
          const operations = Array.from({ length: 5 }, (_, at) =>
            put(`${partition}-${round}-${at}`, { partition, terms: ['x'] }),
          );
          await build.apply(operations, { partition });
        }
      }),
    );
    const all = ready(await view.list(listing({ terms: [{ text: 'x', prefix: false }] })));
    expect(all.value.entities.length).toBe(500);
    expect(all.position).toEqual(new Map(partitions.map((partition) => [partition, 50])));
    expect(all.logId).toBe(IDENTITY.logId);
  });
}

function nextOf(value: string | undefined): unknown {
  return value === undefined ? 0 : (JSON.parse(value) as { next: unknown }).next;
}

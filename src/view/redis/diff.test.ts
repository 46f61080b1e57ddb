import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batch } from '../view-arbitraries.conformance.ts';
import { deletion, put } from '../view-under-test.conformance.ts';
import type { Operation } from '../view.ts';
import { changesOf, type SetChange } from './diff.ts';
import { packEntries, unpackEntries } from './index-entries.ts';

/** Sets and what is stored beside the entities, as the apply script would leave them. */
class Sets {
  readonly members = new Map<string, Set<string>>();
  readonly stored = new Map<string, string>();

  apply(operations: readonly Operation[]): void {
    const { sets, words, packed } = changesOf(
      operations,
      operations.map(({ id }) => this.stored.get(id) ?? null),
    );
    for (const [name, change] of sets) this.#change(name, change, operations);
    for (const [word, change] of words) this.#change(`t:${word}`, change, operations);
    for (const [at, { id }] of operations.entries()) {
      if (packed[at] === '') this.stored.delete(id);
      else this.stored.set(id, packed[at] ?? '');
    }
  }

  #change(name: string, { leave, enter }: SetChange, operations: readonly Operation[]): void {
    const set = this.members.get(name) ?? new Set<string>();
    for (const at of leave) if (!set.delete(operations[at]?.id ?? '')) throw new Error(`${name} did not have it`);
    for (const at of enter) {
      const operation = operations[at];
      if (operation?.kind === 'put') set.add(operation.id);
    }
    this.members.set(name, set);
    if (set.size === 0) this.members.delete(name);
  }
}

describe('which sets entities leave and enter', () => {
  test('after any updates every set holds what a fresh build of the final entities holds', () => {
    fc.assert(
      fc.property(fc.array(batch(), { maxLength: 5 }), (batches) => {
        const grown = new Sets();
        const left = new Map<string, Operation>();
        for (const operations of batches) {
          grown.apply(operations);
          for (const operation of operations) {
            if (operation.kind === 'put') left.set(operation.id, operation);
            else left.delete(operation.id);
          }
        }
        const fresh = new Sets();
        fresh.apply([...left.values()]);
        expect(grown.members).toEqual(fresh.members);
        expect(grown.stored).toEqual(fresh.stored);
      }),
      { numRuns: 500 },
    );
  });

  test('only what changes is touched', () => {
    const former = put('a', { terms: ['same', 'former'], filters: { tag: ['same', 'former'] } });
    const next = put('a', { terms: ['same', 'newer'], filters: { tag: ['same', 'newer'] } });
    const { sets, words } = changesOf([next], [packEntries(former)]);
    expect(sets.has('f:tag:same')).toBe(false);
    expect(sets.get('f:tag:former')).toEqual({ leave: [0], enter: [] });
    expect(sets.get('f:tag:newer')).toEqual({ leave: [], enter: [0] });
    expect([...words]).toEqual([
      ['former', { leave: [0], enter: [] }],
      ['newer', { leave: [], enter: [0] }],
    ]);
    expect(changesOf([former], [packEntries(former)]).sets.size).toBe(0);
  });

  test('of uncertain entries all that aren’t wanted leave, and all that are enter', () => {
    const uncertain = `${packEntries(put('a', { filters: { tag: ['one', 'both'] } }))}\0${packEntries(put('a', { filters: { tag: ['two'] } }))}`;
    const wanted = put('a', { filters: { tag: ['both', 'two'] } });
    const { sets } = changesOf([wanted, deletion('b')], [uncertain, `\0${packEntries(wanted)}`]);
    expect(sets.get('f:tag:one')).toEqual({ leave: [0], enter: [] });
    expect(sets.get('f:tag:both')).toEqual({ leave: [1], enter: [0] });
    expect(sets.get('f:tag:two')).toEqual({ leave: [1], enter: [0] });
  });
});

test('entries come back from their text as they were', () => {
  fc.assert(
    fc.property(batch(), (operations) => {
      for (const operation of operations) {
        if (operation.kind === 'delete') continue;
        const text = packEntries(operation);
        const { filters, terms } = operation;
        if (text === '') expect([...terms, ...Object.values(filters).flat()]).toEqual([]);
        else expect(unpackEntries(text)).toEqual({ kind: 'certain', entries: { filters, terms } });
        expect(text).not.toContain('\0');
      }
    }),
  );
  expect(unpackEntries('\0')).toEqual({ kind: 'uncertain', entries: [] });
});

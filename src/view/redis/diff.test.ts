import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batch } from '../view-arbitraries.conformance.ts';
import { put } from '../view-under-test.conformance.ts';
import type { Operation, PutOperation } from '../view.ts';
import { changesOf, type SetChange, type Stored } from './diff.ts';
import { packTerms, storedEntries } from './index-entries.ts';
import { filterSet } from './layout.ts';
import { headOf } from './row-under-test.conformance.ts';

/** What happens to which set, by the end of its key. */
function bySet(changes: readonly SetChange[]): Record<string, Pick<SetChange, 'leave' | 'enter'>> {
  return Object.fromEntries(changes.map(({ place, leave, enter }) => [place.set, { leave, enter }]));
}

/** What is stored of puts, as the first operations of an update. */
function storedOf(...puts: readonly PutOperation[]): ReadonlyMap<number, Stored> {
  return new Map(puts.map((one, at) => [at, { head: headOf(one), packed: packTerms(one.terms) }]));
}

/** Sets and what is stored beside the entities, as the apply script would leave them. */
class Sets {
  readonly members = new Map<string, Set<string>>();
  readonly stored = new Map<string, Stored>();

  apply(operations: readonly Operation[]): void {
    const found = operations.flatMap(({ id }, at) => {
      const stored = this.stored.get(id);
      return stored === undefined ? [] : [[at, stored] as const];
    });
    const { sets, words, packed } = changesOf(operations, new Map(found));
    for (const change of [...sets, ...words]) this.#change(change, operations);
    for (const [at, operation] of operations.entries()) {
      if (operation.kind === 'delete') this.stored.delete(operation.id);
      else this.stored.set(operation.id, { head: headOf(operation), packed: packed[at] ?? '' });
    }
  }

  #change({ place: { set: name }, leave, enter }: SetChange, operations: readonly Operation[]): void {
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
    const { sets, words } = changesOf([next], storedOf(former));
    expect(bySet(sets)).toMatchObject({
      'f:tag:former': { leave: [0], enter: [] },
      'f:tag:newer': { leave: [], enter: [0] },
    });
    expect(Object.keys(bySet(sets))).not.toContain('f:tag:same');
    expect(bySet(words)).toEqual({
      't:former': { leave: [0], enter: [] },
      't:newer': { leave: [], enter: [0] },
    });
    expect(words.map(({ place }) => place.word)).toEqual(['former', 'newer']);
    expect(changesOf([former], storedOf(former))).toMatchObject({ sets: [], words: [] });
  });
});

test('entries come back from what is stored as they were', () => {
  fc.assert(
    fc.property(batch(), (operations) => {
      for (const operation of operations) {
        if (operation.kind === 'delete') continue;
        const { filters, terms } = operation;
        const sets = Object.entries(filters).flatMap(([name, of]) => of.map((value) => filterSet(name, value)));
        const packed = packTerms(terms);
        expect(storedEntries(headOf(operation), packed)).toEqual({ sets, terms });
      }
    }),
  );
  expect(storedEntries('', '')).toEqual({ sets: [], terms: [] });
});

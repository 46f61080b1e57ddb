import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Claimant, shareOut } from './assignment.ts';

function claimant(memberId: string, owned: readonly number[] = [], generation = 1): Claimant {
  return { memberId, owned, generation };
}

const shares = (claimants: readonly Claimant[], count: number) => Object.fromEntries(shareOut(claimants, count));

describe('sharing partitions out', () => {
  test('one member keeps all, several share evenly', () => {
    expect(shares([claimant('a')], 3)).toEqual({ a: [0, 1, 2] });
    expect(shares([claimant('b'), claimant('a')], 4)).toEqual({ a: [0, 1], b: [2, 3] });
  });

  test('more members than partitions: some stand by', () => {
    expect(shares([claimant('a'), claimant('b'), claimant('c', [0])], 2)).toEqual({ c: [0], a: [1], b: [] });
  });

  test('who joins gets only what is too much for the others', () => {
    expect(shares([claimant('a', [0, 1, 2, 3, 4]), claimant('b', [5, 6, 7, 8, 9]), claimant('c')], 10)).toEqual({
      a: [0, 1, 2, 3],
      b: [5, 6, 7],
      c: [4, 8, 9],
    });
  });

  test('when one leaves, the others keep what they had', () => {
    expect(shares([claimant('a', [0, 1, 2]), claimant('b', [7, 8, 9])], 10)).toEqual({
      a: [0, 1, 2, 3, 4],
      b: [5, 6, 7, 8, 9],
    });
  });

  test('of two that say they have it, the one that was given it later keeps it', () => {
    const [former, owner] = [claimant('a zombie', [0, 1], 3), claimant('the owner', [0, 1], 4)];
    expect(shares([former, owner], 2)).toEqual({ 'the owner': [0], 'a zombie': [1] });
  });

  test('any group: every partition once, evenly, and no more moves than evenness takes', () => {
    const claimants = fc.uniqueArray(
      fc.record({ memberId: fc.string({ minLength: 1 }), owned: fc.array(fc.nat(40)), generation: fc.nat(2) }),
      { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(claimants, fc.nat(40), (members, count) => {
        const given = [...shareOut(members, count)];
        expect(given.flatMap(([, partitions]) => partitions).sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
        const sizes = given.map(([, partitions]) => partitions.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(given.map(([memberId]) => memberId).sort()).toEqual(members.map(({ memberId }) => memberId).sort());
      }),
    );
  });

  test('members that come and go move no more than their own share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(60), (size, count) => {
        const ids = Array.from({ length: size }, (_, at) => `m${at}`);
        const before = shareOut(
          ids.map((id) => claimant(id, [], -1)),
          count,
        );
        const members = ids.map((id) => claimant(id, before.get(id)));
        const joined = shareOut([...members, claimant('new')], count);
        for (const id of ids) expect(before.get(id)).toEqual(expect.arrayContaining([...joined.get(id)!]));
        if (size === 1) return;
        const left = shareOut(members.slice(1), count);
        for (const id of ids.slice(1)) expect(left.get(id)).toEqual(expect.arrayContaining([...before.get(id)!]));
      }),
    );
  });
});

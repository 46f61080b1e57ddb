import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, formatPosition, mergePositions, parsePosition, type Position } from './position.ts';

const positions: fc.Arbitrary<Position> = fc
  .dictionary(fc.integer({ min: 0, max: 9 }).map(String), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
  .map((entries) => new Map(Object.entries(entries).map(([partition, next]) => [Number(partition), next])));

describe('a position as text', () => {
  test('what was written is read back', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const parsed = parsePosition(formatPosition(position, 'log-1'), 10);
        expect(parsed).toEqual({ kind: 'parsed', demanded: { position, logId: 'log-1' } });
      }),
    );
  });

  test('partitions ascend, the log comes last, without spaces', () => {
    const position = new Map([
      [3, 4],
      [0, 17],
    ]);
    expect(formatPosition(position, 'a-b')).toBe('0=17,3=4;log=a-b');
  });

  test('a request may name any subset, in any order, and leave the log out', () => {
    expect(parsePosition('3=4,0=17', 10)).toMatchObject({ kind: 'parsed', demanded: { logId: undefined } });
    expect(parsePosition(';log=x', 10)).toMatchObject({ kind: 'parsed', demanded: { logId: 'x' } });
  });

  test.each([
    '3',
    '3=',
    '=4',
    '3=4,',
    '3=-1',
    '3=1.5',
    '03=4',
    '3=04',
    '3=4 ,5=6',
    '3=4,3=5',
    '10=1',
    '3=9007199254740992',
    '3=4;x=1',
    '3=4;log=',
    '3=4;log=a;b',
    '3=4;log=ä',
    'x'.repeat(5000),
  ])('malformed: %#', (text) => {
    const parsed = parsePosition(text, 10);
    expect(parsed.kind).toBe('malformed');
    expect(parsed.kind === 'malformed' && parsed.detail.length).toBeLessThan(400);
  });
});

describe('positions compared', () => {
  test('a merged position covers both, and is the least that does', () => {
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        const merged = mergePositions(one, other);
        expect(covers(merged, one) && covers(merged, other)).toBe(true);
        for (const [partition, next] of merged) {
          const less = new Map(merged).set(partition, next - 1);
          if (next > 0) expect(covers(less, one) && covers(less, other)).toBe(false);
        }
      }),
    );
  });

  test('a partition that is not named is not demanded; one that was never reached counts as 0', () => {
    expect(covers(new Map(), new Map())).toBe(true);
    expect(covers(new Map([[1, 5]]), new Map([[0, 0]]))).toBe(true);
    expect(covers(new Map([[1, 5]]), new Map([[0, 1]]))).toBe(false);
  });
});

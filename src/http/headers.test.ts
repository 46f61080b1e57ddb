import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPosition } from '../position.ts';
import { demandedPosition, idempotencyKey, noneMatchNames, preferredWait } from './headers.ts';

const code = (step: () => unknown): string => {
  try {
    step();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('Kmodel-Position', () => {
  const positions = fc.dictionary(fc.integer({ min: 0, max: 9 }).map(String), fc.nat({ max: 2 ** 40 }));

  test('any position that an answer carried is read as it was', () => {
    fc.assert(
      fc.property(positions, (entries) => {
        const position = new Map(Object.entries(entries).map(([partition, next]) => [Number(partition), next]));
        const read = demandedPosition({ 'kmodel-position': formatPosition(position, 'abc') }, 10);
        expect(read).toEqual({ position, logId: 'abc' });
      }),
    );
  });

  test('any text is read or refused as a wrong header, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('0', '1', '9', '=', ',', ';', 'log=', ' ', 'a', '-') }), (text) => {
        expect(['none', 'HEADER_INVALID']).toContain(code(() => demandedPosition({ 'kmodel-position': text }, 10)));
      }),
    );
  });

  test('without the header nothing is demanded', () => {
    expect(demandedPosition({}, 10)).toBeUndefined();
  });
});

describe('Prefer', () => {
  test('whole seconds up to 30 are taken as they are, more are cut', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('', 'respond-async, ', 'handling="a,b;wait=7", '),
        fc.constantFrom('', '; q=1', ', wait=2'),
        (seconds, before, behind) => {
          expect(preferredWait({ prefer: `${before}wait=${seconds}${behind}` })).toBe(Math.min(seconds, 30));
        },
      ),
    );
  });

  test('any other preference is left alone', () => {
    for (const prefer of ['', 'return=minimal', 'waiting=5', 'x;wait=5', '"wait=5"'])
      expect(preferredWait({ prefer })).toBeUndefined();
  });

  test('any text is read or refused as a wrong header, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('wait', '=', '5', '"', ',', ';', ' ', 'x') }), (prefer) => {
        expect(['none', 'HEADER_INVALID']).toContain(code(() => preferredWait({ prefer })));
      }),
    );
  });
});

describe('If-None-Match', () => {
  const tag = fc.stringMatching(/^[\x21\x23-\x7e]{0,10}$/);

  test('a list names exactly the tags in it, strong or weak', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, fc.boolean()), { minLength: 1 }), tag, (tags, other) => {
        const text = tags.map(([one, weak]) => `${weak ? 'W/' : ''}"${one}"`).join(', ');
        expect(noneMatchNames({ 'if-none-match': text }, `"${other}"`)).toBe(tags.some(([one]) => one === other));
      }),
    );
  });

  test('a star names every tag; no header names none', () => {
    expect(noneMatchNames({ 'if-none-match': ' * ' }, '"x"')).toBe(true);
    expect(noneMatchNames({}, '"x"')).toBe(false);
  });

  test('any text is read or refused as a wrong header, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('W/', '"', ',', '*', ' ', '0-1') }), (text) => {
        expect(['none', 'HEADER_INVALID']).toContain(code(() => noneMatchNames({ 'if-none-match': text }, '"0-1"')));
      }),
    );
  });
});

test('an idempotency key is 1 to 255 visible ASCII characters', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (key) => {
      const right = key.length >= 1 && key.length <= 255 && [...key].every((one) => one > ' ' && one <= '~');
      expect(code(() => idempotencyKey({ 'idempotency-key': key }))).toBe(right ? 'none' : 'HEADER_INVALID');
    }),
  );
  expect(code(() => idempotencyKey({ 'idempotency-key': 'x'.repeat(256) }))).toBe('HEADER_INVALID');
  expect(idempotencyKey({ 'idempotency-key': 'x'.repeat(255) })).toHaveLength(255);
});

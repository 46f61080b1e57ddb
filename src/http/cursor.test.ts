import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KmodelError } from '../errors.ts';
import { idProblem } from '../model/id.ts';
import { checkCursorLog, type CursorScope, decodeCursor, encodeCursor } from './cursor.ts';

const scopes: fc.Arbitrary<CursorScope> = fc.record({
  model: fc.constantFrom('note', 'other'),
  terms: fc.option(fc.array(fc.record({ text: fc.constantFrom('a', 'ab'), prefix: fc.boolean() }), { maxLength: 2 }), {
    nil: undefined,
  }),
  filters: fc.dictionary(fc.constantFrom('colour', 'shape'), fc.constantFrom('', 'red')),
  sort: fc.constantFrom('createdAt', 'weight'),
  order: fc.constantFrom('asc', 'desc'),
});
const places = fc.record({
  value: fc.oneof(
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  ),
  id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((id) => idProblem(id) === undefined),
});

function refused(scope: CursorScope, cursor: string): boolean {
  try {
    decodeCursor(scope, cursor);
  } catch (error) {
    if (error instanceof KmodelError && error.code === 'CURSOR_INVALID') return true;
    throw error;
  }
  return false;
}

describe('a cursor', () => {
  test('brings back the place it was made for, in letters that need no percent code', () => {
    fc.assert(
      fc.property(scopes, places, (scope, place) => {
        const cursor = encodeCursor(scope, place, 'log');
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(scope, cursor).place).toEqual(place);
      }),
    );
  });

  test('is refused with another query', () => {
    fc.assert(
      fc.property(scopes, scopes, places, (one, other, place) => {
        expect(refused(other, encodeCursor(one, place, 'log'))).toBe(
          JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other)),
        );
      }),
    );
  });

  test('is refused where the page is of another log, or of the same one after it had lost records', () => {
    const scope: CursorScope = { model: 'note', terms: undefined, filters: {}, sort: 'createdAt', order: 'desc' };
    const cursor = decodeCursor(scope, encodeCursor(scope, { value: 1, id: 'a' }, 'log.1'));
    expect(() => checkCursorLog(cursor, 'log.1')).not.toThrow();
    for (const other of ['log', 'log.2', 'gol'])
      expect(() => checkCursorLog(cursor, other)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });

  test('of the version before, which knew no log, is refused', () => {
    const scope: CursorScope = { model: 'note', terms: undefined, filters: {}, sort: 'createdAt', order: 'desc' };
    const old = Buffer.from(JSON.stringify([1, 'r5l2KqS9tZ0pXnVf', 1, 'a'])).toString('base64url');
    expect(refused(scope, old)).toBe(true);
  });

  test('does not mind the order in which the filters were written', () => {
    const scope = { model: 'note', terms: undefined, sort: 'createdAt', order: 'desc' } as const;
    const cursor = encodeCursor({ ...scope, filters: { colour: 'red', shape: 'round' } }, { value: 1, id: 'a' }, 'log');
    expect(refused({ ...scope, filters: { shape: 'round', colour: 'red' } }, cursor)).toBe(false);
  });

  test('is refused when any letter of it was changed, left out or added', () => {
    fc.assert(
      fc.property(scopes, places, fc.nat(), fc.constantFrom('', 'A', 'b', '_', 'AA'), (scope, place, at, letters) => {
        const cursor = encodeCursor(scope, place, 'log');
        const cut = at % cursor.length;
        const changed = `${cursor.slice(0, cut)}${letters}${cursor.slice(cut + 1)}`;
        expect(refused(scope, changed)).toBe(changed !== cursor);
      }),
    );
  });

  test('is refused when it is any other text', () => {
    const scope: CursorScope = { model: 'note', terms: undefined, filters: {}, sort: 'createdAt', order: 'desc' };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => Buffer.from(json).toString('base64url')),
        ),
        (text) => refused(scope, text),
      ),
    );
  });
});

function sorted(scope: CursorScope): unknown {
  return [
    scope.model,
    scope.terms ?? null,
    Object.entries(scope.filters).sort(([a], [b]) => (a < b ? -1 : 1)),
    scope.sort,
    scope.order,
  ];
}

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isShortest } from './shortest.ts';

/** Whether the text may stay where the schema makes these fields of it. */
function isKept(text: string, fields: unknown = JSON.parse(text)): boolean {
  return isShortest(fields, { kind: 'read', value: JSON.parse(text), length: text.length });
}

test('whatever was written, a text that is kept is as JSON.stringify writes it', () => {
  let kept = 0;
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom('', '', ' ', 2, '\t'), (json, space) => {
      const text = JSON.stringify(JSON.parse(json), undefined, space);
      if (!isKept(text)) return;
      kept += 1;
      expect(text).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
  expect(kept).toBeGreaterThan(0);
});

test.each([
  ['a field twice', '{"a":1,"a":2}'],
  ['a field twice, hidden by an exponent', '{"a":1, "a":1e10}'],
  ['a field twice, hidden by a fraction', '{"a":1,"a":1e-9}'],
  ['an exponent that saves nothing', '{"a":1e2}'],
  ['the same in upper case, of many digits', '{"a":-123E2}'],
  ['escapes', '{"a":"\\u0041"}'],
  ['white space', '{ "a":1}'],
  ['minus zero', '{"a":-0}'],
  ['a number beyond all numbers', '{"a":1e999}'],
])('%s is not kept', (_, text) => {
  expect(isKept(text)).toBe(false);
});

test('a number in any other form than its own is not kept', () => {
  const digits = fc.integer({ min: -99_999, max: 99_999 });
  fc.assert(
    fc.property(digits, fc.nat({ max: 6 }), fc.constantFrom('e', 'E', 'e+', '.0e'), (number, exponent, between) => {
      const text = `{"a":${number}${between}${exponent}}`;
      expect(isKept(text)).toBe(false);
    }),
  );
});

test('a text in its shortest form is taken as it is, its order of fields included', () => {
  const text = '{"b":"é 日本 😀","a":[1,null,true,{"c":{}}]}';
  const fields: unknown = { a: [1, null, true, { c: {} }], b: 'é 日本 😀' };
  expect(isKept(text, fields)).toBe(true);
});

test.each([
  ['another value', { a: 2 }],
  ['a field more', { a: 1, b: undefined }],
  [
    'an object of a class',
    new (class Own {
      a = 1;
      toJSON(): string {
        return 'own';
      }
    })(),
  ],
  ['a field that replaces another of the same length', { b: 1 }],
])('where the schema gives back %s, the text is not kept', (_, fields) => {
  expect(isKept('{"a":1}', fields)).toBe(false);
});

test('nor where a field is replaced by one that every object seems to have', () => {
  expect(isKept('{"nine_long":{}}', JSON.parse('{"__proto__":{}}'))).toBe(false);
});

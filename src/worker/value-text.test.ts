import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueText } from './value-text.ts';

function rewritten(text: string): string {
  const parsed: unknown = JSON.parse(text);
  return valueText(parsed, parsed, text);
}

test('whatever was written, the text says the same and is as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom('', ' ', 2, '\t'), (json, space) => {
      const text = JSON.stringify(JSON.parse(json), undefined, space);
      expect(rewritten(text)).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test.each([
  ['a field twice', '{"a":1,"a":2}', '{"a":2}'],
  ['a field twice, hidden by an exponent', '{"a":1, "a":1e10}', '{"a":10000000000}'],
  ['a field twice, hidden by a fraction', '{"a":1,"a":1e-9}', '{"a":1e-9}'],
  ['escapes', '{"a":"\\u0041"}', '{"a":"A"}'],
  ['white space', '{ "a":1}', '{"a":1}'],
  ['minus zero', '{"a":-0}', '{"a":0}'],
  ['a number beyond all numbers', '{"a":1e999}', '{"a":null}'],
])('%s is not kept', (_, text, expected) => {
  expect(rewritten(text)).toBe(expected);
});

test('a text in its shortest form is taken as it is, its order of fields included', () => {
  const text = '{"b":"é 日本 😀","a":[1,null,true,{"c":{}}]}';
  const fields: unknown = { a: [1, null, true, { c: {} }], b: 'é 日本 😀' };
  expect(valueText(fields, JSON.parse(text), text)).toBe(text);
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
])('where the schema gives back %s, that is written', (_, fields) => {
  expect(valueText(fields, { a: 1 }, '{"a":1}')).toBe(JSON.stringify(fields));
});

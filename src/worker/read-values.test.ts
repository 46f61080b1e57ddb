import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readValues } from './read-values.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Each alone: what reading them together has to come to. */
function oneByOne(values: readonly Uint8Array[]): unknown[] {
  return values.flatMap((value) => readValues([value]));
}

/** Pieces that are no JSON alone, and may be together. */
const FRAGMENTS = [
  '',
  ' ',
  ',',
  '[',
  ']',
  '{',
  '}',
  '"',
  '"a":',
  '1',
  '1,2',
  '[1',
  '2]',
  '\\',
  '{"a":1',
  '],[',
  'null',
  '\n',
];

test('values read together say what each says alone, whatever they are', () => {
  const json = fc.json({ maxDepth: 3 }).map(bytes);
  const fragment = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 4 }).map((parts) => bytes(parts.join('')));
  const raw = fc.uint8Array({ maxLength: 6 });
  const value = fc.oneof({ arbitrary: json, weight: 6 }, { arbitrary: fragment, weight: 3 }, raw);
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (values) => {
      expect(readValues(values)).toEqual(oneByOne(values));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['one that is two, and two that are one', ['1,2', '[3', '4]']],
  ['one that is three, and two that are one', ['1,2,3', '[4', '5]']],
  ['an object in two parts', ['{"a":1', '"b":2}']],
  ['a text that goes on in the next', ['"a', 'b"']],
])('%s: none of them is taken for JSON', (_, texts) => {
  expect(readValues(texts.map(bytes)).map(({ kind }) => kind)).toEqual(texts.map(() => 'refused'));
});

test('a character that is cut between two values', () => {
  const [first, second] = [Buffer.from('"\u00e9').subarray(0, 2), Buffer.from('\u00e9"').subarray(1)];
  const details = readValues([first, second, bytes('1')]).map((read) =>
    read.kind === 'read' ? read.value : read.detail,
  );
  expect(details).toEqual([
    'expected JSON in UTF-8, found other bytes',
    'expected JSON in UTF-8, found other bytes',
    1,
  ]);
});

test('how long each text is, white space and all; the memory grows with them', () => {
  const texts = [' {"a" : 1}\n', JSON.stringify('\u65e5\u672c'.repeat(50_000)), '"\\u0041"', '"a"', '-0'];
  const expected = texts.map((text) => ({
    kind: 'read',
    value: JSON.parse(text) as unknown,
    length: text.length,
    mayHoldHalves: false,
  }));
  expect(readValues(texts.map(bytes))).toEqual(expected);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel, type ModelDefinition } from './define.ts';
import type { ModelSchema } from './json-schema.ts';
import { utf8 as bytes } from './record.ts';
import { storedReader, type StoredField, type StoredForm } from './stored-form.ts';

const FORM: StoredForm = {
  name: { kind: 'text', most: 5 },
  code: { kind: 'text', most: 8, pattern: /^[a-zé\n]+$/, optional: true },
  tags: { kind: 'texts', most: 3, items: 2, optional: true },
  pay: { kind: 'integer', least: -20, most: 2 ** 60, optional: true },
  open: { kind: 'boolean', optional: true },
};
const read = storedReader(FORM, new Set(Object.keys(FORM)));

/** The form's own words, on the value instead of the bytes. */
function fits(field: StoredField, value: unknown): boolean {
  switch (field.kind) {
    case 'text':
      return isText(value, field.most) && (field.pattern === undefined || field.pattern.test(value as string));
    case 'texts':
      return Array.isArray(value) && value.length <= field.items && value.every((one) => isText(one, field.most));
    case 'integer':
      return Number.isInteger(value) && (value as number) >= field.least && (value as number) < 1e15;
    case 'boolean':
      return typeof value === 'boolean';
  }
}

function isText(value: unknown, most: number): boolean {
  return typeof value === 'string' && value !== '' && value.trim() === value && [...value].length <= most;
}

/** What the bytes say, where they are the shortest JSON of a value that has the form. */
function slowly(json: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || JSON.stringify(value) !== text) return undefined;
    const fields = value as Record<string, unknown>;
    const isKnown = Object.keys(fields).every((name) => Object.hasOwn(FORM, name));
    const allFit = Object.entries(FORM).every(([name, field]) =>
      Object.hasOwn(fields, name) ? fits(field!, fields[name]) : field!.optional === true,
    );
    return isKnown && allFit ? fields : undefined;
  } catch {
    return undefined;
  }
}

const unit = fc.oneof(
  { arbitrary: fc.constantFrom(...'ab01é日😀„。\u007f'), weight: 5 },
  fc.constantFrom(...'"\\/\n\t\u001f \u00a0\u2028\u3000\ufeff\ud800'),
);
const text = fc.array(unit, { maxLength: 6 }).map((units) => units.join(''));
const texts = fc.array(text, { maxLength: 3 });
const code = fc.constantFrom('abc', 'é', 'a\nb', 'ab ', 'aB', 'abcdefghi');
const number = fc.oneof(fc.integer({ min: -30, max: 1000 }), fc.constantFrom(-0, 0.5, 1e15, 1e21, 999_999_999_999_999));
const anyValue = fc.oneof(text, texts, number, fc.boolean(), fc.constant(null));
/** The fields in any order; mostly such as the form asks for. */
const entity = fc
  .tuple(
    mostly(98, 'name', text),
    mostly(50, 'code', code),
    mostly(50, 'tags', texts),
    mostly(50, 'pay', number),
    mostly(50, 'open', fc.boolean()),
    mostly(3, 'more', anyValue),
  )
  .map((fields) => fields.flat())
  .chain((fields) => fc.shuffledSubarray(fields, { minLength: fields.length }));

/** A field that is there in so many of a hundred, and mostly with such a value. */
function mostly(weight: number, name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<readonly string[]> {
  const likely = fc.oneof({ arbitrary: value, weight: 30 }, anyValue);
  const there = likely.map((given) => [`${JSON.stringify(name)}:${JSON.stringify(given)}`]);
  return fc.oneof({ arbitrary: there, weight }, { arbitrary: fc.constant([]), weight: 100 - weight });
}

const json = entity.map((fields) => `{${fields.join(',')}}`);

describe('bytes that are read are those of the form', () => {
  test('whatever the entity; and all of them are read but those with escapes by number', () => {
    let taken = 0;
    fc.assert(
      fc.property(json, (given) => {
        const found = read(bytes(given));
        const expected = slowly(bytes(given));
        taken += Number(found !== undefined);
        if (found !== undefined || !given.includes('\\u')) expect([given, found]).toEqual([given, expected]);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(2000);
  });

  test('texts with escapes as they are needed are read too', () => {
    const given = [{ name: 'a\nb' }, { name: '"' }, { name: '\\' }, { name: 'x', tags: ['\\n', 'a"b'], code: 'a\nb' }];
    for (const one of given) expect(read(bytes(JSON.stringify(one)))).toEqual(one);
    for (const name of ['\n', 'a\n', '\na', 'a\t', '\\ '])
      expect(read(bytes(JSON.stringify({ name })))).toBeUndefined();
  });

  test('whatever happens to a byte of them, or to some of them', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat(2), put: fc.boolean() });
    fc.assert(
      fc.property(json, fc.array(change, { minLength: 1, maxLength: 2 }), (given, changes) => {
        const changed = [...bytes(given)];
        for (const { at, byte, cut, put } of changes) changed.splice(at % changed.length, cut, ...(put ? [byte] : []));
        const found = read(Uint8Array.from(changed));
        if (found !== undefined) expect(found).toEqual(slowly(Uint8Array.from(changed)));
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    ['a field twice', '{"name":"a","name":"b"}'],
    ['a field twice, with others between', '{"name":"a","open":true,"pay":1,"open":true}'],
    ['a required field that is missing', '{"open":true}'],
    ['no field at all', '{}'],
    ['white space', '{"name" :"a"}'],
    ['white space before it', ' {"name":"a"}'],
    ['white space behind it', '{"name":"a"} '],
    ['a brace too many', '{"name":"a"}}'],
    ['a brace too few', '{"name":"a"'],
    ['a comma too many', '{"name":"a",}'],
    ['a comma too many in a list', '{"name":"a","tags":["a",]}'],
    ['an escape in a name', '{"n\\u0061me":"a"}'],
    ['escapes that are not needed', '{"name":"\\/"}'],
    ['escapes by number', '{"name":"\\u0061"}'],
    ['zero in front', '{"name":"a","pay":01}'],
    ['minus zero', '{"name":"a","pay":-0}'],
    ['minus alone', '{"name":"a","pay":-}'],
    ['an exponent', '{"name":"a","pay":1e3}'],
    ['a number that no double holds', '{"name":"a","pay":9007199254740993}'],
    ['true in other letters', '{"name":"a","open":truE}'],
    ['no object', '"name"'],
    ['nothing', ''],
  ])('%s is left to the schema', (_, given) => {
    expect(read(bytes('{"name":"a","pay":1}'))).toEqual({ name: 'a', pay: 1 });
    expect(read(bytes(given))).toBeUndefined();
  });

  test('a pattern that throws is not sure', () => {
    const pattern = Object.assign(/x/, {
      test: () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
    });
    const careless = storedReader({ name: { kind: 'text', most: 9, pattern } }, new Set());
    expect(careless(bytes('{"name":"x"}'))).toBeUndefined();
  });

  test('also in the middle of other bytes, which it does not look at', () => {
    const around = bytes('{"name":"a"}{"name":"b"}"}');
    expect(read(around.subarray(12, 24))).toEqual({ name: 'b' });
    expect(read(around.subarray(12, 23))).toBeUndefined();
  });
});

describe('a model with a stored form', () => {
  const schema = z.strictObject({ name: z.string(), tag: z.string().optional() });
  const stored = { name: { kind: 'text', most: 9 }, tag: { kind: 'text', most: 9, optional: true } } as const;
  const indexes = { tag: { filter: 'tag' } } as const;

  test('reads of it what its indexes and its search need', () => {
    const given = bytes('{"tag":"x","name":"a b"}');
    expect(defineModel({ name: 'note', schema, stored }).readStored(given)).toEqual({});
    expect(defineModel({ name: 'note', schema, stored, indexes }).readStored(given)).toEqual({ tag: 'x' });
    const both = defineModel({ name: 'note', schema, stored, indexes, search: ['name'] });
    expect(both.readStored(given)).toEqual({ tag: 'x', name: 'a b' });
    expect(defineModel({ name: 'note', schema, indexes }).readStored(given)).toBeUndefined();
  });

  test('is the same model as without', () => {
    const { fingerprint } = defineModel({ name: 'note', schema, indexes });
    expect(defineModel({ name: 'note', schema, indexes, stored }).fingerprint).toBe(fingerprint);
  });

  test.each([
    [{ ...stored, other: { kind: 'boolean' } }, 'the field "other", and its schema has not'],
    [{ tag: stored.tag }, 'requires "name"'],
    [{ ...stored, name: { ...stored.name, optional: true } }, 'not as an optional field'],
    [{ ...stored, tag: { kind: 'text', most: 9, pattern: /^x/g } }, 'a pattern without the flags g and y'],
    [{ ...stored, tag: { kind: 'text' } }, 'the field "tag" of its stored form must have a whole number as `most`'],
    [{ ...stored, tag: { kind: 'texts', most: 9 } }, 'whole numbers as `most` and `items`'],
    [{ ...stored, tag: { kind: 'integer', least: 3, most: 2 } }, 'a `least` that is not above its `most`'],
    [{ ...stored, tag: { kind: 'integer', least: 3 } }, 'a `least` that is not above its `most`'],
    [{ ...stored, tag: { kind: 'string', most: 9 } }, "a `kind`: 'text', 'texts', 'integer' or 'boolean'"],
  ])('is refused where the form is not one of its schema: %#', (form, message) => {
    const definition = { name: 'note', schema, stored: form } as unknown as ModelDefinition<ModelSchema>;
    expect(() => defineModel(definition)).toThrow(message);
  });
});

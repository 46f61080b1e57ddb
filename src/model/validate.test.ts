import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel } from './define.ts';
import type { ModelSchema } from './json-schema.ts';
import { validator } from './validate.ts';

const model = defineModel({
  name: 'link',
  schema: z.strictObject({
    url: z.string().refine((text) => new URL(text).protocol === 'https:'),
    tree: z.json().optional(),
  }),
});
const UNCHECKED = {
  kind: 'invalid',
  rules: [{ pointer: '', message: 'the schema could not check this value' }],
};

function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth));
}

/** Leaves time for a promise that nobody waits for to be rejected: the test run fails by it. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a check that throws makes the value invalid, and ends nothing else', async () => {
  expect(model.validate({ url: 'https://example.org' }).kind).toBe('valid');
  expect(model.validate({ url: 'no address' })).toEqual(UNCHECKED);
  await settle();
});

test('so does a value that nests deeper than the schema can follow', async () => {
  expect(model.validate({ url: 'https://example.org', tree: nested(100) }).kind).toBe('valid');
  expect(model.validate({ url: 'https://example.org', tree: nested(100_000) })).toEqual(UNCHECKED);
  await settle();
});

test('so does a schema of another library that throws at once', () => {
  const { '~standard': inner } = z.strictObject({ n: z.number() });
  const throwing = {
    '~standard': {
      ...inner,
      validate(value: unknown) {
        if ((value as { n?: unknown }).n === 0) throw new Error('division by zero');
        return inner.validate(value);
      },
    },
  };
  const ratio = defineModel({ name: 'ratio', schema: throwing });
  expect(ratio.validate({ n: 1 }).kind).toBe('valid');
  expect(ratio.validate({ n: 0 })).toEqual(UNCHECKED);
});

/** What is checked by a schema that gives back these fields, whatever it is given. */
function checked(given: unknown, value: object) {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ value }) } };
  return validator(schema as unknown as ModelSchema)(given);
}

test('fields that the schema would drop are refused, each by its name', () => {
  const rule = (name: string) => ({ pointer: '', message: `unknown field "${name}"` });
  expect(checked({ a: 1, b: 2 }, { b: 2, a: 1 })).toMatchObject({ kind: 'valid' });
  expect(checked({ a: 1, b: 2 }, { a: 1 })).toEqual({ kind: 'invalid', rules: [rule('b')] });
  expect(checked({ a: 1, b: 2, c: 3 }, { c: 3 })).toEqual({ kind: 'invalid', rules: [rule('a'), rule('b')] });
});

test('so are those that the API adds itself', () => {
  expect(checked({}, { id: 1 })).toEqual({ kind: 'invalid', rules: [{ pointer: '', message: 'unknown field "id"' }] });
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel } from './define.ts';
import { withShortcut } from './shortcut.ts';

const schema = z.strictObject({ name: z.string().trim().min(1) });
const asked: unknown[] = [];
const watched = withShortcut(schema, (value) => {
  asked.push(value);
  return (value as { name?: unknown } | null)?.name === 'known';
});
const model = defineModel({ name: 'note', schema: watched });

test('what the shortcut takes is valid as it is, the same object', () => {
  const value = { name: 'known' };
  const result = model.validate(value);
  expect(result).toEqual({ kind: 'valid', fields: value });
  expect(result.kind === 'valid' && result.fields).toBe(value);
  expect(asked.at(-1)).toBe(value);
});

test('all else is left to the schema', () => {
  expect(model.validate({ name: ' x ' })).toEqual({ kind: 'valid', fields: { name: 'x' } });
  expect(model.validate({ name: '' })).toMatchObject({ kind: 'invalid', rules: [{ pointer: '/name' }] });
  expect(model.validate(null).kind).toBe('invalid');
});

test('a shortcut that takes a field of the API does not let it in', () => {
  expect(model.validate({ name: 'known', id: 'x' })).toMatchObject({ kind: 'invalid', rules: [{ pointer: '' }] });
});

test('a shortcut that throws makes the value invalid, and the model ill-formed where it throws for {}', () => {
  const careless = (value: unknown): boolean => (value as { name: string }).name.startsWith('x');
  expect(() => defineModel({ name: 'note', schema: withShortcut(schema, careless) })).toThrow(/its schema threw/);
  const nearly = withShortcut(schema, (value) => Object.keys(value as object).length > 0 && careless(value));
  const model = defineModel({ name: 'note', schema: nearly });
  expect(model.validate({ name: 'xy' }).kind).toBe('valid');
  expect(model.validate(null).kind).toBe('invalid');
});

test('the model is the same with a shortcut as without', () => {
  expect({ ...model, validate: 0, entries: 0 }).toEqual({
    ...defineModel({ name: 'note', schema }),
    validate: 0,
    entries: 0,
  });
});

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineModel, isModel, type ModelDefinition } from './define.ts';
import type { ModelSchema } from './json-schema.ts';

const fields = z.strictObject({
  title: z.string().min(1),
  kind: z.enum(['a', 'b']).optional(),
  tags: z.array(z.string()).optional(),
  pay: z.number().nullable().optional(),
  due: z.iso.datetime().optional(),
  open: z.boolean().optional(),
  place: z.strictObject({ city: z.string() }).optional(),
});

/** Definitions as a JavaScript user could write them: types do not help there. */
function messageOf(definition: object): string {
  try {
    defineModel(definition as ModelDefinition<ModelSchema>);
    return 'accepted';
  } catch (error) {
    expect((error as { code?: string }).code).toBe('MODEL_INVALID');
    return (error as Error).message;
  }
}

describe('a well-formed definition', () => {
  const model = defineModel({
    name: 'note',
    schema: fields,
    indexes: { kind: { filter: 'kind' }, tag: { filter: 'tags' }, pay: { sort: 'pay' }, due: { sort: 'due' } },
    search: ['title', 'tags'],
  });

  test('has the defaults of Kafka and the seed', () => {
    expect(model).toMatchObject({ name: 'note', partitions: 10, version: 1, partitioner: 'murmur2' });
    expect(isModel(model)).toBe(true);
    expect(isModel({ ...model })).toBe(false);
  });

  test('gives each field its index entries: values once, no entry for what is absent', () => {
    const entries = model.entries({
      title: 'Hi there',
      kind: 'b',
      tags: ['x', 'y', 'x'],
      pay: -0,
      due: '2026-01-01T00:00:00Z',
    });
    expect(entries.filters).toEqual({ kind: ['b'], tag: ['x', 'y'] });
    expect(entries.sorts).toEqual({ pay: 0, due: Date.UTC(2026, 0, 1) });
    expect(Object.is(entries.sorts['pay'], 0)).toBe(true);
    expect(entries.terms).toEqual(['hi', 'there', 'x', 'y']);
    expect(model.entries({ title: 'a', pay: null })).toEqual({ terms: ['a'], filters: {}, sorts: {} });
  });

  test('gives no entries of what every object has: fields and indexes may be named so', () => {
    const own = defineModel({
      name: 'odd',
      schema: z.strictObject({
        title: z.string(),
        constructor: z.string().optional(),
        toString: z.array(z.string()).optional(),
        valueOf: z.number().optional(),
      }),
      indexes: {
        constructor: { filter: 'constructor' as const },
        by: { filter: 'toString' },
        valueOf: { sort: 'valueOf' as const },
      },
      search: ['title', 'constructor', 'toString'],
    });
    expect(own.entries({ title: 'a' })).toEqual({ terms: ['a'], filters: {}, sorts: {} });
    const all = own.entries({ title: 'a', constructor: 'b', toString: ['c'], valueOf: 1 });
    expect(Object.entries(all.filters)).toEqual([
      ['by', ['c']],
      ['constructor', ['b']],
    ]);
    expect([all.terms, Object.entries(all.sorts)]).toEqual([['a', 'b', 'c'], [['valueOf', 1]]]);
  });

  test('words each broken rule with its JSON pointer', () => {
    const checked = model.validate({ title: '', place: { 'ci/ty~': 1 }, tags: ['a', 3], more: true });
    const rules = checked.kind === 'invalid' ? checked.rules : [];
    expect(rules.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/title', '/place/city', '/place', '/tags/1', '']),
    );
    expect(rules.find(({ pointer }) => pointer === '')?.message).toContain('"more"');
    expect(rules.find(({ pointer }) => pointer === '/place')?.message).toContain('ci/ty~');
  });

  test('refuses the fields that the API adds, also where its schema would keep any field', () => {
    const loose = defineModel({ name: 'loose', schema: z.looseObject({ title: z.string() }) });
    expect(loose.validate({ title: 'a', more: 1 })).toEqual({ kind: 'valid', fields: { title: 'a', more: 1 } });
    expect(loose.validate({ title: 'a', version: '1-2' })).toMatchObject({ kind: 'invalid', rules: [{ pointer: '' }] });
  });

  test('has a fingerprint that any change of the definition changes', () => {
    const same = defineModel({
      name: 'note',
      schema: fields,
      indexes: { due: { sort: 'due' }, pay: { sort: 'pay' }, tag: { filter: 'tags' }, kind: { filter: 'kind' } },
      search: ['title', 'tags'],
    });
    expect(same.fingerprint).toBe(model.fingerprint);
    const base = { name: 'note', schema: fields, search: ['title'] } as const;
    const changed = [
      base,
      { ...base, search: ['tags'] as const },
      { ...base, version: 2 },
      { ...base, partitions: 3 },
      { ...base, partitioner: 'crc32' as const },
      { ...base, indexes: { kind: { filter: 'kind' } } as const },
      { ...base, schema: z.strictObject({ title: z.string().min(2) }) },
    ].map((definition) => defineModel(definition as unknown as ModelDefinition<ModelSchema>).fingerprint);
    expect(new Set([...changed, model.fingerprint]).size).toBe(changed.length + 1);
  });
});

test('the topic is the name, unless the definition says otherwise; the view is the same either way', () => {
  const plain = defineModel({ name: 'note', schema: fields });
  const other = defineModel({ name: 'note', topic: 'Notes_2.new', schema: fields });
  expect([plain.topic, other.topic]).toEqual(['note', 'Notes_2.new']);
  expect(other.fingerprint).toBe(plain.fingerprint);
});

describe('an ill-formed definition fails with what to write instead', () => {
  const base = { name: 'note', schema: fields };
  test.each([
    [{ ...base, name: 'My Notes' }, 'write "my-notes"'],
    [{ ...base, name: 7 }, 'lower-case'],
    [{ ...base, topic: 'a/b' }, 'letters, digits'],
    [{ ...base, topic: '..' }, 'not . or .. alone'],
    [{ ...base, topic: 'x'.repeat(250) }, '1 to 249'],
    [{ ...base, partitions: 0 }, '1 to 1000'],
    [{ ...base, version: 1.5 }, 'integer'],
    [{ ...base, partitioner: 'md5' }, "'murmur2'"],
    [{ name: 'note' }, 'z.strictObject'],
    [{ ...base, schema: { '~standard': { validate: () => ({}) } } }, 'Standard JSON Schema'],
    [{ ...base, schema: z.string() }, 'z.strictObject'],
    [{ ...base, schema: z.object({ a: z.string() }) }, 'z.strictObject'],
    [{ ...base, schema: z.strictObject({ id: z.string() }) }, '"id"'],
    [{ ...base, schema: z.strictObject({ a: z.date() }) }, 'JSON'],
    [{ ...base, schema: z.strictObject({ a: z.stringbool() }) }, 'the stored type'],
    [{ ...base, schema: z.strictObject({ a: z.string().pipe(z.coerce.number()) }) }, '"a"'],
    [
      { ...base, schema: z.strictObject({ a: z.string().optional() }).refine(async () => await Promise.resolve(true)) },
      'synchronous',
    ],
    [{ ...base, indexes: { limit: { filter: 'kind' } } }, 'by_limit'],
    [{ ...base, indexes: { after: { filter: 'kind' } } }, 'by_after'],
    [{ ...base, indexes: { q: { filter: 'kind' } } }, 'by_q'],
    [{ ...base, indexes: { sort: { filter: 'kind' } } }, 'by_sort'],
    [{ ...base, indexes: { order: { filter: 'kind' } } }, 'by_order'],
    [{ ...base, indexes: { createdAt: { sort: 'pay' } } }, 'createdAt'],
    [{ ...base, indexes: { 'a b': { filter: 'kind' } } }, '"a b"'],
    [{ ...base, indexes: { a: {} } }, "{ filter: 'field' }"],
    [{ ...base, indexes: { a: { filter: 'kind', sort: 'pay' } } }, "{ filter: 'field' }"],
    [{ ...base, indexes: { a: { filter: 'nothing' } } }, 'it has title, kind'],
    [{ ...base, indexes: { a: { filter: 'place' } } }, 'is object'],
    [{ ...base, indexes: { a: { sort: 'title' } } }, 'is string'],
    [{ ...base, search: ['pay'] }, 'fields of text'],
    [{ ...base, search: ['toString'] }, "doesn't have"],
  ])('%#', (definition, expected) => {
    expect(messageOf(definition)).toContain(expected);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LogRecord } from '../log/log.ts';
import { partitionOf } from '../log/partitioner.ts';
import { defineModel } from '../model/define.ts';
import type { Model } from '../model/model.ts';
import { utf8 } from '../model/record.ts';
import { effectOf, type BatchEffect } from './apply.ts';

const model = defineModel({ name: 'note', partitions: 1, schema: z.strictObject({ n: z.number() }) });

function record(offset: number, key: string | Uint8Array, value: unknown, more: Partial<LogRecord> = {}): LogRecord {
  const bytes = value === null ? null : utf8(typeof value === 'string' ? value : JSON.stringify(value));
  const at = { partition: 0, offset, timestamp: 1000 + offset };
  return { ...at, key: typeof key === 'string' ? utf8(key) : key, value: bytes, headers: {}, ...more };
}

/** With the values as text, however they were handed on. */
function readable({ operations, quarantined }: BatchEffect) {
  const texts = operations.map((one) =>
    one.kind === 'put' ? { ...one, value: Buffer.from(one.value as string).toString() } : one,
  );
  return { operations: texts, quarantined };
}

function effect(...records: LogRecord[]) {
  return readable(effectOf(model, { partition: 0, fromOffset: 0, nextOffset: records.length, records }));
}

describe('inside one batch the last operation on a key wins (I10)', () => {
  test('set then delete leaves nothing, delete then set leaves the entity', () => {
    expect(effect(record(0, 'a', { n: 1 }), record(1, 'a', null)).operations).toEqual([{ kind: 'delete', id: 'a' }]);
    expect(effect(record(0, 'a', null), record(1, 'a', { n: 2 })).operations).toMatchObject([
      { kind: 'put', value: '{"n":2}' },
    ]);
    const thrice = effect(record(0, 'a', { n: 1 }), record(1, 'a', null), record(2, 'a', { n: 3 })).operations;
    expect(thrice).toMatchObject([{ kind: 'put', value: '{"n":3}', offset: 2 }]);
  });

  test('for any records, the fold is that of a plain map', () => {
    const operation = fc.record({ key: fc.constantFrom('a', 'b', 'c'), n: fc.option(fc.integer()) });
    fc.assert(
      fc.property(fc.array(operation), (given) => {
        const plain = new Map(given.map(({ key, n }) => [key, n]));
        const { operations } = effect(...given.map(({ key, n }, at) => record(at, key, n === null ? null : { n })));
        const folded = operations.map((one) => [one.id, one.kind === 'put' ? JSON.parse(one.value).n : null] as const);
        expect(new Map(folded)).toEqual(plain);
        expect(operations.length).toBe(plain.size);
      }),
    );
  });
});

test('a record of kmodel’s own is passed over, in whichever partition it lies: no entity, no quarantine', () => {
  const own = [record(0, 'kmodel-pen-4711', null), record(2, 'kmodel-pen-12', 'no JSON'), record(3, 'kmodel-pen-', {})];
  expect(effect(own[0]!, record(1, 'a', { n: 1 }), own[1]!, own[2]!)).toMatchObject({
    operations: [{ kind: 'put', id: 'a' }],
    quarantined: [],
  });
  const several = defineModel({ name: 'note', partitions: 7, schema: z.strictObject({ n: z.number() }) });
  const batch = { partition: 3, fromOffset: 0, nextOffset: 1, records: [record(0, 'kmodel-pen-4711', null)] };
  expect(effectOf(several, batch)).toEqual({ operations: [], quarantined: [], released: [] });
});

describe('a record that can not be applied is quarantined and its entity keeps the last good value (I6)', () => {
  const binary = new Uint8Array([0xff, 0xfe]);
  test.each([
    ['KEY', record(1, binary, { n: 1 })],
    ['KEY', record(1, 'a\u0000b', { n: 1 })],
    ['KEY', record(1, '..', { n: 1 })],
    ['KEY', record(1, '', { n: 1 })],
    ['KEY', record(1, 'a'.repeat(201), { n: 1 })],
    ['TIME', record(1, 'a', { n: 1 }, { headers: { 'kmodel-created': 'yesterday' } })],
    ['TIME', record(1, 'a', { n: 1 }, { headers: { 'kmodel-created': '9999999999999' } })],
    ['TIME', record(1, 'a', { n: 1 }, { timestamp: 1_700_000_000_000_000 })],
    ['JSON', record(1, 'a', '{"n":')],
    ['JSON', record(1, 'a', '')],
    ['JSON', record(1, 'a', { n: 1 }, { value: binary })],
    ['SCHEMA', record(1, 'a', { n: 'one' })],
    ['SCHEMA', record(1, 'a', { n: 1, m: 2 })],
    ['SCHEMA', record(1, 'a', '[1]')],
    ['JSON', record(1, 'a', '{:n 1}')],
  ])('%s', (reason, bad) => {
    const { operations, quarantined } = effect(record(0, 'a', { n: 7 }), bad);
    expect(operations).toMatchObject([{ id: 'a', value: '{"n":7}', offset: 0 }]);
    expect(quarantined).toMatchObject([{ reason, offset: 1, key: bad.key, value: bad.value }]);
    expect(quarantined[0]?.detail).toContain('expected');
  });

  test('SCHEMA, also where the fields pass the schema but can not be written or indexed', () => {
    const unwritable: Model = { ...model, validate: () => ({ kind: 'valid', fields: { n: 1n } }) };
    const unindexed: Model = {
      ...model,
      entries: () => {
        throw new Error('no entries');
      },
    };
    for (const bad of [unwritable, unindexed]) {
      const batch = {
        partition: 0,
        fromOffset: 0,
        nextOffset: 2,
        records: [record(0, 'a', { n: 1 }), record(1, 'b', null)],
      };
      const { operations, quarantined } = effectOf(bad, batch);
      expect(quarantined).toMatchObject([{ reason: 'SCHEMA', offset: 0, detail: expect.stringContaining('expected') }]);
      expect(operations).toEqual([{ kind: 'delete', id: 'b' }]);
    }
  });

  test('SCHEMA, also where a value nests deeper than the stack allows, which stops no other', () => {
    const loose = defineModel({ name: 'note', partitions: 1, schema: z.looseObject({ n: z.number() }) });
    const deep = `{"n":1,"m":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const records = [record(0, 'a', deep), record(1, 'b', { n: 1 }), record(2, 'c', ' {"n":1}')];
    const { operations, quarantined } = effectOf(loose, { partition: 0, fromOffset: 0, nextOffset: 3, records });
    expect(quarantined).toMatchObject([{ reason: 'SCHEMA', offset: 0 }]);
    expect(operations.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  test('a later good record of the key ends its quarantine', () => {
    const { operations, quarantined } = effect(record(0, 'a', 'bad'), record(1, 'a', { n: 1 }));
    expect(operations).toMatchObject([{ id: 'a', offset: 1 }]);
    expect(quarantined).toEqual([]);
  });

  test('of several bad records of a key only the newest stays: compaction would leave no other', () => {
    const { quarantined } = effect(record(0, 'a', 'bad'), record(1, 'a', 'worse'));
    expect(quarantined.map(({ offset }) => offset)).toEqual([1]);
  });

  test('a record outside the partition of its key names the setting that mends it', () => {
    const two = defineModel({ name: 'note', partitions: 2, schema: z.strictObject({ n: z.number() }) });
    const partition = 1 - partitionOf(utf8('a'), 2, 'murmur2');
    const wrong = { ...record(0, 'a', { n: 1 }), partition };
    const { quarantined } = effectOf(two, { partition, fromOffset: 0, nextOffset: 1, records: [wrong] });
    expect(quarantined).toMatchObject([{ reason: 'WRONG_PARTITION', detail: expect.stringContaining('partitioner') }]);
  });
});

describe('a tombstone is taken where it lies, whatever its key is', () => {
  const two = defineModel({ name: 'note', partitions: 2, schema: z.strictObject({ n: z.number() }) });
  const strayed = utf8('strayed');
  const partition = 1 - partitionOf(strayed, 2, 'murmur2');
  const fold = (...records: LogRecord[]) =>
    effectOf(two, { partition, fromOffset: 0, nextOffset: records.length, records });

  test.each([
    ['of no UTF-8', Uint8Array.of(0xff)],
    ['that is empty', utf8('')],
    ['that is no id', utf8('..')],
    ['of another partition', strayed],
  ])('a key %s: what is in quarantine of it ends, and no entity is touched', (_, key) => {
    expect(fold(record(0, key, null))).toEqual({ operations: [], quarantined: [], released: [key] });
    expect(fold(record(0, key, { n: 1 }), record(1, key, null))).toEqual({
      operations: [],
      quarantined: [],
      released: [key],
    });
    const again = fold(record(0, key, null), record(1, key, { n: 1 }));
    expect(again).toMatchObject({ operations: [], quarantined: [{ offset: 1, key }], released: [] });
  });

  test('a key that is an id in its place: the entity is deleted, and that ends its quarantine', () => {
    const deleted = effectOf(two, {
      partition: 1 - partition,
      fromOffset: 0,
      nextOffset: 2,
      records: [record(0, strayed, 'bad'), record(1, strayed, null)],
    });
    expect(deleted).toEqual({ operations: [{ kind: 'delete', id: 'strayed' }], quarantined: [], released: [] });
  });
});

describe('half a surrogate pair, which HTTP refuses', () => {
  const text = defineModel({
    name: 'text',
    partitions: 1,
    schema: z.strictObject({ t: z.string(), more: z.record(z.string(), z.json()).optional() }),
  });
  const values = (...texts: string[]) => {
    const records = texts.map((value, at) => record(at, `k${at}`, value));
    return effectOf(text, { partition: 0, fromOffset: 0, nextOffset: texts.length, records });
  };
  const half = '{"t":"\\ud83d"}';

  test.each([
    ['/t', half],
    ['/t', '{"t":"a\\uDE00b"}'],
    ['/more/a~1b/1', '{"t":"","more":{"a/b":["ok","\\ud83d "]}}'],
    ['/more', '{"t":"","more":{"\\ud83d":1}}'],
  ])('at %s is quarantined', (pointer, value) => {
    // Alone, and among others: these are read together.
    for (const others of [[], ['{"t":"b"}', '{"t":"c"}']]) {
      const { operations, quarantined } = values(...others, value);
      expect(operations).toHaveLength(others.length);
      expect(quarantined).toMatchObject([{ reason: 'SCHEMA', offset: others.length }]);
      expect(quarantined[0]!.detail).toContain(`${pointer} expected well-formed Unicode`);
    }
  });

  test('whole pairs, and texts that only look like halves, are applied', () => {
    const { operations, quarantined } = values('{"t":"\\ud83d\\ude00"}', '{"t":"\\\\ud83d"}', '{"t":"\\u00e9"}', half);
    expect(operations.map(({ id }) => id)).toEqual(['k0', 'k1', 'k2']);
    expect(quarantined).toHaveLength(1);
  });

  test('many of them under long names cost no more than their bytes', () => {
    const name = 'k'.repeat(100_000);
    const many = `{"t":"","more":{"${name}":[${'"\\ud83d",'.repeat(60_000)}1]}}`;
    expect(values(many).quarantined).toMatchObject([{ reason: 'SCHEMA' }]);
    const deep = `{"t":"","more":{"a":${'['.repeat(100_000)}"\\ud83d"${']'.repeat(100_000)}}}`;
    expect(values(deep, '{"t":"b"}')).toMatchObject({
      quarantined: [{ reason: 'SCHEMA' }],
      operations: [{ id: 'k1' }],
    });
  });
});

describe('what an entity shows', () => {
  test('createdAt is the header, or the record time where another producer gave none', () => {
    const [own] = effect(
      record(0, 'a', { n: 1 }, { headers: { 'kmodel-created': '5', 'kmodel-request': 'abc' } }),
    ).operations;
    expect(own).toMatchObject({ createdAt: 5, updatedAt: 1000, request: 'abc', partition: 0, offset: 0 });
    const [others] = effect(record(3, 'a', ' { "n" : 1 } ')).operations;
    expect(others).toMatchObject({ createdAt: 1003, updatedAt: 1003, request: undefined, value: '{"n":1}' });
  });
});

test('what has the stored form is folded as if the schema were asked, with the same index entries', () => {
  const schema = z.strictObject({ n: z.number().optional(), tag: z.string().optional() });
  const base = { name: 'note', partitions: 1, schema, indexes: { tag: { filter: 'tag' }, n: { sort: 'n' } } } as const;
  const asked = defineModel({ ...base, search: ['tag'] });
  const stored = {
    n: { kind: 'integer', least: 0, most: 9, optional: true },
    tag: { kind: 'text', most: 4, optional: true },
  } as const;
  const spared = defineModel({ ...base, search: ['tag'], stored });
  const value = fc.oneof(
    { arbitrary: fc.record({ n: fc.integer({ min: -2, max: 12 }), tag: fc.string({ maxLength: 6 }) }), weight: 6 },
    fc.constantFrom(null, 'bad', ' {"n":1}', '{"n":1,"n":2}', '{"m":1}', '{"tag":"\\u0061"}', '{"n":3,"tag":"a b"}'),
  );
  const given = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', '..'), value }), { maxLength: 9 });
  let took = 0;
  fc.assert(
    fc.property(given, (ones) => {
      const records = ones.map((one, at) => record(at, one.key, one.value));
      const batch = { partition: 0, fromOffset: 0, nextOffset: records.length, records };
      for (const one of records) took += Number(one.value !== null && spared.readStored(one.value) !== undefined);
      expect(readable(effectOf(spared, batch))).toEqual(readable(effectOf(asked, batch)));
    }),
    { numRuns: 1000 },
  );
  expect(took).toBeGreaterThan(1000);
});

test('the schema is not asked about what has the stored form', () => {
  const never = z.strictObject({ n: z.number() }).refine(({ n }) => {
    if (n > 0) throw new Error(`asked about ${n}`);
    return true;
  });
  const spared = defineModel({
    name: 'note',
    partitions: 1,
    schema: never,
    stored: { n: { kind: 'integer', least: 1, most: 9 } },
  });
  const records = [record(0, 'a', { n: 1 }), record(1, 'b', { n: 11 })];
  const { operations, quarantined } = effectOf(spared, { partition: 0, fromOffset: 0, nextOffset: 2, records });
  expect([operations.map(({ id }) => id), quarantined.map(({ offset }) => offset)]).toEqual([['a'], [1]]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../incarnation-digest.ts';
import { renderEntity, renderList } from './render.ts';
import type { WireEntity, WireList } from './wire.ts';

const entities = fc.record({
  id: fc.string({ unit: 'grapheme', minLength: 1 }),
  value: fc
    .dictionary(
      fc.string().filter((key) => !['id', 'createdAt', 'updatedAt', 'version', '__proto__'].includes(key)),
      fc.jsonValue(),
    )
    .map((fields) => JSON.stringify(fields)),
  createdAt: fc.nat({ max: 2 ** 42 - 1 }),
  updatedAt: fc.nat({ max: 2 ** 42 - 1 }),
  partition: fc.nat({ max: 1023 }),
  offset: fc.nat({ max: 2 ** 40 }),
});

test('an entity is its own fields and those of the API, whatever its text', () => {
  fc.assert(
    fc.property(entities, fc.constantFrom('', ' ', '\n\t'), (entity, space) => {
      const parsed = JSON.parse(
        renderEntity({ ...entity, value: `${space}${entity.value}${space}` }, 'log'),
      ) as WireEntity;
      expect(parsed).toEqual({
        ...(JSON.parse(entity.value) as object),
        id: entity.id,
        createdAt: new Date(entity.createdAt).toISOString(),
        updatedAt: new Date(entity.updatedAt).toISOString(),
        version: `${entity.partition}-${entity.offset}-${digestOf('log')}`,
      });
    }),
  );
});

test('an entity without any field of its own is still JSON', () => {
  for (const value of ['{}', '{ }', ' {\n} ']) {
    const text = renderEntity({ id: 'a', value, createdAt: 0, updatedAt: 1, partition: 2, offset: 3 }, 'log');
    expect(text).toBe(
      `{"id":"a","createdAt":"1970-01-01T00:00:00.000Z","updatedAt":"1970-01-01T00:00:00.001Z","version":"2-3-${digestOf('log')}"}`,
    );
  }
});

test('a list holds its entities in order', () => {
  fc.assert(
    fc.property(fc.array(entities, { maxLength: 5 }), fc.option(fc.string()), (some, next) => {
      const list = JSON.parse(renderList(some, 'log', next, '0=1;log=a')) as WireList;
      expect(list).toEqual({
        items: some.map((one) => JSON.parse(renderEntity(one, 'log')) as unknown),
        next,
        position: '0=1;log=a',
      });
    }),
  );
});

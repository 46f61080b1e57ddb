/** A model unlike the built-in one: numbers, times, a truth value, a nested object, and no search. */
import { z } from 'zod';
import { defineModel } from '../../src/model/define.ts';
import type { HttpSuiteOptions } from './suite.ts';

export const readingModel = defineModel({
  name: 'reading',
  schema: z.strictObject({
    sensor: z.string().trim().min(1).max(50),
    celsius: z.number().min(-273.15).max(10_000),
    takenAt: z.iso.datetime(),
    calibrated: z.boolean(),
    place: z.strictObject({ room: z.string().min(1), floor: z.int() }).optional(),
  }),
  indexes: {
    sensor: { filter: 'sensor' },
    calibrated: { filter: 'calibrated' },
    celsius: { sort: 'celsius' },
    'taken-at': { sort: 'takenAt' },
  },
  partitions: 3,
});

/** Its bodies for the HTTP suite. */
export const readingSuite: Omit<HttpSuiteOptions, 'makeServer'> = {
  model: readingModel,
  sample: (n, mark) => ({
    sensor: mark,
    celsius: (n * 7) % 11,
    takenAt: new Date(Date.UTC(2026, 0, 1 + (n % 28))).toISOString(),
    calibrated: n % 2 === 0,
    ...(n % 3 === 0 ? { place: { room: `room ${n}`, floor: n } } : {}),
  }),
  filter: 'sensor',
  sort: { name: 'celsius', valueOf: ({ celsius }) => Number(celsius) },
  invalid: {
    body: { sensor: ' ', celsius: '20', takenAt: 'yesterday', calibrated: true, place: { room: 'x', floor: 1.5 } },
    pointers: ['/sensor', '/celsius', '/takenAt', '/place/floor'],
  },
};

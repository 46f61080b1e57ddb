/** A model unlike the built-in one: numbers, times, a truth value, a nested object, and no search. */
import { z } from 'zod';
import { defineModel } from '../../src/model/define.ts';

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

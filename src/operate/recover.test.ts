import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Log, NewRecord } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import type { View, ViewDescription } from '../view/view.ts';
import { recover } from './recover.ts';

const model = defineModel({ name: 'note', version: 2, partitions: 1, schema: z.strictObject({ n: z.number() }) });

test('a view that is dropped while it is compared has deleted nothing', async () => {
  const of = (id: string, more: object): ViewDescription => ({
    generation: { id, logId: 'log', fingerprint: model.fingerprint, modelVersion: 2, partitions: 1 },
    partitions: new Map(),
    quarantined: 0,
    ...more,
  });
  const doubt = { reason: 'LOG_SHORTER', evidence: 'seen', seen: 9, firstAt: 0, lastAt: 9_000_000 };
  let found = of('g', { doubt });
  const appended: NewRecord[] = [];
  const key = Buffer.from('a');
  const log = {
    describe: async () => ({ id: 'log', partitions: 1, settings: {}, warnings: [] }),
    bounds: async () => new Map([[0, { startOffset: 0, endOffset: 1, stableEndOffset: 1 }]]),
    append: async (records: readonly NewRecord[]) => {
      appended.push(...records);
      return { kind: 'appended' };
    },
    async *read() {
      yield { partition: 0, nextOffset: 1, records: [{ key, value: key, offset: 0, timestamp: 1000, headers: {} }] };
    },
  } as unknown as Log;
  const entity = { id: 'a', value: '{"n":1}', createdAt: 1000, updatedAt: 1000, partition: 0, offset: 0 };
  const view = {
    describe: async () => found,
    quarantine: async () => ({ records: [], next: undefined }),
    async *everything() {
      if (found.generation?.id === 'g') yield [entity];
      // Somebody else begins another one.
      found = of('h', {});
    },
  } as unknown as View;
  await expect(recover(model, log, view, false)).rejects.toThrow('expected the view to be held all the time');
  expect(appended).toEqual([]);
});

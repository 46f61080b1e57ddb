import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Log, NewRecord } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import { openWriter } from './writer.ts';

const model = defineModel({ name: 'note', partitions: 2, schema: z.strictObject({ n: z.number() }) });

/** A log in memory; only what a writer uses. */
function logWith(ends: number[]): Log {
  const log: Pick<Log, 'append' | 'describe' | 'bounds'> = {
    describe: () =>
      Promise.resolve({
        id: 'log',
        partitions: 2,
        minCompactionLagMs: 0,
        deleteRetentionMs: 60_000,
        settings: {},
        warnings: [],
      }),
    bounds: () =>
      Promise.resolve(
        new Map(ends.map((endOffset, at) => [at, { startOffset: 0, endOffset, stableEndOffset: endOffset }])),
      ),
    append: (records: readonly NewRecord[]) =>
      Promise.resolve({
        kind: 'appended',
        logId: 'log',
        records: records.map(({ partition }) => ({ partition, offset: ends[partition]!++ })),
      }),
  };
  return log as Log;
}

test('what was in the log before counts as acknowledged, and what is appended is added', async () => {
  const writer = await openWriter(model, logWith([4, 9]));
  expect(writer.acknowledged()).toEqual(
    new Map([
      [0, 4],
      [1, 9],
    ]),
  );
  const written = await writer.put({ id: 'a', fields: { n: 1 }, createdAt: undefined, request: undefined });
  const place = writer.partitionOf('a');
  const before = [4, 9][place]!;
  expect(written).toMatchObject({ kind: 'written', position: new Map([[place, before + 1]]) });
  expect(writer.acknowledged()).toEqual(
    new Map([
      [0, 4],
      [1, 9],
      [place, before + 1],
    ]),
  );
  expect(await writer.delete('a')).toMatchObject({ kind: 'deleted', position: new Map([[place, before + 2]]) });
});

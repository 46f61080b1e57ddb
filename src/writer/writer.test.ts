import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Log, NewRecord } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import { openWriter } from './writer.ts';

const model = defineModel({ name: 'note', partitions: 2, schema: z.strictObject({ n: z.number() }) });

/** A log in memory; only what a writer uses. */
function logWith(ends: number[]): Log {
  const log: Pick<Log, 'append' | 'describe' | 'endOf'> = {
    describe: () =>
      Promise.resolve({
        id: 'log',
        partitions: 2,
        minCompactionLagMs: 0,
        deleteRetentionMs: 60_000,
        settings: {},
        warnings: [],
      }),
    endOf: async (partition) => ({ logId: 'log', endOffset: ends[partition]! }),
    append: (records: readonly NewRecord[]) =>
      Promise.resolve({
        kind: 'appended',
        logId: 'log',
        records: records.map(({ partition }) => ({ partition, offset: ends[partition]!++ })),
      }),
  };
  return log as Log;
}

test('what the log holds now is told when it is asked, whoever wrote it', async () => {
  const ends = [4, 9];
  const writer = await openWriter(model, logWith(ends));
  const place = writer.partitionOf('a');
  expect(await writer.endOf('a')).toEqual(new Map([[place, ends[place]]]));
  const before = ends[place]!;
  const written = await writer.put({ id: 'a', fields: { n: 1 }, createdAt: undefined, request: undefined });
  expect(written).toMatchObject({ kind: 'written', position: new Map([[place, before + 1]]) });
  ends[place]! += 5;
  expect(await writer.endOf('a')).toEqual(new Map([[place, before + 6]]));
  expect(await writer.delete('a')).toMatchObject({ kind: 'deleted', position: new Map([[place, before + 7]]) });
});

describe('what the worker would change, or refuse, is not appended', () => {
  /** What a put of the text comes to with the schema, and how many records were appended. */
  async function putThrough(schema: z.ZodType<string>, text: string) {
    const odd = defineModel({ name: 'odd', partitions: 2, schema: z.strictObject({ text: schema }) });
    const ends = [0, 0];
    const writer = await openWriter(odd, logWith(ends));
    const checked = odd.validate({ text });
    if (checked.kind === 'invalid') throw new Error('the schema refuses the text at once');
    const outcome = await writer.put({ id: 'a', fields: checked.fields, createdAt: undefined, request: undefined });
    return { outcome, appended: ends[0]! + ends[1]! };
  }
  const grows = z.string().overwrite((text) => `${text}!`);

  test.each([
    ['changes', grows, 'a', 'changes what it gave back itself'],
    ['refuses', grows.max(2), 'a', 'refuses what it gave back itself: /text'],
    ['cuts a pair in two', z.string().overwrite((text) => text.slice(0, 2)), 'a😀', 'half a surrogate pair'],
  ])('a schema that %s what it gave back', async (_, schema, text, message) => {
    const { outcome, appended } = await putThrough(schema, text);
    expect(outcome).toMatchObject({ kind: 'invalid', rules: [{ message: expect.stringContaining(message) }] });
    expect(appended).toBe(0);
  });

  test('one that changes nothing the second time is fine', async () => {
    const { outcome, appended } = await putThrough(z.string().trim().toLowerCase(), ' Ab😀 ');
    expect(outcome).toMatchObject({ kind: 'written', entity: { value: '{"text":"ab😀"}' } });
    expect(appended).toBe(1);
  });
});

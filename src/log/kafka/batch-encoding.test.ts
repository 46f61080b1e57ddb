import { Reader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NewRecord } from '../log.ts';
import { encodeBatch, encodedSize, sequenceAfter } from './batch-encoding.ts';

const stamp = { producerId: 4_000_000_000_123n, epoch: 7, firstSequence: 2 ** 31 - 2 };

const record: fc.Arbitrary<NewRecord> = fc.record({
  partition: fc.constant(0),
  key: fc.uint8Array({ maxLength: 300 }),
  value: fc.option(fc.uint8Array({ maxLength: 20_000 })),
  headers: fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ maxLength: 200 }), { maxKeys: 4 }),
  timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
});

describe('an encoded batch', () => {
  test('is read back by another decoder as what was given', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const batch = readRecordsBatch(Reader.from(encodeBatch(records, stamp)));
        expect(batch).toMatchObject({ magic: 2, producerId: stamp.producerId, producerEpoch: 7, attributes: 0 });
        expect(batch.firstSequence).toBe(stamp.firstSequence);
        expect(batch.lastOffsetDelta).toBe(records.length - 1);
        const found = batch.records.map(({ key, value, headers, timestampDelta, offsetDelta }) => ({
          key: Buffer.from(key ?? 'missing').toString('hex'),
          value: value === null ? null : Buffer.from(value).toString('hex'),
          headers: headers.map(([name, text]) => [String(name), String(text)]),
          timestamp: Number(batch.firstTimestamp + timestampDelta),
          offsetDelta,
        }));
        expect(found).toEqual(
          records.map(({ key, value, headers, timestamp }, offsetDelta) => ({
            key: Buffer.from(key).toString('hex'),
            value: value === null ? null : Buffer.from(value).toString('hex'),
            headers: Object.entries(headers),
            timestamp,
            offsetDelta,
          })),
        );
        expect(Number(batch.maxTimestamp)).toBe(Math.max(...records.map(({ timestamp }) => timestamp)));
      }),
    );
  });

  test('takes no more room than was reckoned', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const reckoned = records.reduce((sum, each) => sum + encodedSize(each), 61);
        expect(encodeBatch(records, stamp).length).toBeLessThanOrEqual(reckoned);
      }),
    );
  });
});

test('sequence numbers begin again at 0 after 2^31 - 1', () => {
  expect(sequenceAfter(0, 5)).toBe(5);
  expect(sequenceAfter(2 ** 31 - 1, 1)).toBe(0);
  expect(sequenceAfter(2 ** 31 - 2, 5)).toBe(3);
});

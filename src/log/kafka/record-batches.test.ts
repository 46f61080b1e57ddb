import { zstdCompressSync, gzipSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../log.ts';
import { encodedBatch, endOfTransaction, type RecordToEncode } from './record-batch.conformance.ts';
import { decodedRecords } from './decoded-records.conformance.ts';
import { CorruptBatch, isAbortMarker, splitBatches } from './record-batches.ts';

/** The records of all whole batches. */
function recordsIn(bytes: Buffer): LogRecord[] {
  return splitBatches(bytes).flatMap((batch) => decodedRecords(batch, 7));
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

describe('record batches', () => {
  test('a record has its own offset, time, bytes and headers', () => {
    const headers = [
      ['kmodel-created', '1700000000000'],
      ['é', 'ü'],
    ] as const;
    const encoded = encodedBatch({
      baseOffset: 100,
      baseTimestamp: 1_700_000_000_000,
      records: [
        { offset: 100, timestamp: 1_700_000_000_000, key: 'a', value: '{}', headers },
        { offset: 205, timestamp: 1_699_999_999_999, key: Uint8Array.of(0, 255), value: null },
      ],
    });
    const [first, second] = recordsIn(encoded);
    expect(first).toEqual({
      partition: 7,
      offset: 100,
      timestamp: 1_700_000_000_000,
      key: new Uint8Array(Buffer.from('a')),
      value: new Uint8Array(Buffer.from('{}')),
      headers: { 'kmodel-created': '1700000000000', é: 'ü' },
    });
    expect(second).toMatchObject({ offset: 205, timestamp: 1_699_999_999_999, value: null, headers: {} });
    expect(second?.key).toEqual(Uint8Array.of(0, 255));
  });

  test('any records come back as they were', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const oneRecord = fc.record({
      gap: fc.nat(1000),
      timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
      key: bytes,
      value: fc.option(bytes),
      headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 9 }), fc.string({ maxLength: 300 })), {
        maxLength: 3,
      }),
    });
    const start = fc.record({ offset: fc.maxSafeNat(), timestamp: fc.integer({ min: 0, max: 2 ** 42 }) });
    fc.assert(
      fc.property(fc.array(oneRecord, { minLength: 1, maxLength: 20 }), start, (given, { offset, timestamp }) => {
        let next = Math.min(offset, Number.MAX_SAFE_INTEGER - 2 ** 31);
        const records = given.map(({ gap, ...rest }): RecordToEncode => ({ ...rest, offset: (next += gap + 1) }));
        const found = recordsIn(encodedBatch({ records, baseTimestamp: timestamp }));
        expect(found).toEqual(
          records.map((each) => ({ ...each, partition: 7, headers: Object.fromEntries(each.headers ?? []) })),
        );
      }),
    );
  });

  test('where the broker sets the time, it holds for every record of the batch', () => {
    const records = [
      { offset: 0, timestamp: 5 },
      { offset: 1, timestamp: 9 },
    ];
    const found = recordsIn(encodedBatch({ records, logAppendTime: true, maxTimestamp: 1234 }));
    expect(found.map(({ timestamp }) => timestamp)).toEqual([1234, 1234]);
  });

  test('a key of null is answered as an empty one, and a header without a value as an empty text', () => {
    const [found] = recordsIn(encodedBatch({ records: [{ offset: 0, key: null, headers: [['h', null]] }] }));
    expect(found?.key).toEqual(new Uint8Array(0));
    expect(found?.headers).toEqual({ h: '' });
  });

  test('headers of one record are never taken for those of the one before', () => {
    const headers = ['abc', 'ab', 'abd', 'abd', '', 'abdabdabd'].map((text) => [[text, `${text}v`]] as const);
    const records = headers.map((each, offset) => ({ offset, headers: each }));
    const found = recordsIn(encodedBatch({ records })).map((each) => Object.entries(each.headers));
    expect(found).toEqual(headers);
  });

  test('nor are their values, whatever names come again', () => {
    const text = fc.constantFrom('a', 'b', 'ab', '', 'é', '__proto__');
    const named = fc
      .array(text, { maxLength: 3 })
      .map((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), text))))
      .chain((headers) => fc.array(headers, { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(named, { maxLength: 4 }), (runs) => {
        const all = runs.flat();
        const records = all.map((headers, offset) => ({ offset, headers }));
        const found = recordsIn(encodedBatch({ records })).map(({ headers }) => headers);
        expect(found.map((each) => Object.entries(each))).toEqual(all.map((each) => [...new Map(each)]));
        for (const each of found) expect(Object.getPrototypeOf(each)).toBe(Object.prototype);
      }),
      { numRuns: 1000 },
    );
  });

  test('what every compression of the client library makes is read', () => {
    const value = 'x'.repeat(100_000);
    const records = [
      { offset: 3, value },
      { offset: 4, key: 'other', value: 'v' },
    ];
    const { snappy, lz4 } = compressionsAlgorithms;
    const ways = [
      { id: 1, compress: (bytes: Buffer) => gzipSync(bytes) },
      { id: 2, compress: (bytes: Buffer) => snappy.compressSync(bytes) },
      { id: 3, compress: (bytes: Buffer) => lz4.compressSync(bytes) },
      { id: 4, compress: (bytes: Buffer) => zstdCompressSync(bytes) },
    ];
    for (const compression of ways) {
      const found = recordsIn(encodedBatch({ records, compression }));
      expect(found.map((each) => [each.offset, text(each.value)])).toEqual([
        [3, value],
        [4, 'v'],
      ]);
    }
  });

  test('a batch says where it ends, also where compaction removed its last records, or all of them', () => {
    const shortened = encodedBatch({ records: [{ offset: 10 }], lastOffset: 19 });
    const emptied = encodedBatch({ baseOffset: 20, lastOffset: 25 });
    const batches = splitBatches(Buffer.concat([shortened, emptied]));
    expect(batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
      [10, 19],
      [20, 25],
    ]);
    expect(batches.map((batch) => decodedRecords(batch, 0).length)).toEqual([1, 0]);
  });

  test('a batch that is cut off anywhere is left out', () => {
    const first = encodedBatch({ records: [{ offset: 0 }] });
    const second = encodedBatch({ records: [{ offset: 1 }] });
    const both = Buffer.concat([first, second]);
    for (let length = 0; length <= both.length; length++) {
      const whole = length === both.length ? 2 : length >= first.length ? 1 : 0;
      expect(splitBatches(both.subarray(0, length))).toHaveLength(whole);
    }
  });

  test('a batch with any bit turned is never read: it ends the run, or throws where it is the first', () => {
    const good = encodedBatch({ records: [{ offset: 0, value: 'good' }] });
    const bad = encodedBatch({ records: [{ offset: 1, value: 'bad' }] });
    // From the checksum on: before it stand the base offset, the length and the leader's epoch, which brokers change.
    for (let bit = 17 * 8; bit < bad.length * 8; bit++) {
      const broken = Buffer.from(bad);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => splitBatches(broken)).toThrow(CorruptBatch);
      expect(recordsIn(Buffer.concat([good, broken])).map(({ value }) => text(value))).toEqual(['good']);
    }
  });

  test('an older format is refused by name', () => {
    const old = encodedBatch({ records: [{ offset: 0 }] });
    old.writeInt8(1, 16);
    expect(() => splitBatches(old)).toThrow('a record batch has format 1, expected 2');
  });

  test('bytes that are no records are refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (bytes, id) => {
        const compression = { id: 0, compress: () => Buffer.from(bytes) };
        const plain = encodedBatch({ records: [{ offset: 0 }, { offset: 1 }, { offset: 2 }], compression });
        const compressed = encodedBatch({ records: [{ offset: 0 }], compression: { ...compression, id } });
        for (const encoded of [plain, compressed]) {
          try {
            recordsIn(encoded);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptBatch);
          }
        }
      }),
    );
  });

  test('the end of a transaction tells whether it was aborted', () => {
    const [aborted] = splitBatches(endOfTransaction(5, 1, 'abort'));
    const [committed] = splitBatches(endOfTransaction(6, 1, 'commit'));
    const [looksLikeOne] = splitBatches(encodedBatch({ records: [{ offset: 7, key: Uint8Array.of(0, 0, 0, 0) }] }));
    expect([aborted, committed, looksLikeOne].map((batch) => isAbortMarker(batch!))).toEqual([true, false, false]);
  });
});

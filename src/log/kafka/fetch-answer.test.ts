import { Reader, Writer } from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { AnswerMemory } from './answer-memory.ts';
import { parseAnswer } from './fetch-answer.ts';

const UUID = '0195c9b4-0000-7000-8000-000000000001';

interface Given {
  readonly partition: number;
  readonly code: number;
  readonly aborted?: readonly (readonly [bigint, bigint])[] | null;
  readonly records: Buffer | null;
  readonly diverging?: readonly [epoch: number, endOffset: bigint];
}

/** As the protocol's text says, with a field that this version doesn't know yet wherever one may come. */
function encoded(given: readonly Given[]): Reader {
  const extra = (w: Writer): Writer =>
    w.appendUnsignedVarInt(1).appendUnsignedVarInt(99).appendUnsignedVarInt(2).appendInt16(7);
  const writer = Writer.create().appendInt32(0).appendInt16(0).appendInt32(0);
  writer
    .appendUnsignedVarInt(2)
    .appendUUID(UUID)
    .appendUnsignedVarInt(given.length + 1);
  for (const { partition, code, aborted = null, records, diverging } of given) {
    writer.appendInt32(partition).appendInt16(code).appendInt64(50n).appendInt64(40n).appendInt64(3n);
    writer.appendUnsignedVarInt(aborted === null ? 0 : aborted.length + 1);
    for (const [producerId, firstOffset] of aborted ?? [])
      extra(writer.appendInt64(producerId).appendInt64(firstOffset));
    writer.appendInt32(-1).appendUnsignedVarInt(records === null ? 0 : records.length + 1);
    if (records !== null) writer.append(records);
    if (diverging === undefined) extra(writer);
    else {
      const [epoch, endOffset] = diverging;
      // Its own tagged fields end it; the unknown field has a larger number.
      writer.appendUnsignedVarInt(2).appendUnsignedVarInt(0).appendUnsignedVarInt(13);
      writer.appendInt32(epoch).appendInt64(endOffset).appendUnsignedVarInt(0);
      writer.appendUnsignedVarInt(99).appendUnsignedVarInt(2).appendInt16(7);
    }
  }
  extra(writer);
  return Reader.from(extra(writer).buffer);
}

test('an answer is parsed, its errors and aborted transactions too, and the records stay bytes', () => {
  const records = Buffer.from('anything');
  const { code, partitions } = parseAnswer(
    encoded([
      {
        partition: 3,
        code: 0,
        aborted: [
          [5n, 30n],
          [2n ** 60n, 31n],
        ],
        records,
      },
      { partition: 1, code: 6, records: null },
      { partition: 2, code: 0, records: null, diverging: [4, 17n] },
    ]),
    new AnswerMemory(),
  );
  expect(code).toBe(0);
  expect(partitions).toEqual([
    {
      partition: 3,
      code: 0,
      stableEndOffset: 40,
      aborted: [
        { producerId: 5n, firstOffset: 30 },
        { producerId: 2n ** 60n, firstOffset: 31 },
      ],
      divergence: undefined,
      records,
    },
    { partition: 1, code: 6, stableEndOffset: 40, aborted: [], divergence: undefined, records: Buffer.alloc(0) },
    {
      partition: 2,
      code: 0,
      stableEndOffset: 40,
      aborted: [],
      divergence: { leaderEpoch: 4, endOffset: 17 },
      records: Buffer.alloc(0),
    },
  ]);
});

/** What a socket hands over at once, more or less. Bytes. */
const PART = 65_521;

test.each([1, 100, 64 * 1024, 300_000, 600_000])(
  'records of %i bytes come whole, however the socket cut them',
  (length) => {
    const records = Buffer.from(Array.from({ length }, (_, at) => (7 * at) % 251));
    const { buffer } = encoded([{ partition: 0, code: 0, records }]).buffer;
    const { buffer: parts } = Reader.from(buffer.subarray(0, PART));
    for (let at = PART; at < buffer.length; at += PART) parts.append(buffer.subarray(at, at + PART));
    const [answer] = parseAnswer(new Reader(parts), new AnswerMemory()).partitions;
    expect(answer!.records.equals(records)).toBe(true);
  },
);

/** Record batches for tests, encoded by the text of Kafka's protocol and by none of the code under test. */
import { crc32c } from '@platformatic/kafka';

export interface RecordToEncode {
  readonly offset: number;
  readonly timestamp?: number;
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: readonly (readonly [name: string, value: string | null])[];
}

export interface BatchToEncode {
  readonly records?: readonly RecordToEncode[];
  /** Default: the first record's. */
  readonly baseOffset?: number;
  /** Default: the last record's; a later one where compaction has removed what was behind. */
  readonly lastOffset?: number;
  readonly baseTimestamp?: number;
  readonly maxTimestamp?: number;
  readonly logAppendTime?: boolean;
  readonly producerId?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** The number in the attributes, and what makes it of the records' bytes. */
  readonly compression?: { readonly id: number; readonly compress: (bytes: Buffer) => Buffer };
}

export function encodedBatch(batch: BatchToEncode): Buffer {
  const { records = [], compression } = batch;
  const baseOffset = batch.baseOffset ?? records[0]?.offset ?? 0;
  const lastOffset = batch.lastOffset ?? records.at(-1)?.offset ?? baseOffset;
  const baseTimestamp = batch.baseTimestamp ?? 0;
  const body = Buffer.concat(records.map((each) => encodedRecord(each, baseOffset, baseTimestamp)));
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(baseOffset), 0);
  head.writeInt8(2, 16);
  const flags = [batch.logAppendTime === true, batch.transactional === true, batch.control === true];
  const attributes = flags.reduce((sum, flag, place) => sum | (flag ? 8 << place : 0), compression?.id ?? 0);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(lastOffset - baseOffset, 23);
  head.writeBigInt64BE(BigInt(baseTimestamp), 27);
  head.writeBigInt64BE(BigInt(batch.maxTimestamp ?? baseTimestamp), 35);
  head.writeBigInt64BE(BigInt(batch.producerId ?? -1), 43);
  head.writeInt32BE(records.length, 57);
  const bytes = Buffer.concat([head, compression === undefined ? body : compression.compress(body)]);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeUInt32BE(crc32c(Buffer.from(bytes.subarray(21))), 17);
  return bytes;
}

/** The batch that ends a producer's transaction. */
export function endOfTransaction(offset: number, producerId: number, end: 'commit' | 'abort'): Buffer {
  const key = Uint8Array.of(0, 0, 0, end === 'commit' ? 1 : 0);
  const value = Uint8Array.of(0, 0, 0, 0, 0, 0);
  return encodedBatch({ records: [{ offset, key, value }], producerId, transactional: true, control: true });
}

function encodedRecord(record: RecordToEncode, baseOffset: number, baseTimestamp: number): Buffer {
  const { headers = [] } = record;
  const body = Buffer.concat([
    Buffer.of(0),
    varint((record.timestamp ?? baseTimestamp) - baseTimestamp),
    varint(record.offset - baseOffset),
    field(record.key === undefined ? 'k' : record.key),
    field(record.value === undefined ? 'v' : record.value),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [field(name), field(value)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function field(content: string | Uint8Array | null): Buffer {
  if (content === null) return varint(-1);
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** Zigzag, then seven bits a byte. */
function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  do {
    const more = rest > 0x7fn;
    bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

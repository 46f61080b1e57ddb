/**
 * A record batch (Kafka's format v2) as a producer sends it. Encoded once, sent again as it is: the broker recognizes a
 * batch it already holds by producer id, epoch and sequence.
 */
import { crc32c } from '@platformatic/kafka';
import type { NewRecord } from '../log.ts';

/** Who wrote a batch, and where it stands among that producer's records of the partition. */
export interface ProducerStamp {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly firstSequence: number;
}

/** What a batch takes beside its records. */
const HEADER_BYTES = 61;
/** Length, attributes, time, offset, lengths of key, value and headers: at most this many bytes. */
const RECORD_OVERHEAD_BYTES = 36;

const MAGIC = 2;
/** Where the part begins that the checksum covers. */
const CHECKED_FROM = 21;

/** At most what the record takes in a batch. Bytes. */
export function encodedSize(record: NewRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + record.key.length + (record.value?.length ?? 0);
  for (const [name, value] of Object.entries(record.headers)) {
    bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return bytes;
}

/** The sequence number after `count` more records; the numbers begin again at 0 after 2^31 - 1. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}

/** The batch of these records, at least one, of one partition. */
export function encodeBatch(records: readonly NewRecord[], stamp: ProducerStamp): Buffer {
  const room = records.reduce((sum, record) => sum + encodedSize(record), HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(room);
  const firstTimestamp = records[0]?.timestamp ?? 0;
  let at = HEADER_BYTES;
  let maxTimestamp = firstTimestamp;
  for (const [index, record] of records.entries()) {
    at = writeRecord(buffer, at, record, index, record.timestamp - firstTimestamp);
    maxTimestamp = Math.max(maxTimestamp, record.timestamp);
  }
  buffer.writeBigInt64BE(0n, 0);
  buffer.writeInt32BE(at - 12, 8);
  buffer.writeInt32BE(-1, 12);
  buffer.writeInt8(MAGIC, 16);
  buffer.writeInt16BE(0, 21);
  buffer.writeInt32BE(records.length - 1, 23);
  buffer.writeBigInt64BE(BigInt(firstTimestamp), 27);
  buffer.writeBigInt64BE(BigInt(maxTimestamp), 35);
  buffer.writeBigInt64BE(stamp.producerId, 43);
  buffer.writeInt16BE(stamp.epoch, 51);
  buffer.writeInt32BE(stamp.firstSequence, 53);
  buffer.writeInt32BE(records.length, 57);
  buffer.writeUInt32BE(crc32c(buffer.subarray(CHECKED_FROM, at)), 17);
  return buffer.subarray(0, at);
}

function writeRecord(buffer: Buffer, start: number, record: NewRecord, offsetDelta: number, timeDelta: number): number {
  const headers = Object.entries(record.headers).map(
    ([name, value]) => [Buffer.from(name), Buffer.from(value)] as const,
  );
  const keyAndValue = bytesSize(record.key) + (record.value === null ? 1 : bytesSize(record.value));
  const headerBytes = headers.reduce((sum, [name, value]) => sum + bytesSize(name) + bytesSize(value), 0);
  const size =
    1 + varintSize(timeDelta) + varintSize(offsetDelta) + keyAndValue + varintSize(headers.length) + headerBytes;
  let at = writeVarint(buffer, start, size);
  buffer[at++] = 0;
  at = writeVarint(buffer, at, timeDelta);
  at = writeVarint(buffer, at, offsetDelta);
  at = writeBytes(buffer, at, record.key);
  at = record.value === null ? writeVarint(buffer, at, -1) : writeBytes(buffer, at, record.value);
  at = writeVarint(buffer, at, headers.length);
  for (const [name, value] of headers) at = writeBytes(buffer, writeBytes(buffer, at, name), value);
  return at;
}

function bytesSize(bytes: Uint8Array): number {
  return varintSize(bytes.length) + bytes.length;
}

function writeBytes(buffer: Buffer, start: number, bytes: Uint8Array): number {
  const at = writeVarint(buffer, start, bytes.length);
  buffer.set(bytes, at);
  return at + bytes.length;
}

/** Zigzag, then seven bits a byte, lowest first. Numbers, not bit operations: a difference of times can pass 32 bits. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintSize(value: number): number {
  let rest = zigzag(value);
  let size = 1;
  while (rest >= 128) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

function writeVarint(buffer: Buffer, start: number, value: number): number {
  let rest = zigzag(value);
  let at = start;
  while (rest >= 128) {
    buffer[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = rest;
  return at;
}

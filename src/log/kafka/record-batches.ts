/**
 * Kafka's record batches (format 2), decoded from the bytes of a fetch answer without copying keys and values. Pure. The
 * client library's own decoder makes several objects for each field and knows nothing of timestamp types; this one
 * is several times as fast.
 */
import { crc32c, Reader } from '@platformatic/kafka';
import type { LogRecord } from '../log.ts';
import { decompressed } from './decompression.ts';

/** One batch as it was appended: of one producer, one transaction, one compression. */
export interface RecordBatch {
  readonly baseOffset: number;
  /** Stays where compaction removes the last records, so reading goes on behind it. */
  readonly lastOffset: number;
  /** Of the leader that appended it; undefined: it is from a time without epochs. */
  readonly leaderEpoch: number | undefined;
  /** -1n: the producer is not idempotent. */
  readonly producerId: bigint;
  readonly transactional: boolean;
  /** It holds no records but the end of a transaction. */
  readonly control: boolean;
  /** The whole batch, from its base offset on. */
  readonly bytes: Buffer;
}

/** The bytes are not what a producer has written; `message` is one line without the place. */
export class CorruptBatch extends Error {
  override readonly name = 'CorruptBatch';
}

// Where the fields of a batch are, in bytes.
const LENGTH = 8;
const LEADER_EPOCH = 12;
const MAGIC = 16;
const CRC = 17;
const ATTRIBUTES = 21;
const LAST_OFFSET_DELTA = 23;
const BASE_TIMESTAMP = 27;
const MAX_TIMESTAMP = 35;
const PRODUCER_ID = 43;
const RECORD_COUNT = 57;
const RECORDS = 61;
/** The length field counts what follows it. */
const BEFORE_LENGTH_COUNTS = 12;
/** So many bytes of a batch tell its size. */
export const SIZE_IS_IN = BEFORE_LENGTH_COUNTS;

const COMPRESSION = 0b111;
const LOG_APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;

const NOTHING = new Uint8Array(0);
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The whole batches in `bytes`; a part of a batch at the end is left out, as brokers cut answers anywhere. Checksums are
 * verified: a corrupt batch ends the run, and throws CorruptBatch where it is the first.
 */
export function splitBatches(bytes: Buffer): readonly RecordBatch[] {
  const batches: RecordBatch[] = [];
  let at = 0;
  while (at + RECORDS <= bytes.length) {
    const end = at + sizeOfBatch(bytes, at);
    if (end > bytes.length) break;
    const problem = problemOf(bytes, at, end);
    if (problem !== undefined) {
      if (at === 0) throw new CorruptBatch(problem);
      break;
    }
    batches.push(batchIn(bytes.subarray(at, end)));
    at = end;
  }
  return batches;
}

/** How many bytes the batch that begins there says it takes; of them the first SIZE_IS_IN must be there. */
export function sizeOfBatch(bytes: Buffer, at: number): number {
  return BEFORE_LENGTH_COUNTS + bytes.readInt32BE(at + LENGTH);
}

function problemOf(bytes: Buffer, at: number, end: number): string | undefined {
  const magic = bytes.readInt8(at + MAGIC);
  if (magic !== 2) return `a record batch has format ${magic}, expected 2`;
  if (end < at + RECORDS) return `a record batch has a length of ${end - at} bytes`;
  const expected = bytes.readUInt32BE(at + CRC);
  // Given a plain buffer, it would copy all of it first, which costs three times as much as the sum itself.
  const found = crc32c(Reader.from(bytes.subarray(at + ATTRIBUTES, end)).buffer);
  if (found === expected) return undefined;
  return `a record batch has checksum ${found.toString(16)}, expected ${expected.toString(16)}`;
}

function batchIn(bytes: Buffer): RecordBatch {
  const attributes = bytes.readInt16BE(ATTRIBUTES);
  const baseOffset = readLong(bytes, 0);
  const leaderEpoch = bytes.readInt32BE(LEADER_EPOCH);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(LAST_OFFSET_DELTA),
    leaderEpoch: leaderEpoch < 0 ? undefined : leaderEpoch,
    producerId: bytes.readBigInt64BE(PRODUCER_ID),
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    bytes,
  };
}

/** How many records the batch says that it holds. */
export function recordCount({ bytes }: RecordBatch): number {
  return Math.max(0, bytes.readInt32BE(RECORD_COUNT));
}

/** Whether the batch is the mark that ends a transaction by aborting it. */
export function isAbortMarker(batch: RecordBatch): boolean {
  if (!batch.control) return false;
  const mark = new BatchRecords(batch, 0).next();
  if (mark === undefined || mark.key.length < 4) return false;
  // The key is two shorts: a version, and the type, 0 for an abort.
  return mark.key[2] === 0 && mark.key[3] === 0;
}

function recordBytes(batch: Buffer): Buffer {
  const compression = batch.readInt16BE(ATTRIBUTES) & COMPRESSION;
  const bytes = batch.subarray(RECORDS);
  if (compression === 0) return bytes;
  try {
    return decompressed(compression, bytes);
  } catch (error) {
    throw new CorruptBatch(`a record batch can not be decompressed (${(error as Error).message})`, { cause: error });
  }
}

/** A signed 64-bit number that must be a safe integer. */
function readLong(bytes: Buffer, at: number): number {
  const value = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new CorruptBatch(`a record batch holds the number ${value}`);
  return value;
}

/** The records of a batch in order, each decoded when it is asked for. A key of null is answered as an empty one. */
export class BatchRecords {
  readonly #partition: number;
  readonly #baseOffset: number;
  readonly #bytes: Buffer;
  /** Its memory, and where it begins there: to ask a buffer for these costs a call. */
  readonly #memory: ArrayBufferLike;
  readonly #begin: number;
  /** The records' timestamps are those of the log, and all the same. */
  readonly #ofLog: boolean;
  readonly #timestamp: number;
  /** The last headers: names and values in turns. */
  readonly #texts: { readonly from: number; readonly length: number; readonly text: string }[] = [];
  #headersBefore = NO_HEADERS;
  /** How many there were; -1: another record's can't be made of them. */
  #countBefore = -1;
  #left: number;
  #at = 0;

  /** Throws CorruptBatch. */
  constructor(batch: RecordBatch, partition: number) {
    const { bytes } = batch;
    this.#partition = partition;
    this.#baseOffset = batch.baseOffset;
    this.#left = recordCount(batch);
    this.#bytes = this.#left === 0 ? bytes : recordBytes(bytes);
    this.#memory = this.#bytes.buffer;
    this.#begin = this.#bytes.byteOffset;
    this.#ofLog = (bytes.readInt16BE(ATTRIBUTES) & LOG_APPEND_TIME) !== 0;
    this.#timestamp = readLong(bytes, this.#ofLog ? MAX_TIMESTAMP : BASE_TIMESTAMP);
  }

  /** Undefined where there is none left. Throws CorruptBatch. */
  next(): LogRecord | undefined {
    if (this.#left === 0) return undefined;
    this.#left -= 1;
    return this.#record();
  }

  #record(): LogRecord {
    const length = this.#varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new CorruptBatch('a record ends behind its batch');
    this.#at++; // attributes, unused by Kafka
    const timestampDelta = this.#varint();
    const offset = this.#baseOffset + this.#varint();
    const key = this.#field() ?? NOTHING;
    const value = this.#field();
    const headers = this.#headers();
    if (this.#at > end) throw new CorruptBatch('a record is longer than it says');
    this.#at = end;
    const timestamp = this.#ofLog ? this.#timestamp : this.#timestamp + timestampDelta;
    return { partition: this.#partition, key, value, headers, timestamp, offset };
  }

  /**
   * Headers are mostly the same from record to record, or at least their names are. To compare bytes is much cheaper than to
   * make a text of them, and to copy an object than to make one field by field.
   */
  #headers(): Readonly<Record<string, string>> {
    const count = this.#varint();
    if (count <= 0) return NO_HEADERS;
    const headers: Record<string, string> = { ...this.#headersBefore };
    let sameNames = count === this.#countBefore;
    for (let i = 0; i < count; i++) {
      sameNames = this.#isAsBefore(2 * i) && sameNames;
      if (!this.#isAsBefore(2 * i + 1) && sameNames) headers[this.#textAt(2 * i)] = this.#textAt(2 * i + 1);
    }
    if (!sameNames) return this.#newHeaders(count);
    this.#headersBefore = headers;
    return headers;
  }

  /** Of the texts of `count` headers. */
  #newHeaders(count: number): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    for (let i = 0; i < count; i++) {
      const [name, value] = [this.#textAt(2 * i), this.#textAt(2 * i + 1)];
      // By plain assignment, one name would set the object's prototype.
      Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
    }
    // Of a name that is there twice only the last value counts.
    this.#countBefore = Object.keys(headers).length === count ? count : -1;
    this.#headersBefore = headers;
    return headers;
  }

  /** Reads on; answers whether the last headers had the same text at this place. */
  #isAsBefore(place: number): boolean {
    const length = Math.max(0, this.#varint());
    const from = this.#at;
    this.#at += length;
    const before = this.#texts[place];
    if (before !== undefined && before.length === length && this.#same(before.from, from, length)) return true;
    this.#texts[place] = { from, length, text: this.#decoded(from, this.#at) };
    return false;
  }

  #textAt(place: number): string {
    return this.#texts[place]!.text;
  }

  #decoded(from: number, to: number): string {
    const bytes = this.#bytes;
    let at = from;
    while (at < to && bytes[at]! < 0x80) at += 1;
    // What is ASCII alone is decoded in half the time.
    return bytes.toString(at === to ? 'latin1' : 'utf8', from, to);
  }

  #same(a: number, b: number, length: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    return true;
  }

  #field(): Uint8Array | null {
    const length = this.#varint();
    if (length < 0) return null;
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new CorruptBatch('a record ends behind its batch');
    return new Uint8Array(this.#memory, this.#begin + from, length);
  }

  /** A zigzag number of up to ten bytes; exact where it is a safe integer. */
  #varint(): number {
    const first = this.#byte();
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    const second = this.#byte();
    if (second < 0x80) {
      const value = (first & 0x7f) | (second << 7);
      return (value >>> 1) ^ -(value & 1);
    }
    return this.#longVarint((first & 0x7f) + (second & 0x7f) * 0x80);
  }

  #longVarint(begun: number): number {
    let value = begun;
    let scale = 0x4000;
    for (let i = 2; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
    throw new CorruptBatch('a number in a record has more than ten bytes');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new CorruptBatch('a record ends behind its batch');
    return byte;
  }
}

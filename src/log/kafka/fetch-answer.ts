/** The fetch request and its answer (version 17, which Kafka 3.9 and all of 4 speak), with the records left as bytes. */
import { type Connection, fetchV17, type Reader, type Writer } from '@platformatic/kafka';
import type { AnswerMemory } from './answer-memory.ts';
import type { AbortedTransaction } from './committed.ts';

const FETCH = 1;
const VERSION = 17;
const READ_COMMITTED = 1;
/** No fetch session: every request names all its partitions, every answer tells of all of them. */
const NO_SESSION = { id: 0, epoch: -1 };
/** Wait until there is anything at all. Bytes. */
const MIN_BYTES = 1;
/** What the protocol says instead of an epoch that isn't known. */
const NO_EPOCH = -1;
/** The tagged field of a partition's answer that tells a divergence. */
const DIVERGING_EPOCH = 0;

export interface FetchPlace {
  readonly partition: number;
  readonly offset: number;
  /** Who is asked, as is believed: a broker that leads by another epoch says so instead of answering. */
  readonly leaderEpoch: number;
  /** The epoch of the last batch before the offset: a leader whose history has another one there says so. Undefined: not known. */
  readonly fetchedEpoch: number | undefined;
  /** The partition's part of the answer is no larger. */
  readonly maxBytes: number;
}

export interface FetchRequest {
  readonly topicUuid: string;
  /** At most one for each partition; a broker fills its answer in this order. */
  readonly places: readonly FetchPlace[];
  /** How long the broker may wait for something to answer with. Milliseconds. */
  readonly waitMs: number;
  /** A single record batch may be larger where it is the first one of the answer. */
  readonly maxBytes: number;
}

/** The leader's history isn't the reader's: the largest epoch of it that isn't above the reader's, and where it ends. */
export interface Divergence {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

/** What the broker says about one partition. */
export interface PartitionAnswer {
  readonly partition: number;
  /** The protocol's error code; 0: none. */
  readonly code: number;
  readonly stableEndOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Undefined: the place that was asked for is the reader's own, as far as the leader can tell. */
  readonly divergence: Divergence | undefined;
  /** Record batches; the last one may be cut off. Lent: to be given back when nobody uses them any more. */
  readonly records: Buffer;
}

/** `connectedAt` is since when the broker is the same process, surely: by the milliseconds of performance.now. */
export interface FetchAnswer {
  readonly code: number;
  readonly connectedAt: number;
  readonly partitions: readonly PartitionAnswer[];
}

/** When each connection was first used here. */
const connected = new WeakMap<Connection, number>();

/** Sends the request. Rejects where the connection fails, and on no error code of the answer. */
export function fetchFrom(connection: Connection, request: FetchRequest, memory: AnswerMemory): Promise<FetchAnswer> {
  const connectedAt = connected.get(connection) ?? performance.now();
  connected.set(connection, connectedAt);
  const { promise, resolve, reject } = Promise.withResolvers<FetchAnswer>();
  connection.send(
    FETCH,
    VERSION,
    () => requestBytes(request),
    (_id, _key, _version, reader) => ({ ...parseAnswer(reader, memory), connectedAt }),
    true,
    true,
    (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer);
      else reject(error ?? new Error('the answer is empty'));
    },
  );
  return promise;
}

function requestBytes(request: FetchRequest): Writer {
  const partitions = request.places.map((place) => ({
    partition: place.partition,
    currentLeaderEpoch: place.leaderEpoch,
    fetchOffset: BigInt(place.offset),
    lastFetchedEpoch: place.fetchedEpoch ?? NO_EPOCH,
    partitionMaxBytes: place.maxBytes,
  }));
  const topics = [{ topicId: request.topicUuid, partitions }];
  const { id, epoch } = NO_SESSION;
  return fetchV17.createRequest(request.waitMs, MIN_BYTES, request.maxBytes, READ_COMMITTED, id, epoch, topics, [], '');
}

/** Reads on from behind the answer's header. */
export function parseAnswer(reader: Reader, memory: AnswerMemory): Omit<FetchAnswer, 'connectedAt'> {
  reader.readInt32(); // throttle time
  const code = reader.readInt16();
  reader.readInt32(); // session
  const topics = reader.readArray((topic) => {
    topic.readUUID();
    // Its tagged fields are read here.
    return topic.readArray((partition) => parsePartition(partition, memory), true, false);
  });
  return { code, partitions: topics.flat() };
}

function parsePartition(reader: Reader, memory: AnswerMemory): PartitionAnswer {
  const partition = reader.readInt32();
  const code = reader.readInt16();
  reader.readInt64(); // high watermark
  const stableEndOffset = Number(reader.readInt64());
  reader.readInt64(); // log start
  const aborted = reader.readArray((transaction) => ({
    producerId: transaction.readInt64(),
    firstOffset: Number(transaction.readInt64()),
  }));
  reader.readInt32(); // preferred read replica
  const records = readRecords(reader, memory);
  return { partition, code, stableEndOffset, aborted, records, divergence: readDivergence(reader) };
}

function readDivergence(reader: Reader): Divergence | undefined {
  let divergence: Divergence | undefined;
  for (let left = reader.readUnsignedVarInt(); left > 0; left--) {
    const tag = reader.readUnsignedVarInt();
    const size = reader.readUnsignedVarInt();
    const end = reader.position + size;
    if (tag === DIVERGING_EPOCH) {
      divergence = { leaderEpoch: reader.readInt32(), endOffset: Number(reader.readInt64()) };
    }
    reader.skip(end - reader.position);
  }
  return divergence;
}

/** The library's own way makes a new piece of memory for them, or keeps what the socket has read. */
function readRecords(reader: Reader, memory: AnswerMemory): Buffer {
  const length = Math.max(0, reader.readUnsignedVarInt() - 1);
  const records = memory.lend(length);
  let end = 0;
  for (const part of reader.buffer.subarray(reader.position, reader.position + length).buffers) {
    end += part.copy(records, end);
  }
  reader.skip(length);
  return records;
}

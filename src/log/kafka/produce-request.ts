/**
 * The Produce request, sent with record batches that are encoded already. The library's own producer numbers its batches
 * anew after a failure, which loses or repeats records whose outcome wasn't known; here a batch keeps its numbers. From
 * version 13 on (Kafka 4.1) a request names the topic by its id, so a batch never lands in a topic made anew.
 */
import { type Connection, type Reader, Writer } from '@platformatic/kafka';

const PRODUCE = 0;
/** The first version that names topics by id, and the newest one before it that this file writes. */
export const VERSION_WITH_TOPIC_ID = 13;
const VERSION_WITH_TOPIC_NAME = 11;

const ACKS_ALL = -1;

/** What of a topic a request is for. */
export interface ProduceTarget {
  readonly name: string;
  readonly uuid: string;
}

export interface EncodedBatch {
  readonly partition: number;
  readonly encoded: Buffer;
}

/** What the broker said about one partition's batch. */
export interface ProduceAnswer {
  readonly partition: number;
  /** The protocol's error code; 0: it is durable. */
  readonly code: number;
  /** The first record's offset; -1 where the broker didn't get so far as to give it one. */
  readonly baseOffset: number;
  /** The time that the broker gave the records, in milliseconds since the epoch; -1: they kept their own. */
  readonly logAppendTime: number;
  /** What the broker says beside the code; may be empty. */
  readonly message: string;
}

/** Does a request of the newest version this broker takes name the topic by id? */
export function namesTopicById(newestVersion: number): boolean {
  return newestVersion >= VERSION_WITH_TOPIC_ID;
}

/** Sends the batches, at most one of each partition. Rejects only where no answer came: then any of them may have landed, or may yet. */
export async function produce(
  connection: Connection,
  byId: boolean,
  target: ProduceTarget,
  batches: readonly EncodedBatch[],
  timeoutMs: number,
): Promise<readonly ProduceAnswer[]> {
  const version = byId ? VERSION_WITH_TOPIC_ID : VERSION_WITH_TOPIC_NAME;
  return await new Promise((resolve, reject) => {
    connection.send<readonly ProduceAnswer[]>(
      PRODUCE,
      version,
      () => requestOf(byId, target, batches, timeoutMs),
      (_correlationId, _apiKey, _apiVersion, reader) => answersIn(reader, byId),
      true,
      true,
      (error, answers) =>
        error === null && answers !== undefined ? resolve(answers) : reject(error ?? new Error('no answer')),
    );
  });
}

function requestOf(byId: boolean, target: ProduceTarget, batches: readonly EncodedBatch[], timeoutMs: number): Writer {
  return Writer.create()
    .appendString(null)
    .appendInt16(ACKS_ALL)
    .appendInt32(timeoutMs)
    .appendArray([target], (topic, { name, uuid }) => {
      if (byId) topic.appendUUID(uuid);
      else topic.appendString(name);
      topic.appendArray([...batches], (each, { partition, encoded }) => {
        each
          .appendInt32(partition)
          .appendUnsignedVarInt(encoded.length + 1)
          .append(encoded);
      });
    })
    .appendTaggedFields();
}

function answersIn(reader: Reader, byId: boolean): readonly ProduceAnswer[] {
  const topics = reader.readArray((topic) => {
    if (byId) topic.readUUID();
    else topic.readString();
    return topic.readArray((each) => answerIn(each));
  });
  return topics.flat();
}

function answerIn(reader: Reader): ProduceAnswer {
  const partition = reader.readInt32();
  const code = reader.readInt16();
  const baseOffset = Number(reader.readInt64());
  const logAppendTime = Number(reader.readInt64());
  reader.readInt64();
  const recordErrors = reader.readArray((each) => {
    each.readInt32();
    return each.readNullableString() ?? '';
  });
  const message = [reader.readNullableString() ?? '', ...recordErrors].filter((line) => line !== '');
  return { partition, code, baseOffset, logAppendTime, message: [...new Set(message)].join('; ') };
}

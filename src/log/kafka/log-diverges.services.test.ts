/** A broker's log that loses its end and grows again: it is noticed, and nobody reads on as if nothing had happened. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import type { KafkaVersion } from '../../../test/services/order.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { appended, copyOf, record } from '../log-under-test.conformance.ts';
import { type Batch, hasDiverged, type Log, LogDiverged, type ReadFrom } from '../log.ts';
import { tailOf } from '../tail.ts';
import { brokerFolder, copyOfFolder, cutBatches } from './broker-files.conformance.ts';
import { openKafkaLog } from './kafka-log.ts';
import { createTopic, logOptions, randomTopic } from './topic-under-test.conformance.ts';

const BEFORE = 5;
const LOST = 3;
/** More than was lost: by its length, the log has only grown. */
const AGAIN = 5;

/** A killed broker comes back when its former session is over. */
const QUICK = { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '200' };

interface Story {
  readonly version: KafkaVersion;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** What happens to the files: the last batches cut off, the partition's folder put back, or all of the broker's. */
  readonly files: 'cut' | 'partition' | 'all';
  /** How often the broker is stopped and started before the records that are lost. */
  readonly restarts?: number;
  /** Whether the log goes on in an epoch that it had before: then only its records tell. */
  readonly sameEpoch: boolean;
}

const STORIES: readonly Story[] = [
  { version: '4.1', signal: 'SIGTERM', files: 'cut', sameEpoch: false },
  { version: '4.1', signal: 'SIGTERM', files: 'all', sameEpoch: true },
  // What was lost was of a higher epoch than the log has now: no broker knows it.
  { version: '4.1', signal: 'SIGTERM', files: 'all', restarts: 1, sameEpoch: false },
  { version: '3.9', signal: 'SIGTERM', files: 'partition', sameEpoch: false },
  // This version elects nobody anew where its only broker is back before its session is over.
  { version: '3.9', signal: 'SIGKILL', files: 'cut', sameEpoch: true },
];

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface World {
  readonly kafka: KafkaServer;
  readonly topic: string;
  /** Stops the broker, sets its files back, starts it, and appends. */
  readonly setBack: () => Promise<void>;
}

/** A broker with BEFORE and LOST records in one partition; undefined where its files aren't on this machine's disk. */
async function worldOf({ version, signal, files, restarts = 0 }: Story): Promise<World | undefined> {
  const kafka = await startKafka({ version, settings: QUICK });
  ends.push(() => kafka.remove());
  const topic = randomTopic();
  await createTopic(kafka.address, topic, 1, { 'cleanup.policy': 'compact' });
  const folder = await brokerFolder(kafka.address);
  if (folder === undefined) return undefined;
  const ofPartition = join(folder, `${topic}-0`);
  await appendAll(kafka, topic, 'kept', BEFORE);
  let copy: ReturnType<typeof copyOfFolder> | undefined;
  if (files !== 'cut') {
    await kafka.stop(signal);
    copy = copyOfFolder(files === 'all' ? folder : ofPartition);
    await kafka.start();
  }
  for (let restart = 0; restart < restarts; restart++) {
    await kafka.stop(signal);
    await kafka.start();
  }
  await appendAll(kafka, topic, 'lost', LOST);
  return {
    kafka,
    topic,
    async setBack() {
      await kafka.stop(signal);
      if (copy === undefined) cutBatches(ofPartition, LOST);
      else copy.putBack();
      await kafka.start();
      await appendAll(kafka, topic, 'again', AGAIN);
    },
  };
}

async function open({ kafka, topic }: Pick<World, 'kafka' | 'topic'>): Promise<Log> {
  const log = await openKafkaLog(logOptions(kafka.address, topic, { partitions: 1, deliveryTimeoutMs: 60_000 }));
  ends.push(() => log.close());
  return log;
}

/** One request each, and so one record batch each. */
async function appendAll(kafka: KafkaServer, topic: string, name: string, count: number): Promise<void> {
  const log = await openKafkaLog(logOptions(kafka.address, topic, { partitions: 1, deliveryTimeoutMs: 60_000 }));
  for (let n = 0; n < count; n++) appended(await log.append([record(0, `${name}-${n}`, 'v')]));
  await log.close();
}

/** Reads up to the offset, with the batches' own bytes. */
async function readTo(batches: AsyncIterator<Batch>, nextOffset: number): Promise<Batch> {
  let last: Batch | undefined;
  while ((last?.nextOffset ?? 0) < nextOffset) last = copyOf(((await batches.next()) as { value: Batch }).value);
  return last!;
}

async function failureOf(reading: Promise<unknown>): Promise<unknown> {
  return await reading.then(
    () => 'it went on',
    (error: unknown) => error,
  );
}

describe.each(STORIES.filter(({ version }) => ownKafka().includes(version)))(
  'a log that loses its end and grows again: Kafka $version, $signal, files: $files, in the same epoch: $sameEpoch',
  (story) => {
    test('is told apart by a reader that comes back, and by one that was there', { timeout: 120_000 }, async (at) => {
      const world = await worldOf(story);
      if (world === undefined) return at.skip("the broker's files are not on this disk");
      const log = await open(world);
      const { id: logId } = await log.describe();
      const { signal } = new AbortController();
      const before = log.read(0, { offset: 0 }, signal)[Symbol.asyncIterator]();
      const last = await readTo(before, BEFORE + LOST);
      const from: ReadFrom = { offset: last.nextOffset, leaderEpoch: last.leaderEpoch, tail: last.tail, logId };
      expect(last.tail).toBe(tailOf(last.records.at(-1)!));
      expect(await log.recordAt(0, from.offset - 1)).toMatchObject({ offset: from.offset - 1 });

      await world.setBack();

      // It stands where the log's new end is not yet: by length alone all is well.
      const again = await open(world);
      expect(await again.endOf(0)).toMatchObject({ logId, endOffset: BEFORE + AGAIN });
      const read = async (more: ReadFrom): Promise<unknown> =>
        await failureOf(again.read(0, more, signal)[Symbol.asyncIterator]().next());
      expect(await read({ offset: from.offset, logId })).toBe('it went on');
      const found = await read(from);
      expect(found).toBeInstanceOf(LogDiverged);
      expect((found as LogDiverged).offset).toBeLessThan(from.offset);
      // The reader that was there had asked ahead: what it gets next is from after the accident.
      expect(await failureOf(readTo(before, BEFORE + AGAIN))).toBeInstanceOf(LogDiverged);

      const end = (await again.epochEnd(0, from.leaderEpoch!))!;
      expect(hasDiverged(end, { offset: from.offset, leaderEpoch: from.leaderEpoch! })).toBe(!story.sameEpoch);
      expect(await read({ ...from, tail: undefined })).toEqual(
        story.sameEpoch ? 'it went on' : expect.any(LogDiverged),
      );
      const record = await again.recordAt(0, from.offset - 1);
      expect(tailOf(record!)).not.toBe(from.tail);
    });
  },
);

/**
 * The topic's records as Kafka's own console consumer prints them: code that shares nothing with kmodel, and not even its
 * Kafka client. It needs Java or Docker, as every story does that starts servers of its own.
 */
import { spawn } from 'node:child_process';
import { lookAround } from '../../services/machine.ts';
import { kafkaJars } from '../../services/maven.ts';
import { KAFKA_RELEASES, type KafkaVersion } from '../../services/order.ts';
import { ownKafka } from '../../services/shared.ts';
import { drop, keep } from '../../services/keeper.ts';
import type { StoryTopic, TopicEnd } from './topic.ts';

/** A committed record. Key, value and headers as text: bytes that are no UTF-8 show as U+FFFD. */
export interface RawRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string | null;
  readonly value: string | null;
}

const CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const NULL = '\u0001';
const LINE_END = '\u0002\n';
/** A partition can end in a transaction's marker or in a gap of compaction, which no consumer is told of. */
const QUIET_MS = 3_000;
const WITHIN_MS = 60_000;

/** All committed records up to the stable ends of now, in the order of each partition. */
export async function readTopic(brokers: string, topic: StoryTopic): Promise<RawRecord[]> {
  const ends = await topic.ends();
  if ([...ends.values()].every(({ stable }) => stable === 0)) return [];
  const found = await consume(brokers, topic.name, ends);
  return found.filter(({ partition, offset }) => offset < ends.get(partition)!.stable);
}

async function consume(brokers: string, topic: string, ends: ReadonlyMap<number, TopicEnd>): Promise<RawRecord[]> {
  const version: KafkaVersion = ownKafka().includes('4.1') ? '4.1' : '3.9';
  if (ownKafka().length === 0)
    throw new Error("the stories read the topic by Kafka's own tool: install Java 17 or newer and Maven, or Docker");
  const [command, ...args] = await consoleConsumer(brokers, topic, version);
  const child = spawn(command!, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kept = { kind: 'process', pid: child.pid! } as const;
  keep(kept);
  const missing = new Map(
    [...ends].filter(([, { stable }]) => stable > 0).map(([partition, { stable }]) => [partition, stable]),
  );
  const records: RawRecord[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the console consumer ${why}: ${errors.slice(-3000)}`));
      const limit = setTimeout(() => fail('takes too long'), WITHIN_MS);
      let quiet: NodeJS.Timeout | undefined;
      const done = (): void => {
        clearTimeout(limit);
        clearTimeout(quiet);
        resolve();
      };
      let rest: Buffer = Buffer.alloc(0);
      child.stdout.on('data', (chunk: Buffer) => {
        clearTimeout(quiet);
        rest = eachLine(Buffer.concat([rest, chunk]), (line) => {
          const record = parseLine(line);
          records.push(record);
          if (record.offset >= (missing.get(record.partition) ?? 0) - 1) missing.delete(record.partition);
        });
        if (missing.size === 0) done();
        else quiet = setTimeout(done, QUIET_MS);
      });
      child.once('error', reject);
      child.once('exit', (code) => {
        clearTimeout(limit);
        fail(`ended with ${code}`);
      });
    });
  } finally {
    child.removeAllListeners('exit');
    child.once('exit', () => drop(kept));
    // Its work is done; what it would do on a good end is to tell its group.
    child.kill('SIGKILL');
  }
  return records;
}

/** The command of a console consumer that prints lines as `eachLine` and `parseLine` read them. */
export async function consoleConsumer(brokers: string, topic: string, version: KafkaVersion): Promise<string[]> {
  const properties = {
    'print.timestamp': 'true',
    'print.partition': 'true',
    'print.offset': 'true',
    'print.headers': 'true',
    'print.key': 'true',
    'null.literal': NULL,
    'line.separator': LINE_END,
  };
  const from = ['--bootstrap-server', brokers, '--topic', topic, '--from-beginning'];
  const how = ['--isolation-level', 'read_committed', '--consumer-property', 'fetch.max.wait.ms=100'];
  const printed = Object.entries(properties).flatMap(([name, text]) => ['--property', `${name}=${text}`]);
  const options = [...from, ...how, ...printed];
  const { java } = await lookAround(undefined);
  if (java === undefined) {
    const image = `apache/kafka:${KAFKA_RELEASES[version]}`;
    return [
      'docker',
      'run',
      '--rm',
      '--network',
      'host',
      image,
      '/opt/kafka/bin/kafka-run-class.sh',
      CONSUMER,
      ...options,
    ];
  }
  const jars = `${await kafkaJars(version)}/*`;
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
  return [java.path, ...flags, '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', jars, CONSUMER, ...options];
}

/** Hands on each whole line; answers what is left. */
export function eachLine(bytes: Buffer, take: (line: string) => void): Buffer {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_END, from);
    if (end < 0) return bytes.subarray(from);
    take(bytes.toString('utf8', from, end));
    from = end + LINE_END.length;
  }
}

/** `CreateTime:1␉Partition:0␉Offset:5␉name:text,name:text␉key␉value`. */
export function parseLine(line: string): RawRecord {
  const [time, partition, offset, headers, key, ...value] = line.split('\t');
  const match = /^(?:CreateTime|LogAppendTime):(-?\d+) Partition:(\d+) Offset:(\d+)$/.exec(
    `${time} ${partition} ${offset}`,
  );
  if (match === null || headers === undefined || key === undefined || value.length === 0) {
    throw new Error(`a line of the console consumer: ${JSON.stringify(line)}`);
  }
  return {
    timestamp: Number(match[1]),
    partition: Number(match[2]),
    offset: Number(match[3]),
    headers: headers === 'NO_HEADERS' ? {} : Object.fromEntries(headers.split(',').map(parseHeader)),
    key: key === NULL ? null : key,
    value: value.join('\t') === NULL ? null : value.join('\t'),
  };
}

function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** A topic followed for as long as one likes, by Kafka's own console consumer. */
import { spawn } from 'node:child_process';
import { consoleConsumer, eachLine, parseLine, type RawRecord } from '../system/distributed/raw-records.ts';
import { storyTopic } from '../system/distributed/topic.ts';
import type { At } from './history.ts';

export interface Following {
  /** The topic's ends now; undefined where no broker answers. */
  ends(): Promise<At | undefined>;
  stop(): void;
}

const PARTITIONS = Number(process.env['ORACLE_PARTITIONS'] ?? '10');

/** Reads from the start on; a consumer that ends by itself is started again, and brings everything again. */
export function followTopic(brokers: string, name: string, take: (record: RawRecord) => void): Following {
  const topic = storyTopic(brokers, name, PARTITIONS);
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) await consumed(brokers, name, take, stopping.signal);
  };
  run().catch((error: unknown) => process.stderr.write(`the oracle's consumer: ${String(error)}\n`));
  return {
    async ends() {
      try {
        return new Map([...(await topic.ends())].map(([partition, { stable }]) => [partition, stable]));
      } catch {
        return undefined;
      }
    },
    stop() {
      stopping.abort();
      void topic.close().catch(() => undefined);
    },
  };
}

async function consumed(
  brokers: string,
  topic: string,
  take: (record: RawRecord) => void,
  signal: AbortSignal,
): Promise<void> {
  const [command, ...args] = await consoleConsumer(brokers, topic, '4.1');
  if (signal.aborted) return;
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  process.once('exit', kill);
  let rest: Buffer = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    rest = eachLine(Buffer.concat([rest, chunk]), (line) => {
      if (!signal.aborted) take(parseLine(line));
    });
  });
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  process.removeListener('exit', kill);
}

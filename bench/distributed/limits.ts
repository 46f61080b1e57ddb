/** What the parts alone can do on this machine, with the same records, so that the other figures can be seen as shares of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { answeredBounds, type Log } from '../../src/log/log.ts';
import { fieldsOf, idOf, PARTITIONS } from '../jobs.ts';
import type { Filled } from './fill.ts';
import type { DistributedRun } from './measured.ts';
import { fetchThrough, replayAsPrototype } from './prototype.ts';

/** Fields that one HSET sets, and how many such commands are on their way at once. */
const FIELDS = 500;
const COMMANDS = 10;
/** What redis-benchmark has on its way: connections, and commands of each. */
const CLIENTS = 10;
const PIPELINE = 64;
/** So many different values are set in turn. */
const VALUES = 2000;

/** Measures the limits of a replay of the topic. */
export async function benchLimits(run: DistributedRun, { topic, records }: Filled): Promise<void> {
  const log = await run.stage.openLog(topic);
  try {
    const report = async (bench: string, read: () => Promise<number>): Promise<void> => {
      run.say(`${bench}: ${records} records`);
      const before = process.cpuUsage();
      const began = performance.now();
      const count = await read();
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(before);
      const figures = { recordsPerSecond: count / seconds, cpuUsPerRecord: (user + system) / count, records: count };
      run.report({ bench, figures });
    };
    const ends = new Map(
      [...answeredBounds(await log.bounds())].map(([partition, { endOffset }]) => [partition, endOffset]),
    );
    await report('limits/log-read', () => readThrough(log, ends));
    await report('limits/raw-fetch', () => fetchThrough(run.stage.brokers, topic, ends, async () => undefined));
    const prefix = run.stage.newName();
    await report('limits/prototype', () => replayAsPrototype(run, topic, ends, prefix));
    await run.stage.dropKeys(prefix);
    const rate = await pipelined(run, records);
    if (rate === undefined) await report('limits/redis-pipelined-hset', () => settingFields(run, records, 1));
    else run.report({ bench: 'limits/redis-pipelined-hset', figures: { recordsPerSecond: rate, records } });
    await report('limits/redis-variadic-hset', () => settingFields(run, records, FIELDS));
  } finally {
    await log.close();
  }
}

/** The reader of our own adapter, all partitions at once; nothing is done with what it reads. */
async function readThrough(log: Log, ends: ReadonlyMap<number, number>): Promise<number> {
  const counts = [...ends].map(async ([partition, end]) => {
    const done = new AbortController();
    let count = 0;
    if (end === 0) return 0;
    for await (const { records, nextOffset } of log.read(partition, { offset: 0 }, done.signal)) {
      count += records.length;
      if (nextOffset >= end) done.abort();
    }
    return count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** One HSET for each record, many on their way at once, by redis-benchmark; undefined where there is none. */
async function pipelined({ stage, say }: DistributedRun, records: number): Promise<number | undefined> {
  const { hostname, port, password, pathname } = new URL(stage.redisUri);
  const key = stage.newName();
  const value = JSON.stringify(fieldsOf(1, 'short'));
  // Twelve random digits and the rest of an id: as long as our ids are, and nearly each a field of its own.
  const command = ['hset', key, `__rand_int__${idOf(1).slice(12)}`, value];
  const server = [
    '-h',
    hostname,
    '-p',
    port || '6379',
    ...(password === '' ? [] : ['-a', decodeURIComponent(password)]),
  ];
  const load = ['-c', CLIENTS, '-P', PIPELINE, '-n', records, '-r', records * 100, '--dbnum', pathname.slice(1) || 0];
  const child = spawn('redis-benchmark', [...server, ...load.map(String), '--csv', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  say(`limits/redis-pipelined-hset: ${records} records`);
  try {
    await once(child, 'close');
  } catch {
    return undefined;
  }
  await stage.dropKeys(key);
  // The last line names the command, which may hold anything, then the rate and maybe latencies.
  const rate = Number(/(?:,"[0-9.]+")+$/.exec(printed.trimEnd())?.[0].split('"')[1]);
  return rate > 0 ? rate : undefined;
}

/** HSET with so many fields at once, by our client, spread over as many hashes as there are partitions. */
async function settingFields({ stage }: DistributedRun, records: number, fields: number): Promise<number> {
  const name = stage.newName();
  const values = Array.from({ length: VALUES }, (_, number) => JSON.stringify(fieldsOf(number, 'short')));
  const tail = idOf(1).slice(12);
  let set = 0;
  const setNext = async (): Promise<void> => {
    while (set < records) {
      const command = ['HSET', `${name}:${Math.floor(set / fields) % PARTITIONS}`];
      const until = Math.min(set + fields, records);
      for (; set < until; set += 1) command.push(String(set).padStart(12, '0') + tail, values[set % VALUES]!);
      await stage.redis(command);
    }
  };
  const atOnce = fields === 1 ? CLIENTS * PIPELINE : COMMANDS;
  await Promise.all(Array.from({ length: atOnce }, setNext));
  await stage.dropKeys(name);
  return set;
}

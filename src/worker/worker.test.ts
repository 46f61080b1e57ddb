/** The worker on the real embedded adapters, with a clock that only the stories move. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openEmbeddedLog, type EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { answeredBounds, type Log } from '../log/log.ts';
import { partitionOf } from '../log/partitioner.ts';
import { defineModel } from '../model/define.ts';
import { utf8 } from '../model/record.ts';
import { openEmbeddedView } from '../view/embedded/embedded-view.ts';
import type { View, ViewDescription } from '../view/view.ts';
import { startWorker, type Worker } from './worker.ts';

const PARTITIONS = 10;
const RETENTION_MS = 1_000_000;
const first = (): number => 0;
const model = defineModel({ name: 'note', partitions: PARTITIONS, schema: z.strictObject({ n: z.number() }) });

let folder = '';
let log: EmbeddedLog;
let view: View;
let now = 0;
let worker: Worker | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmodel-worker-'));
  await mkdir(join(folder, 'view'));
  log = await openEmbeddedLog({
    directory: join(folder, 'log'),
    partitions: PARTITIONS,
    deleteRetentionMs: RETENTION_MS,
    compactionIntervalMs: 0,
  });
  view = await openEmbeddedView({ directory: join(folder, 'view'), filters: [], sorts: [], partitionOf: first });
  now = 1_700_000_000_000;
});

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await Promise.all([view.close(), log.close()]);
  await rm(folder, { recursive: true });
});

function start(ports: { log?: Log; view?: View } = {}): Worker {
  const logger = pino({ level: 'silent' });
  worker = startWorker({ model, log, view, group: 'g', logger, now: () => now, ...ports });
  return worker;
}

async function stop(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

async function append(...keys: readonly string[]): Promise<void> {
  const records = keys.map((text) => {
    const key = utf8(text);
    const partition = partitionOf(key, PARTITIONS, 'murmur2');
    return { partition, key, value: utf8('{"n":1}'), headers: {}, timestamp: now };
  });
  expect((await log.append(records)).kind).toBe('appended');
}

/** Waits until the view is as `holds` says; answers it. */
async function until(
  holds: (found: ViewDescription) => boolean | Promise<boolean>,
  withinMs: number,
): Promise<ViewDescription> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await view.describe();
    if (await holds(found)) return found;
    if (performance.now() > deadline) throw new Error(`not in time: ${JSON.stringify([...found.partitions])}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function allLive({ generation, partitions }: ViewDescription): boolean {
  return generation !== undefined && [...partitions.values()].every(({ live }) => live);
}

async function atTheEnd(found: ViewDescription): Promise<boolean> {
  const bounds = await log.bounds();
  return (
    allLive(found) &&
    [...answeredBounds(bounds)].every(
      ([partition, { endOffset }]) => found.partitions.get(partition)?.checkpoint === endOffset,
    )
  );
}

/** The port with some of its methods replaced. */
function withMethods<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const own = Reflect.get(methods, name) as unknown;
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('a claim that is gone is noticed, idle or not', () => {
  test('a generation replaced under running loops is complete again within seconds', async () => {
    await append('a', 'b', 'c');
    start();
    const { generation } = await until(atTheEnd, 60_000);
    const begun = await view.begin(generation!, generation!.id);
    const again = await until(atTheEnd, 60_000);
    expect(again.generation?.id).toBe(begun);
  });

  test('a partition that somebody else has claimed is claimed again', async () => {
    start();
    await until(atTheEnd, 60_000);
    const other = await view.claim(3);
    const epoch = other.kind === 'claimed' ? other.epoch : 0;
    await until(({ partitions }) => partitions.get(3)!.epoch > epoch, 60_000);
  });
});

test('a batch with more index entries than the view takes at once is applied in pieces, in order', async () => {
  const tagged = defineModel({
    name: 'tagged',
    partitions: 1,
    schema: z.strictObject({ tags: z.array(z.string()) }),
    indexes: { tag: { filter: 'tags' } },
  });
  const own = await openEmbeddedLog({ directory: join(folder, 'tagged'), partitions: 1 });
  const kept = await openEmbeddedView({
    directory: join(folder, 'tagged'),
    filters: ['tag'],
    sorts: [],
    partitionOf: first,
  });
  const value = utf8('{"tags":["a","b","c"]}');
  const records = Array.from({ length: 200 }, (_, n) => ({
    partition: 0,
    key: utf8(`id-${n % 150}`),
    value,
    headers: {},
    timestamp: now,
  }));
  await own.append(records);
  const pieces: (readonly [from: number, next: number])[] = [];
  const apply: View['apply'] = (update) => {
    if (update.operations.length > 0) pieces.push([update.fromOffset, update.nextOffset]);
    return kept.apply(update);
  };
  const logger = pino({ level: 'silent' });
  const limited = withMethods<View>(kept, { apply, entriesPerUpdate: 100 });
  const piecemeal = startWorker({ model: tagged, log: own, view: limited, group: 'g', logger, now: () => now });
  try {
    const deadline = performance.now() + 60_000;
    while (pieces.at(-1)?.[1] !== 200 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(pieces).toEqual([
      [0, 64],
      [64, 128],
      // A small rest goes along.
      [128, 200],
    ]);
  } finally {
    await piecemeal.stop();
    await Promise.all([own.close(), kept.close()]);
  }
});

describe('deletes can not be missed by a view that was at the end of the log', () => {
  test('nor is a view ahead of the log because another worker goes on while this one looks', async () => {
    start();
    const { generation } = await until(atTheEnd, 60_000);
    const first = worker;
    const bounds: Log['bounds'] = async () => {
      const seen = await log.bounds();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return seen;
    };
    const describeLate: View['describe'] = async () => {
      await append('a', 'b', 'c');
      await until(atTheEnd, 60_000);
      return view.describe();
    };
    const other = start({
      log: withMethods<Log>(log, { bounds }),
      view: withMethods(view, { describe: describeLate }),
    });
    await until(({ partitions }) => [...partitions.values()].every(({ epoch }) => epoch > 1), 60_000);
    await Promise.all([first?.stop(), other.stop()]);
    expect((await view.describe()).generation?.id).toBe(generation?.id);
  });

  test('however long the worker was away: the first write after that keeps the view', async () => {
    await append('a');
    start();
    const { generation } = await until(atTheEnd, 60_000);
    await stop();
    now += 2 * RETENTION_MS;
    start();
    await until(({ partitions }) => [...partitions.values()].every(({ epoch }) => epoch === 2), 60_000);
    await append('a', 'b');
    expect((await until(atTheEnd, 60_000)).generation?.id).toBe(generation?.id);
  });

  test('records from after that long a time are another matter: the view is built anew', async () => {
    await append('a');
    start();
    const { generation } = await until(atTheEnd, 60_000);
    await stop();
    await append('a');
    now += RETENTION_MS;
    start();
    const found = await until(async (one) => one.generation?.id !== generation?.id && (await atTheEnd(one)), 60_000);
    expect(found.generation).toBeDefined();
  });

  test('while idle the moment is noted', async () => {
    start();
    await until(atTheEnd, 60_000);
    now += 31_000;
    await until(({ partitions }) => [...partitions.values()].every(({ caughtUpAt }) => caughtUpAt === now), 60_000);
  });

  test('under a load that never lets the worker reach the end, the moment moves on all the same', async () => {
    const keys = Array.from({ length: 200 }, (_, n) => `id-${n}`);
    const bounds: Log['bounds'] = async () => {
      // Whenever the worker looks at the log's end, that end has just moved away from it.
      await append(...keys);
      return log.bounds();
    };
    const apply: View['apply'] = async (update) => {
      // Longer than from one look to the next.
      if (update.operations.length > 0) await new Promise((resolve) => setTimeout(resolve, 1_500));
      return view.apply(update);
    };
    const begun = now;
    start({ log: withMethods<Log>(log, { bounds }), view: withMethods(view, { apply }) });
    await until(({ generation }) => generation !== undefined, 60_000);
    const ticking = setInterval(() => {
      now += 31_000;
    }, 1_000);
    try {
      await until(
        ({ partitions }) => [...partitions.values()].every(({ caughtUpAt }) => (caughtUpAt ?? 0) > begun + 31_000),
        150_000,
      );
    } finally {
      clearInterval(ticking);
    }
  });

  test('a clock that is set back a little throws no view away', async () => {
    await append('a');
    start();
    const { generation } = await until(atTheEnd, 60_000);
    now -= 500;
    await append('a', 'b');
    expect((await until(atTheEnd, 60_000)).generation?.id).toBe(generation?.id);
  });
});

describe('what fails is tried again after a pause, and shown', () => {
  test('a membership that fails', async () => {
    let failures = 0;
    const membership: Log['membership'] = (group, signal) => {
      failures += 1;
      if (failures <= 2) throw new Error('no coordinator');
      return log.membership(group, signal);
    };
    const started = start({ log: withMethods<Log>(log, { membership }) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(started.problem()).toBe('no coordinator');
    await until(atTheEnd, 60_000);
    expect(started.problem()).toBeUndefined();
    expect(failures).toBe(3);
  });

  test('a membership that fails for good does not keep the worker from stopping', async () => {
    const membership: Log['membership'] = () => {
      throw new Error('no coordinator');
    };
    start({ log: withMethods<Log>(log, { membership }) });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await stop();
  });

  test('a read that the log ends by itself', async () => {
    let reads = 0;
    // oxlint-disable-next-line require-yield -- it ends before it has anything to give
    const read: Log['read'] = async function* ended() {
      await new Promise((resolve) => setImmediate(resolve));
      reads += 1;
    };
    const started = start({ log: withMethods<Log>(log, { read }) });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(started.statuses().map(({ phase }) => phase)).toContain('failing');
    expect(reads).toBeLessThanOrEqual(4 * PARTITIONS);
  });

  test('a claim that is gone, or lost at once, again and again', async () => {
    start();
    await until(atTheEnd, 60_000);
    await stop();
    let claims = 0;
    let answer: 'gone' | 'lost' = 'gone';
    const counted: View['claim'] = async (partition, owner) => {
      claims += 1;
      const claim = await view.claim(partition, owner);
      return answer === 'gone' ? { kind: 'gone' } : claim;
    };
    const apply: View['apply'] = async () => ({ kind: 'gone' });
    start({ view: withMethods<View>(view, { claim: counted, apply }) });
    for (const next of ['gone', 'lost'] as const) {
      answer = next;
      claims = 0;
      const began = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      // Each loop pauses 0.1 s at least; and it does go on.
      const most = PARTITIONS * ((performance.now() - began) / 100 + 2);
      expect(claims, next).toBeGreaterThan(0);
      expect(claims, next).toBeLessThanOrEqual(most);
    }
  });
});

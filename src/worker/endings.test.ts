/** A step that never ends holds up neither what is newly assigned, nor the worker's own end. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openEmbeddedLog } from '../log/embedded/embedded-log.ts';
import type { Log } from '../log/log.ts';
import { defineModel } from '../model/define.ts';
import { openEmbeddedView } from '../view/embedded/embedded-view.ts';
import type { View } from '../view/view.ts';
import { startWorker } from './worker.ts';

const WAIT = { timeout: 60_000 };
const model = defineModel({ name: 'note', partitions: 3, schema: z.strictObject({ n: z.number() }) });

test('with an update under way that never ends, partitions assigned later are kept, and the worker stops', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kmodel-worker-'));
  await mkdir(join(directory, 'view'));
  const log = await openEmbeddedLog({ directory: join(directory, 'log'), partitions: 3, compactionIntervalMs: 0 });
  const view = await openEmbeddedView({
    directory: join(directory, 'view'),
    filters: [],
    sorts: [],
    partitionOf: () => 0,
  });
  const stuck = Promise.withResolvers<never>();
  let isStuck = false;
  const shares = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  async function* membership(_: string, signal: AbortSignal): AsyncGenerator<ReadonlySet<number>> {
    yield new Set([0]);
    await shares[0].promise;
    yield new Set([1]);
    await shares[1].promise;
    yield new Set([1, 2]);
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  }
  const apply: View['apply'] = (update) => {
    if (update.partition !== 0) return view.apply(update);
    isStuck = true;
    return stuck.promise;
  };
  const worker = startWorker({
    model,
    log: withMethod<Log>(log, 'membership', membership),
    view: withMethod<View>(view, 'apply', apply),
    group: 'g',
    logger: pino({ level: 'silent' }),
  });
  const live = (): number[] =>
    worker.statuses().flatMap(({ partition, phase }) => (phase === 'live' ? [partition] : []));
  try {
    await expect.poll(() => isStuck, WAIT).toBe(true);
    shares[0].resolve();
    await expect.poll(live, WAIT).toEqual([1]);
    shares[1].resolve();
    await expect.poll(live, WAIT).toEqual([1, 2]);
  } finally {
    await worker.stop();
    stuck.reject(new Error('the end'));
    await Promise.all([view.close(), log.close()]);
    await rm(directory, { recursive: true });
  }
});

function withMethod<Port extends object>(port: Port, replaced: keyof Port, method: unknown): Port {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = name === replaced ? method : Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

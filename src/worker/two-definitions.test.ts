/** Two workers on one view that would each build their own: on the real embedded adapters, in one process. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { openEmbeddedLog, type EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { defineModel } from '../model/define.ts';
import type { Model } from '../model/model.ts';
import { SILENT } from '../status/recorder.ts';
import { openEmbeddedView } from '../view/embedded/embedded-view.ts';
import type { View } from '../view/view.ts';
import { startWorker, type Worker } from './worker.ts';

const schema = z.strictObject({ n: z.number() });
const one = defineModel({ name: 'note', partitions: 4, schema });
const two = defineModel({ name: 'note', partitions: 4, schema, indexes: { n: { sort: 'n' } } });

let folder = '';
let log: EmbeddedLog;
let view: View;
let workers: Worker[] = [];
let begun: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmodel-two-'));
  await mkdir(join(folder, 'view'));
  log = await openEmbeddedLog({ directory: join(folder, 'log'), partitions: 4, compactionIntervalMs: 0 });
  view = await openEmbeddedView({ directory: join(folder, 'view'), filters: [], sorts: [], partitionOf: () => 0 });
  [workers, begun] = [[], []];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all([view.close(), log.close()]);
  await rm(folder, { recursive: true });
});

function start(model: Model): Worker {
  const logger = pino({ level: 'silent' });
  const recorder = { ...SILENT, generation: (_: string, reason: string) => void begun.push(reason) };
  const worker = startWorker({ model, log, view, group: 'g', logger, recorder });
  workers.push(worker);
  return worker;
}

const live = (worker: Worker): boolean =>
  worker.statuses().length === 4 && worker.statuses().every(({ phase }) => phase === 'live');

test('two definitions that start at once: one keeps the view, the other stands by and says so', async () => {
  const [first, second] = [start(one), start(two)];
  await expect.poll(() => [first, second].filter(live).length, { timeout: 60_000 }).toBe(1);
  const [keeps, stands] = live(first) ? [first, second] : [second, first];
  await expect
    .poll(() => stands.problem(), { timeout: 60_000 })
    .toMatch(/^the live worker \S+ keeps this view by another definition of the same version/);
  expect(stands.statuses()).toEqual([]);
  const { standingBy } = await view.describe();
  expect(standingBy).toHaveLength(1);
  const until = begun.length;
  // Some looks of both.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(live(keeps)).toBe(true);
  expect(begun).toHaveLength(until);
  // Each may have begun one before the other had claimed, and once more after half a second.
  expect(begun.length).toBeLessThanOrEqual(4);
});

test('who stands by takes over at once from one that stops: it has given its claims up', async () => {
  const first = start(one);
  await expect.poll(() => live(first), { timeout: 60_000 }).toBe(true);
  const second = start(two);
  await expect.poll(() => second.problem(), { timeout: 60_000 }).toMatch(/another definition/);
  await first.stop();
  await expect.poll(() => live(second), { timeout: 60_000 }).toBe(true);
  expect(begun).toEqual(['NO_VIEW', 'ANOTHER_DEFINITION']);
});

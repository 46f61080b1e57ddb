/**
 * I3 and I10 on the embedded adapters: whatever is put and deleted, however the batches fall, whenever workers crash and
 * the log is compacted, the view is the fold of the log. The fold is made here, by a plain map.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openEmbeddedLog, type EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { answeredBounds, type NewRecord } from '../../src/log/log.ts';
import { partitionOf } from '../../src/log/partitioner.ts';
import { defineModel } from '../../src/model/define.ts';
import { idProblem } from '../../src/model/id.ts';
import { HEADER_CREATED, utf8 } from '../../src/model/record.ts';
import { openEmbeddedView } from '../../src/view/embedded/embedded-view.ts';
import type { StoredEntity, View } from '../../src/view/view.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { crashingView, cutBatches, type Crash } from './faults.ts';

const PARTITIONS = 3;
const RETENTION_MS = 1_000;

const model = defineModel({
  name: 'note',
  partitions: PARTITIONS,
  schema: z.strictObject({ text: z.string(), kind: z.enum(['a', 'b']).optional(), size: z.number().optional() }),
  indexes: { kind: { filter: 'kind' }, size: { sort: 'size' } },
  search: ['text'],
});

/** `stray`: into the partition behind its own. */
type Write = { readonly key: string; readonly value: object | 'bad' | null; readonly stray?: boolean };
type Step =
  | { readonly kind: 'append'; readonly writes: readonly Write[] }
  | { readonly kind: 'compact' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'work'; readonly sizes: readonly number[]; readonly crash: Crash | undefined };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'ключ');
const fields = fc.record(
  {
    text: fc.constantFrom('red fox', 'blue fox', 'red hen'),
    kind: fc.constantFrom('a', 'b'),
    size: fc.integer({ min: -3, max: 3 }),
  },
  { requiredKeys: ['text'] },
);

function steps(write: fc.Arbitrary<Write>): fc.Arbitrary<readonly Step[]> {
  const writes = fc.array(write, { minLength: 1, maxLength: 12 });
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  const crash = fc.option(fc.record({ afterApplies: fc.nat({ max: 12 }), applied: fc.boolean() }), { nil: undefined });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), writes }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 600, 1_500) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('work' as const), sizes, crash }) },
  );
  return fc.array(step, { minLength: 1, maxLength: 10 });
}

/** The world of one run: a log, a view, a clock that only steps move, and all records ever appended. */
class World {
  readonly folder: string;
  readonly log: EmbeddedLog;
  view: View;
  now = 1_700_000_000_000;
  /** Key → its newest record's fields, or why there is none. */
  readonly newest = new Map<string, { value: Write['value']; createdAt: number }>();
  /** Partition and key → the newest value of what can be no entity there: its key is no id, or lies elsewhere. */
  readonly unplaced = new Map<string, Write['value']>();

  constructor(folder: string, log: EmbeddedLog, view: View) {
    this.folder = folder;
    this.log = log;
    this.view = view;
  }

  static async open(): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'kmodel-property-'));
    const compaction = { minCompactionLagMs: 0, deleteRetentionMs: RETENTION_MS, compactionIntervalMs: 0 };
    const log = await openEmbeddedLog({ directory: join(folder, 'log'), partitions: PARTITIONS, ...compaction });
    return new World(folder, log, await openView(join(folder, 'view')));
  }

  async append(writes: readonly Write[]): Promise<void> {
    const records = writes.map(({ key, value, stray = false }): NewRecord => {
      this.now += 1;
      const partition = partitionOfId(key);
      if (stray || idProblem(key) !== undefined) {
        const place = stray ? (partition + 1) % PARTITIONS : partition;
        this.unplaced.set(`${place} ${key}`, value);
        return rawRecord(place, key, value, this.now, this.now);
      }
      const createdAt = value === null || value === 'bad' ? this.now : (createdAtOf(this.newest.get(key)) ?? this.now);
      this.newest.set(key, { value, createdAt });
      return rawRecord(partition, key, value, createdAt, this.now);
    });
    expect((await this.log.append(records)).kind).toBe('appended');
  }

  /** A worker works until it crashes, or until the view is live and at the log's end. */
  async work(sizes: readonly number[], crash: Crash | undefined, view = this.view): Promise<void> {
    const faulty = crashingView(view, crash ?? { afterApplies: Number.POSITIVE_INFINITY, applied: false });
    const log = cutBatches(this.log, sizes);
    const logger = pino({ level: 'silent' });
    const worker = startWorker({ model, log, view: faulty.view, group: 'g', logger, now: () => this.now });
    await Promise.race([faulty.crashed, this.caughtUp(view)]);
    await worker.stop();
  }

  async caughtUp(view: View): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const [bounds, { partitions, generation }] = await Promise.all([this.log.bounds(), view.describe()]);
      const done = [...answeredBounds(bounds)].every(([partition, { endOffset }]) => {
        const state = partitions.get(partition);
        return state?.live === true && state.checkpoint === endOffset;
      });
      if (generation !== undefined && done) return;
      if (Date.now() > deadline) throw new Error('the view did not catch up');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.view.close(), this.log.close()]);
    await rm(this.folder, { recursive: true });
  }
}

function rawRecord(partition: number, key: string, value: Write['value'], createdAt: number, now: number): NewRecord {
  return {
    partition,
    key: utf8(key),
    value: value === null ? null : utf8(value === 'bad' ? '{"text":' : JSON.stringify(value)),
    headers: { [HEADER_CREATED]: String(createdAt) },
    timestamp: now,
  };
}

function createdAtOf(newest: { value: Write['value']; createdAt: number } | undefined): number | undefined {
  return newest === undefined || newest.value === null || newest.value === 'bad' ? undefined : newest.createdAt;
}

function partitionOfId(id: string): number {
  return partitionOf(utf8(id), PARTITIONS, 'murmur2');
}

async function openView(directory: string): Promise<View> {
  await mkdir(directory, { recursive: true });
  return openEmbeddedView({ directory, filters: ['kind'], sorts: ['size'], partitionOf: partitionOfId });
}

async function run(world: World, program: readonly Step[]): Promise<void> {
  for (const step of program) {
    if (step.kind === 'append') await world.append(step.writes);
    else if (step.kind === 'compact') await world.log.compact(world.now);
    else if (step.kind === 'pass') world.now += step.ms;
    else await world.work(step.sizes, step.crash);
  }
  await world.work([100], undefined);
}

async function entitiesOf(view: View): Promise<readonly StoredEntity[]> {
  const query = { terms: [], filters: {}, sort: 'createdAt', order: 'desc', after: undefined, limit: 1000 } as const;
  const read = await view.list(query);
  if (read.kind !== 'read') throw new Error('the view is not ready');
  return read.value.entities;
}

/** Asks the view's indexes for what the fold says: entity by entity and index by index. */
async function compareWithFold(world: World): Promise<void> {
  const good = [...world.newest].flatMap(([id, { value, createdAt }]) =>
    value === null || value === 'bad' ? [] : [{ id, value: value as z.infer<typeof fieldsType>, createdAt }],
  );
  const bad = new Set([...world.newest].filter(([, { value }]) => value === 'bad').map(([id]) => id));
  const listed = (entities: readonly StoredEntity[]) =>
    new Map(
      entities
        .filter(({ id }) => !bad.has(id))
        .map(({ id, value, createdAt }) => [id, { value: JSON.parse(value), createdAt }]),
    );
  expect(listed(await entitiesOf(world.view))).toEqual(
    new Map(good.map(({ id, value, createdAt }) => [id, { value, createdAt }])),
  );
  const asked = { terms: [], filters: {}, sort: 'size', order: 'desc', after: undefined, limit: 1000 } as const;
  for (const kind of ['a', 'b']) {
    const read = await world.view.list({ ...asked, filters: { kind }, terms: [{ text: 'red', prefix: true }] });
    const found = read.kind === 'read' ? listed(read.value.entities) : new Map();
    const expected = good
      .filter(({ value }) => value.kind === kind && value.text.startsWith('red'))
      .map(({ id }) => id);
    expect(new Set(found.keys())).toEqual(new Set(expected));
  }
  const { quarantined } = await world.view.describe();
  const unplaced = [...world.unplaced].filter(([, value]) => value !== null).map(([place]) => place);
  const expected = [...[...bad].map((id) => `${partitionOfId(id)} ${id}`), ...unplaced];
  expect((await quarantineOf(world.view)).map(({ place }) => place).sort()).toEqual(expected.sort());
  expect(quarantined).toBe(expected.length);
}

/** Which record of which key is in quarantine where, and why. */
async function quarantineOf(view: View) {
  const { records } = await view.quarantine(undefined, 1000);
  return records.map(({ partition, offset, key, reason }) => {
    return { place: `${partition} ${Buffer.from(key).toString()}`, offset, reason };
  });
}

const fieldsType = z.strictObject({
  text: z.string(),
  kind: z.enum(['a', 'b']).optional(),
  size: z.number().optional(),
});

async function freshView(world: World, name: string) {
  const fresh = await openView(join(world.folder, name));
  await world.work([7], undefined, fresh);
  const found = { checksum: await fresh.checksum(), quarantine: await quarantineOf(fresh) };
  await fresh.close();
  return found;
}

/** Also such that can be no entity where they lie: a tombstone of them is all that ends their quarantine. */
function anyWrite(value: fc.Arbitrary<Write['value']>): fc.Arbitrary<Write> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ key, value }) },
    fc.record({ key: fc.constantFrom('a', 'b', 'ключ'), value, stray: fc.constant(true) }),
    fc.record({ key: fc.constantFrom('', '..', 'a\u0000b'), value }),
  );
}

test(
  'view(log) = view(compacted log) = view(log, any crash, any batching): one checksum, one quarantine',
  { timeout: 600_000 },
  async () => {
    const value = fc.option(fields);
    await fc.assert(
      fc.asyncProperty(steps(anyWrite(value)), async (program) => {
        const world = await World.open();
        try {
          await run(world, program);
          await compareWithFold(world);
          const found = { checksum: await world.view.checksum(), quarantine: await quarantineOf(world.view) };
          expect(await freshView(world, 'fresh')).toEqual(found);
          await world.log.compact(world.now);
          world.now += 2 * RETENTION_MS;
          await world.log.compact(world.now);
          expect(await freshView(world, 'fresh-of-compacted')).toEqual(found);
        } finally {
          await world.close();
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  },
);

test('records that can not be applied stop nothing and change no other key', { timeout: 600_000 }, async () => {
  const value = fc.oneof(fc.option(fields), fc.option(fields), fc.constant('bad' as const));
  await fc.assert(
    fc.asyncProperty(steps(anyWrite(value)), async (program) => {
      const world = await World.open();
      try {
        await run(world, program);
        await compareWithFold(world);
      } finally {
        await world.close();
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

/**
 * What the fence costs: the same updates are applied by the script as it is, by one without the fence, and by one without
 * any look before the first write, in turns, each into a view of its own. Redis itself says how long each took.
 */
import { pathToFileURL } from 'node:url';
import type { Model } from '../../src/model/model.ts';
import { applyCall, orderUpdate } from '../../src/view/redis/apply-call.ts';
import { APPLY } from '../../src/view/redis/apply-script.ts';
import { Connection } from '../../src/view/redis/connection.ts';
import { beginGeneration, claimPartition } from '../../src/view/redis/generations.ts';
import { Packing } from '../../src/view/redis/packing.ts';
import { defineScript, type Script } from '../../src/view/redis/script.ts';
import type { ViewUpdate } from '../../src/view/view.ts';
import { effectOf } from '../../src/worker/apply.ts';
import { PARTITIONS, recordOf } from '../jobs.ts';
import type { DistributedRun } from './measured.ts';
import { APP } from './stage.ts';

/** Records of an update, as the log's batches have them at most. */
const BATCH = 500;
/** Updates between two looks at Redis' clock. */
const TURN = 20;
const MOST_RECORDS = 100_000;
const LOG_ID = 'bench';

/** From the first line of the fence to its last. */
const FENCE = /^local kept = redis\.call\('HMGET'[\s\S]*?then return \{'again'\} end$/m;
/** What looks at types and at memory. */
const LOOK = /^local function wrong\([\s\S]*?'checkpoint', kept\[5\]\) end$/m;

/** Measures it with the model without indexes. */
export async function benchFence(run: DistributedRun): Promise<void> {
  const count = Math.min(run.jobs, MOST_RECORDS);
  run.say(`fence: ${count} records by three scripts`);
  const { benchModel } = (await import(pathToFileURL(APP).href)) as { benchModel(name: string, shape: string): Model };
  const connection = await Connection.open(run.stage.redisUri, run.say, () => undefined);
  const withoutFence = cut(APPLY.source, FENCE, 'local kept = {[5] = ARGV[5]}');
  const scripts = [APPLY.source, withoutFence, cut(withoutFence, LOOK, '')].map(defineScript);
  const variants: Variant[] = [];
  try {
    for (const script of scripts)
      variants.push(await newVariant(run, connection, benchModel(run.stage.newName(), 'plain'), script));
    let updates: Unfenced[] = [];
    for (const update of updatesOf(variants[0]!.model, count)) {
      updates.push(update);
      if (updates.length < TURN) continue;
      for (const variant of variants) await takeTurn(run, connection, variant, updates);
      updates = [];
    }
    for (const variant of variants) await takeTurn(run, connection, variant, updates);
  } finally {
    connection.close();
    for (const { prefix } of variants) await run.stage.dropKeys(prefix);
  }
  const [whole, unfenced, blind] = variants.map(({ us }) => us / count) as [number, number, number];
  run.report({
    bench: 'fence',
    figures: {
      scriptUsPerRecord: whole,
      withoutFenceUsPerRecord: unfenced,
      withoutFenceAndLookUsPerRecord: blind,
      shareOfFence: (whole - unfenced) / whole,
      recordsOfUpdate: BATCH,
      records: count,
    },
  });
}

/** A script, its view, and how long Redis has worked for it. */
interface Variant {
  readonly script: Script;
  readonly model: Model;
  readonly prefix: string;
  readonly generation: string;
  /** By partition. */
  readonly epochs: readonly number[];
  /** Microseconds. */
  us: number;
}

function cut(source: string, part: RegExp, instead: string): string {
  if (!part.test(source))
    throw new Error(`the apply script has no part that matches ${String(part)} any more: mend the bench`);
  return source.replace(part, () => instead);
}

async function newVariant(
  { stage }: DistributedRun,
  connection: Connection,
  model: Model,
  script: Script,
): Promise<Variant> {
  const prefix = stage.newName();
  const names = { prefix, model: model.name };
  const identity = { logId: LOG_ID, fingerprint: model.fingerprint, modelVersion: 1, partitions: PARTITIONS };
  const generation = await beginGeneration(connection, names, identity, undefined, '[]');
  const epochs: number[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const claim = await claimPartition(connection, names, partition);
    if (claim.kind === 'gone') throw new Error('the generation is gone');
    epochs.push(claim.epoch);
  }
  return { script, model, prefix, generation, epochs, us: 0 };
}

type Unfenced = Omit<ViewUpdate, 'generation' | 'fingerprint' | 'epoch'>;

/** The records in updates of BATCH, partition after partition in the order they fill. */
function* updatesOf(model: Model, count: number): Iterable<Unfenced> {
  const open = Array.from({ length: PARTITIONS }, () => ({ next: 0, records: [] as ReturnType<typeof recordOf>[] }));
  const updateOf = (partition: number): Unfenced => {
    const place = open[partition]!;
    const fromOffset = place.next;
    const nextOffset = fromOffset + place.records.length;
    const records = place.records.map((record, index) => ({ ...record, offset: fromOffset + index }));
    open[partition] = { next: nextOffset, records: [] };
    const effect = effectOf(model, { partition, fromOffset, nextOffset, records });
    return { logId: LOG_ID, partition, fromOffset, nextOffset, ...effect, live: false, caughtUpAt: undefined };
  };
  for (let number = 0; number < count; number += 1) {
    const record = recordOf(number, 'short');
    open[record.partition]!.records.push(record);
    if (open[record.partition]!.records.length === BATCH) yield updateOf(record.partition);
  }
  for (const [partition, { records }] of open.entries()) if (records.length > 0) yield updateOf(partition);
}

async function takeTurn(
  { stage }: DistributedRun,
  connection: Connection,
  variant: Variant,
  updates: readonly Unfenced[],
): Promise<void> {
  const { script, model, prefix, generation, epochs } = variant;
  const before = await workedUs(stage);
  const packing = new Packing();
  for (const update of updates) {
    const fenced = { ...update, generation, fingerprint: model.fingerprint, epoch: epochs[update.partition]! };
    const names = { prefix, model: model.name };
    const seal = `${prefix}.${update.partition}.${update.nextOffset}`;
    const { keys, args } = applyCall(names, [], orderUpdate(fenced), undefined, seal, packing);
    const [kind] = (await connection.run(script, keys, args)) as string[];
    if (kind !== 'applied') throw new Error(`the update was not applied but ${kind}`);
  }
  variant.us += (await workedUs(stage)) - before;
}

/** How long Redis has run scripts, all in all. Microseconds. */
async function workedUs(stage: DistributedRun['stage']): Promise<number> {
  const told = String(await stage.redis(['INFO', 'commandstats']));
  const each = ['eval', 'evalsha'].map((name) =>
    Number(new RegExp(`cmdstat_${name}:calls=[0-9]+,usec=([0-9]+)`).exec(told)?.[1] ?? 0),
  );
  return each.reduce((sum, us) => sum + us, 0);
}

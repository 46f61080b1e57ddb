/**
 * What the fence costs: the same updates are applied as they are, and without the look that watches and compares, in turns,
 * each into a view of its own. Redis itself says how long each took.
 */
import { pathToFileURL } from 'node:url';
import type { Model } from '../../src/model/model.ts';
import { orderUpdate, targetOf, writeLook, writeTransaction } from '../../src/view/redis/apply-transaction.ts';
import { CommandText } from '../../src/view/redis/command-text.ts';
import { Alarm } from '../../src/view/redis/alarm.ts';
import { Connection } from '../../src/view/redis/connection.ts';
import { LIMITS } from '../../src/view/redis/limits.ts';
import { beginGeneration, claimPartition } from '../../src/view/redis/generations.ts';
import { Pipe } from '../../src/view/redis/pipe.ts';
import type { ViewUpdate } from '../../src/view/view.ts';
import { effectOf } from '../../src/worker/apply.ts';
import { PARTITIONS, recordOf } from '../jobs.ts';
import type { DistributedRun } from './measured.ts';
import { HERE } from '../tree.ts';
import { appOf, redisCpuUs } from './stage.ts';

/** Records of an update, as the log's batches have them at most. */
const BATCH = 500;
/** Updates between two looks at Redis' clock. */
const TURN = 20;
const MOST_RECORDS = 100_000;
const LOG_ID = 'bench';
const LIMIT_MS = 30_000;

/** Measures it with the model without indexes. */
export async function benchFence(run: DistributedRun): Promise<void> {
  const count = Math.min(run.jobs, MOST_RECORDS);
  run.say(`fence: ${count} records with and without it`);
  const { benchModel } = (await import(pathToFileURL(appOf(HERE)).href)) as {
    benchModel(name: string, shape: string): Model;
  };
  const { redisUri: uri } = run.stage;
  const alarm = new Alarm();
  const connection = await Connection.open({ uri, limits: LIMITS, alarm, warn: run.say, onAgain: () => undefined });
  const pipe = await Pipe.open(uri, LIMITS.connectMs, new AbortController().signal);
  const variants: Variant[] = [];
  try {
    for (const fenced of [true, false])
      variants.push(await newVariant(run, connection, benchModel(run.stage.newName(), 'plain'), fenced));
    let updates: Unfenced[] = [];
    for (const update of updatesOf(variants[0]!.model, count)) {
      updates.push(update);
      if (updates.length < TURN) continue;
      for (const variant of variants) await takeTurn(run, pipe, variant, updates);
      updates = [];
    }
    for (const variant of variants) await takeTurn(run, pipe, variant, updates);
  } finally {
    connection.close();
    pipe.destroy(new Error('done'));
    for (const { prefix } of variants) await run.stage.dropKeys(prefix);
  }
  const [whole, unfenced] = variants.map(({ us }) => us / count) as [number, number];
  run.report({
    bench: 'fence',
    figures: {
      redisUsPerRecord: whole,
      withoutFenceUsPerRecord: unfenced,
      shareOfFence: (whole - unfenced) / whole,
      recordsOfUpdate: BATCH,
      records: count,
    },
  });
}

/** With the fence or without it, its view, and how long Redis has worked for it. */
interface Variant {
  readonly fenced: boolean;
  readonly model: Model;
  readonly prefix: string;
  readonly generation: string;
  /** By partition. */
  readonly epochs: readonly number[];
  /** Microseconds. */
  us: number;
}

async function newVariant(
  { stage }: DistributedRun,
  connection: Connection,
  model: Model,
  fenced: boolean,
): Promise<Variant> {
  const prefix = stage.newName();
  const names = { prefix, model: model.name };
  const identity = { logId: LOG_ID, fingerprint: model.fingerprint, modelVersion: 1, partitions: PARTITIONS };
  const generation = await beginGeneration(connection, names, identity, undefined, '[]');
  const epochs: number[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const claim = await claimPartition(connection, names, partition, '');
    if (claim.kind === 'gone') throw new Error('the generation is gone');
    epochs.push(claim.epoch);
  }
  return { fenced, model, prefix, generation, epochs, us: 0 };
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
  pipe: Pipe,
  variant: Variant,
  updates: readonly Unfenced[],
): Promise<void> {
  const { fenced, model, prefix, generation, epochs } = variant;
  const text = new CommandText();
  const send = async (): Promise<unknown> => (await pipe.send(text.bytes(), text.count, LIMIT_MS)).at(-1);
  const before = await redisCpuUs(stage);
  for (const each of updates) {
    const update = { ...each, generation, fingerprint: model.fingerprint, epoch: epochs[each.partition]! };
    const target = targetOf({ prefix, model: model.name }, [], update);
    text.restart();
    if (fenced) writeLook(text, target, update, []);
    if (fenced && ((await send()) as string[])[0] !== 'ours') throw new Error('the update is not ours');
    text.restart();
    writeTransaction(text, target, orderUpdate(update), { quarantine: false, changes: undefined });
    const done = await send();
    if (!Array.isArray(done) || (done.at(-1) as string[])[0] !== 'applied')
      throw new Error('the update was not applied');
  }
  variant.us += (await redisCpuUs(stage)) - before;
}

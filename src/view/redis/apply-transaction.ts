/** What is sent to Redis for one update: a look, then a transaction. Pure. */
import type { DeleteOperation, Operation, PutOperation, ViewUpdate } from '../view.ts';
import { FINISH, LOOK } from './apply-scripts.ts';
import { fenceOf, marksOf, noticeOf } from './bookkeeping.ts';
import type { CommandText } from './command-text.ts';
import type { SetChange, SetChanges } from './diff.ts';
import {
  CREATED_AT,
  generationPrefix,
  noticesChannel,
  type PartitionKeys,
  partitionKeys,
  sortOf,
  sortScore,
  type ViewNames,
} from './layout.ts';
import { packRecord } from './quarantine-record.ts';
import { writeRow } from './row.ts';

/** An update with its puts before its deletes: the indexes of SetChange are in this order. */
export interface OrderedUpdate {
  readonly update: ViewUpdate;
  readonly puts: readonly PutOperation[];
  readonly deletes: readonly DeleteOperation[];
}

export function orderUpdate(update: ViewUpdate): OrderedUpdate {
  const puts: PutOperation[] = [];
  const deletes: DeleteOperation[] = [];
  for (const operation of update.operations) {
    if (operation.kind === 'put') puts.push(operation);
    else deletes.push(operation);
  }
  return { update, puts, deletes };
}

/** Where an update goes. */
export interface Target {
  readonly names: ViewNames;
  readonly keys: PartitionKeys;
  /** The keys of createdAt and of all sort indexes, and the index of each; undefined: createdAt. */
  readonly sorts: readonly { readonly key: string; readonly name: string | undefined }[];
}

export function targetOf(names: ViewNames, sorts: readonly string[], { generation, partition }: ViewUpdate): Target {
  const keys = partitionKeys(names, generation, partition);
  const created = { key: keys.sort(CREATED_AT), name: undefined };
  return { names, keys, sorts: [created, ...sorts.map((name) => ({ key: keys.sort(name), name }))] };
}

/** The look: from now on Redis knows whether the bookkeeping changes. `operations`: those that may change sets. */
export function writeLook(
  text: CommandText,
  target: Target,
  update: ViewUpdate,
  operations: readonly Operation[],
): void {
  writeWatch(text, target);
  const keysOfLook = hashesOf(target);
  text.command(['EVAL', LOOK, String(keysOfLook.length), ...keysOfLook, ...fenceOf(update)], operations.length);
  for (const { id } of operations) text.text(id);
}

/** The keys that every script of an update begins with. */
export function hashesOf({ keys }: Target): readonly string[] {
  return [keys.bookkeeping, keys.entities, keys.entries, keys.quarantine];
}

export function writeWatch(text: CommandText, { keys }: Target): void {
  // The look before this one may have been the end of its update.
  text.whole('UNWATCH');
  text.whole('WATCH', keys.bookkeeping);
}

/** What was found by the look. */
export interface Found {
  /** Whether anything is in quarantine. */
  readonly quarantine: boolean;
  /** Undefined where the model has neither filters nor search. */
  readonly changes: SetChanges | undefined;
}

/** The transaction. Its last reply is the one of EXEC. Answers which of EXEC's replies is the first of an order. */
export function writeTransaction(text: CommandText, target: Target, ordered: OrderedUpdate, found: Found): number {
  text.whole('MULTI');
  const ids = writeRows(text, target, ordered, found.changes?.rows);
  const sets = new Written();
  if (found.changes !== undefined) {
    writeSets(text, target, ordered.update, found.changes, ids, sets);
    writeTerms(text, target, ids, found.changes.packed);
  }
  // MULTI has no reply among them.
  const firstOfOrders = text.count - 1;
  writeSorts(text, target, ordered, ids);
  if (found.quarantine) writeRelease(text, target, ids, ordered.update.released ?? []);
  writeQuarantine(text, target, ordered.update);
  writeCheckpoint(text, target, ordered.update);
  writeFinish(text, target, ordered.update, found.changes, sets);
  text.whole('EXEC');
  return firstOfOrders;
}

/** Arguments that were written once, and are written again by their number. */
class Written {
  readonly #places: number[] = [];

  get count(): number {
    return this.#places.length / 2;
  }

  /** To be called before and after an argument is written for the first time. */
  mark(text: CommandText): void {
    this.#places.push(text.place);
  }

  again(text: CommandText, at: number): void {
    text.again(this.#places[2 * at]!, this.#places[2 * at + 1]!);
  }
}

const NO_PLACES: SetChanges['rows'][number] = [];

/** Answers the ids of the operations, in their order. `rows`: the sets that rows name; undefined: none. */
function writeRows(
  text: CommandText,
  { keys }: Target,
  { puts, deletes }: OrderedUpdate,
  rows: SetChanges['rows'] | undefined,
): Written {
  const ids = new Written();
  if (puts.length > 0) text.command(['HSET', keys.entities], 2 * puts.length);
  for (let at = 0; at < puts.length; at += 1) {
    const put = puts[at]!;
    writeId(text, put.id, ids);
    writeRow(text, put, rows?.[at] ?? NO_PLACES);
  }
  if (deletes.length > 0) text.command(['HDEL', keys.entities], deletes.length);
  for (const { id } of deletes) writeId(text, id, ids);
  return ids;
}

function writeId(text: CommandText, id: string, ids: Written): void {
  ids.mark(text);
  text.text(id);
  ids.mark(text);
}

/** The sets of filters, prefixes and terms; then those of words, which are kept in order too. */
function writeSets(
  text: CommandText,
  { names, keys }: Target,
  { generation, partition }: ViewUpdate,
  changes: SetChanges,
  ids: Written,
  sets: Written,
): void {
  const own = Buffer.from(generationPrefix(names, generation, partition));
  for (const change of changes.sets) writeSet(text, own, change, ids, sets);
  for (const change of changes.words) {
    writeSet(text, own, change, ids, sets);
    if (change.enter.length > 0) text.whole('ZADD', keys.words, '0', change.place.word);
  }
}

function writeSet(text: CommandText, own: Uint8Array, change: SetChange, ids: Written, sets: Written): void {
  const { place, leave, enter } = change;
  const set = sets.count;
  if (leave.length > 0) {
    text.command(SREM, 1 + leave.length);
    writeKey(text, own, place.bytes, sets);
    for (const at of leave) ids.again(text, at);
  }
  if (enter.length === 0) return;
  text.command(SADD, 1 + enter.length);
  if (sets.count === set) writeKey(text, own, place.bytes, sets);
  else sets.again(text, set);
  for (const at of enter) ids.again(text, at);
}

const SREM = ['SREM'];
const SADD = ['SADD'];

function writeKey(text: CommandText, own: Uint8Array, end: Uint8Array, sets: Written): void {
  sets.mark(text);
  writeSetKey(text, own, end);
  sets.mark(text);
}

/** `own`: what the keys of the partition begin with. */
export function writeSetKey(text: CommandText, own: Uint8Array, end: Uint8Array): void {
  text.open();
  text.part(own);
  text.part(end);
  text.close();
}

function writeTerms(text: CommandText, { keys }: Target, ids: Written, packed: SetChanges['packed']): void {
  const kept: number[] = [];
  const gone: number[] = [];
  for (let at = 0; at < packed.length; at += 1) {
    const terms = packed[at];
    if (terms === '') gone.push(at);
    else if (terms !== undefined) kept.push(at);
  }
  if (kept.length > 0) text.command(['HSET', keys.entries], 2 * kept.length);
  for (const at of kept) {
    ids.again(text, at);
    text.text(packed[at]!);
  }
  writeIds(text, ['HDEL', keys.entries], ids, gone);
}

function writeIds(text: CommandText, words: readonly string[], ids: Written, places: readonly number[]): void {
  if (places.length === 0) return;
  text.command(words, places.length);
  for (const at of places) ids.again(text, at);
}

function writeSorts(text: CommandText, { sorts }: Target, { puts }: OrderedUpdate, ids: Written): void {
  const deleted = Array.from({ length: ids.count - puts.length }, (_, at) => puts.length + at);
  for (const { key, name } of sorts) {
    if (puts.length > 0) text.command(['ZADD', key], 2 * puts.length);
    for (let at = 0; at < puts.length; at += 1) {
      const put = puts[at]!;
      if (name === undefined) writeTime(text, put.createdAt);
      else text.text(sortScore(sortOf(put, name)));
      ids.again(text, at);
    }
    writeIds(text, ['ZREM', key], ids, deleted);
  }
}

/** What sortScore says of a time. */
function writeTime(text: CommandText, time: number): void {
  text.open(DIGITS_OF_TIMES_LENGTH);
  if (time > 0) text.byte(MINUS);
  text.decimal(time);
  text.close();
}

const MINUS = 0x2d;
/** From 2001 to 2286 a time has 13 digits. */
const DIGITS_OF_TIMES_LENGTH = 2;

function writeRelease(text: CommandText, { keys }: Target, ids: Written, released: readonly Uint8Array[]): void {
  const all = Array.from({ length: ids.count }, (_, at) => at);
  writeIds(text, ['HDEL', keys.quarantine], ids, all);
  writeIds(text, ['ZREM', keys.quarantineOrder], ids, all);
  if (released.length === 0) return;
  for (const words of [
    ['HDEL', keys.quarantine],
    ['ZREM', keys.quarantineOrder],
  ]) {
    text.command(words, released.length);
    for (const key of released) text.raw(key);
  }
}

function writeQuarantine(text: CommandText, { keys }: Target, { quarantined }: ViewUpdate): void {
  for (const record of quarantined) {
    text.command(['HSET', keys.quarantine], 2);
    text.raw(record.key);
    text.text(packRecord(record));
    text.command(['ZADD', keys.quarantineOrder, String(record.offset)], 1);
    text.raw(record.key);
  }
}

/** Redis refuses the whole transaction where memory is used up, since it refuses this. */
function writeCheckpoint(text: CommandText, { keys }: Target, update: ViewUpdate): void {
  text.whole('HSET', keys.bookkeeping, ...marksOf(update));
}

function writeFinish(
  text: CommandText,
  target: Target,
  update: ViewUpdate,
  changes: SetChanges | undefined,
  sets: Written,
): void {
  const { names, keys, sorts } = target;
  const gone: { readonly word: string; readonly set: number }[] = [];
  // The sets of words were written behind all others.
  let set = changes?.sets.length ?? 0;
  for (const { place, enter } of changes?.words ?? []) {
    if (enter.length === 0) gone.push({ word: place.word, set });
    set += 1;
  }
  const all = [...hashesOf(target), keys.words, keys.quarantineOrder];
  for (const { key } of sorts) all.push(key);
  all.push(keys.nobodys);
  const args = [String(sorts.length), noticesChannel(names), noticeOf(update), ...gone.map(({ word }) => word)];
  const count = all.length + sets.count + gone.length;
  text.command(['EVAL', FINISH, String(count), ...all], sets.count + gone.length + args.length);
  for (let at = 0; at < sets.count; at += 1) sets.again(text, at);
  for (const one of gone) sets.again(text, one.set);
  for (const argument of args) text.text(argument);
}

/** The keys and arguments of the apply script for one update, in the order that apply-script.ts reads them in. Pure. */
import type { DeleteOperation, Operation, PutOperation, QuarantinedRecord, ViewUpdate } from '../view.ts';
import type { SetChanges } from './diff.ts';
import {
  CREATED_AT,
  generationPrefix,
  noticesChannel,
  type PartitionKeys,
  partitionKeys,
  HEAD_DIGITS,
  NO_SETS_TEXT,
  rowHeadOf,
  sortScore,
  type ViewNames,
} from './layout.ts';
import type { Packing } from './packing.ts';
import { packRecord } from './quarantine-record.ts';
import type { Argument } from './script.ts';

/** An update with its puts before its deletes: the lists of the script, and the indexes of SetChange, are in this order. */
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

/** What was read before the call, of the same step: the seal, and what changes by what was stored then. */
export interface Indexed {
  readonly seal: string;
  readonly changes: SetChanges;
}

export interface ApplyCall {
  readonly keys: string[];
  readonly args: Argument[];
}

/**
 * `indexed`: undefined where the model has neither filters nor search. `seal`: any text never used before. The call holds
 * what was written to `packing`, so that must rest until the call was answered.
 */
export function applyCall(
  names: ViewNames,
  sorts: readonly string[],
  { update, puts, deletes }: OrderedUpdate,
  indexed: Indexed | undefined,
  seal: string,
  packing: Packing,
): ApplyCall {
  const { generation, partition, live, caughtUpAt } = update;
  const args: Argument[] = [generation, update.logId, update.fingerprint, String(update.epoch)];
  args.push(String(update.fromOffset), String(update.nextOffset), live ? '1' : '', caughtUpAt?.toString() ?? '');
  args.push(indexed?.seal ?? '', seal, indexed === undefined ? '' : generationPrefix(names, generation, partition));
  args.push(noticesChannel(names), noticeOf(update));
  packing.restart();
  packing.array(BEFORE_PLACES + 1 + sorts.length);
  packRows(packing, puts, indexed?.changes.texts);
  packIds(packing, deletes);
  packQuarantined(packing, update.quarantined);
  packTermsOf(packing, puts, deletes, indexed?.changes.packed ?? []);
  packSets(packing, indexed?.changes.sets ?? NO_SETS);
  packSets(packing, indexed?.changes.words ?? NO_SETS);
  packPlaces(packing, puts, ({ createdAt }) => sortScore(createdAt));
  for (const sort of sorts) packPlaces(packing, puts, ({ sorts: values }) => sortScore(values[sort]));
  args.push(packing.bytes());
  return { keys: fixedKeys(partitionKeys(names, generation, partition), sorts), args };
}

/** How many lists come before those of the sorts. */
export const BEFORE_PLACES = 7;

const NO_SETS: SetChanges['sets'] = new Map();

function fixedKeys(keys: PartitionKeys, sorts: readonly string[]): string[] {
  const { bookkeeping, entities, entries, words, quarantine, quarantineOrder } = keys;
  const fixed = [bookkeeping, entities, entries, words, quarantine, quarantineOrder, keys.sort(CREATED_AT)];
  for (const sort of sorts) fixed.push(keys.sort(sort));
  return fixed;
}

/** Ids and rows, in turns. `texts`: how the rows' heads end; undefined: without any set. */
function packRows(packing: Packing, puts: readonly PutOperation[], texts: readonly string[] | undefined): void {
  packing.array(2 * puts.length);
  for (const [at, put] of puts.entries()) {
    packing.text(put.id);
    packing.headed(HEAD_DIGITS, rowHeadOf(put, texts?.[at] ?? NO_SETS_TEXT), put.bytes ?? put.value);
  }
}

function packIds(packing: Packing, operations: readonly Operation[]): void {
  packing.array(operations.length);
  for (const { id } of operations) packing.text(id);
}

/** Offset, key and record of each, in turns. */
function packQuarantined(packing: Packing, records: readonly QuarantinedRecord[]): void {
  packing.array(3 * records.length);
  for (const record of records) {
    packing.text(String(record.offset));
    packing.joined('', record.key);
    packing.text(packRecord(record));
  }
}

/** Two lists: ids and packed terms in turns, of those that have any; the ids of those that have none any more. */
function packTermsOf(
  packing: Packing,
  puts: readonly PutOperation[],
  deletes: readonly DeleteOperation[],
  packed: SetChanges['packed'],
): void {
  const without: Operation[] = [];
  const list = packing.openArray();
  let length = 0;
  for (const [at, text] of packed.entries()) {
    if (text === undefined) continue;
    const operation = puts[at] ?? deletes[at - puts.length]!;
    if (text === '') without.push(operation);
    else {
      packing.text(operation.id);
      packing.text(text);
      length += 2;
    }
  }
  packing.setLength(list, length);
  packIds(packing, without);
}

/** Of each set its name, how many leave it and who, how many enter it and who. Lua counts from 1. */
function packSets(packing: Packing, sets: SetChanges['sets']): void {
  const list = packing.openArray();
  let length = 0;
  for (const [name, { leave, enter }] of sets) {
    packing.text(name);
    packing.number(leave.length);
    for (const at of leave) packing.number(at + 1);
    packing.number(enter.length);
    for (const at of enter) packing.number(at + 1);
    length += 3 + leave.length + enter.length;
  }
  packing.setLength(list, length);
}

/** Scores and ids, in turns. */
function packPlaces(packing: Packing, puts: readonly PutOperation[], scoreOf: (put: PutOperation) => string): void {
  packing.array(2 * puts.length);
  for (const put of puts) {
    packing.text(scoreOf(put));
    packing.text(put.id);
  }
}

/** What the channel tells; empty where nobody can be waiting for what the update changes. */
function noticeOf({ partition, fromOffset, nextOffset, live }: ViewUpdate): string {
  return nextOffset > fromOffset || live ? `${partition} ${nextOffset}` : '';
}

/** Where a notice says that a partition is; undefined where it isn't ours. */
export function readNotice(text: string): { readonly partition: number; readonly checkpoint: number } | undefined {
  const [partition = NaN, checkpoint = NaN] = text.split(' ').map(Number);
  return Number.isSafeInteger(partition) && Number.isSafeInteger(checkpoint) ? { partition, checkpoint } : undefined;
}

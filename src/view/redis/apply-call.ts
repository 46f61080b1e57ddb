/** The keys and arguments of the apply script for one update, in the order that apply-script.ts reads them in. Pure. */
import type { DeleteOperation, PutOperation, ViewUpdate } from '../view.ts';
import { type SetChange, type SetChanges } from './diff.ts';
import {
  CREATED_AT,
  generationPrefix,
  NO_VALUE_SCORE,
  noticesChannel,
  type PartitionKeys,
  partitionKeys,
  rowOf,
  sortScore,
  termSet,
  type ViewNames,
} from './layout.ts';
import { packNumbers } from './packed-numbers.ts';
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

/** `indexed`: undefined where the model has neither filters nor search. `seal`: any text never used before. */
export function applyCall(
  names: ViewNames,
  sorts: readonly string[],
  ordered: OrderedUpdate,
  indexed: Indexed | undefined,
  seal: string,
): ApplyCall {
  const { update, puts, deletes } = ordered;
  const keys = partitionKeys(names, update.generation, update.partition);
  const call: ApplyCall = { keys: fixedKeys(keys, sorts), args: [] };
  const program = indexed === undefined ? '' : addSets(call.keys, names, update, indexed.changes);
  call.args.push(update.generation, update.logId, update.fingerprint, String(update.epoch), String(update.fromOffset));
  call.args.push(String(update.nextOffset), update.live ? '1' : '', update.caughtUpAt?.toString() ?? '');
  call.args.push(indexed?.seal ?? '', seal, String(puts.length), String(deletes.length), String(sorts.length + 1));
  call.args.push(String(update.quarantined.length), program, noticesChannel(names), noticeOf(update));
  for (const put of puts) call.args.push(put.id, rowOf(put));
  for (const { id } of deletes) call.args.push(id);
  for (const sort of sorts) {
    for (const put of puts) {
      const value = put.sorts[sort];
      call.args.push(value === undefined ? NO_VALUE_SCORE : sortScore(value));
    }
  }
  if (indexed !== undefined) for (const text of indexed.changes.packed) call.args.push(text);
  for (const record of update.quarantined) {
    call.args.push(String(record.offset), Buffer.from(record.key), packRecord(record));
  }
  return call;
}

function fixedKeys(keys: PartitionKeys, sorts: readonly string[]): string[] {
  const { bookkeeping, entities, entries, words, quarantine, quarantineOrder } = keys;
  const fixed = [bookkeeping, entities, entries, words, quarantine, quarantineOrder, keys.sort(CREATED_AT)];
  for (const sort of sorts) fixed.push(keys.sort(sort));
  return fixed;
}

/** Adds the keys of the sets, and answers the program that says who leaves and who enters each. */
function addSets(
  keys: string[],
  names: ViewNames,
  { generation, partition }: ViewUpdate,
  { sets, words }: SetChanges,
): Buffer {
  const own = generationPrefix(names, generation, partition);
  const firstWord = keys.length + sets.size + 1;
  const wordFrom = Buffer.byteLength(own + termSet('')) + 1;
  const program = [firstWord, wordFrom];
  for (const [name, change] of sets) {
    keys.push(own + name);
    addChange(program, change);
  }
  for (const [word, change] of words) {
    keys.push(own + termSet(word));
    addChange(program, change);
  }
  return packNumbers(program);
}

/** Lua counts from 1. */
function addChange(program: number[], { leave, enter }: SetChange): void {
  program.push(leave.length);
  for (const at of leave) program.push(at + 1);
  program.push(enter.length);
  for (const at of enter) program.push(at + 1);
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

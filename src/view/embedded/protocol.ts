/**
 * What travels between the embedded view and its thread. Cloning thousands of small objects costs more than storing
 * them, so an update travels as columns.
 */
import type {
  ApplyOutcome,
  Claim,
  GenerationIdentity,
  Operation,
  PutOperation,
  StoredDoubt,
  ViewUpdate,
} from '../view.ts';
import { entryText } from './tokens.ts';

/** The operations of an update, one place in every column for each. */
export interface PackedOperations {
  readonly ids: readonly string[];
  /** null: the entity is deleted, and the other columns hold nothing of worth. */
  readonly values: readonly (string | null)[];
  /** The text for the full-text index. */
  readonly texts: readonly string[];
  readonly requests: readonly (string | null)[];
  /** createdAt, updatedAt, partition and offset of each. */
  readonly numbers: Float64Array;
  /** The values of all sort indexes of each, -Infinity where it has none. */
  readonly sorts: Float64Array;
}

export interface PackedUpdate extends Omit<ViewUpdate, 'operations'> {
  readonly operations: PackedOperations;
}

export type Request =
  | {
      readonly no: number;
      readonly kind: 'begin';
      readonly identity: GenerationIdentity;
      readonly replaced: string | undefined;
      readonly indexes: string;
    }
  | { readonly no: number; readonly kind: 'claim'; readonly partition: number; readonly owner: string | undefined }
  /** Without an owner: they are left. */
  | {
      readonly no: number;
      readonly kind: 'seen';
      readonly generation: string;
      readonly claims: ReadonlyMap<number, number>;
      readonly owner: string | undefined;
    }
  | {
      readonly no: number;
      readonly kind: 'latch';
      readonly generation: string;
      readonly reason: string;
      readonly evidence: string;
    }
  | { readonly no: number; readonly kind: 'release'; readonly generation: string; readonly reason: string }
  | { readonly no: number; readonly kind: 'apply'; readonly update: PackedUpdate }
  | { readonly no: number; readonly kind: 'close' };

/** `failure` is the one line of an error; then there is no `result`. */
export interface Answer {
  readonly no: number;
  readonly result?: string | Claim | ApplyOutcome | StoredDoubt;
  readonly failure?: string;
}

/** What the thread posts: one list of answers for each transaction, or, first of all, whether the file could be opened. */
export type FromThread =
  | { readonly kind: 'open' }
  | { readonly kind: 'unusable'; readonly detail: string }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] };

export function packUpdate(update: ViewUpdate, sorts: readonly string[]): PackedUpdate {
  return { ...update, operations: packOperations(update.operations, sorts) };
}

function packOperations(operations: readonly Operation[], sorts: readonly string[]): PackedOperations {
  const count = operations.length;
  const ids: string[] = [];
  const values: (string | null)[] = [];
  const texts: string[] = [];
  const requests: (string | null)[] = [];
  const numbers = new Float64Array(4 * count);
  const sortValues = new Float64Array(sorts.length * count).fill(-Infinity);
  operations.forEach((operation, at) => {
    ids.push(operation.id);
    values.push(operation.kind === 'put' ? textOf(operation.value) : null);
    texts.push(operation.kind === 'put' ? entryText(operation.terms, operation.filters) : '');
    requests.push(operation.kind === 'put' ? (operation.request ?? null) : null);
    if (operation.kind === 'delete') return;
    numbers.set([operation.createdAt, operation.updatedAt, operation.partition, operation.offset], 4 * at);
    sorts.forEach((name, index) => {
      const value = operation.sorts[name] ?? -Infinity;
      sortValues[at * sorts.length + index] = Number.isFinite(value) ? value : -Infinity;
    });
  });
  return { ids, values, texts, requests, numbers, sorts: sortValues };
}

const decoder = new TextDecoder();

function textOf(value: PutOperation['value']): string {
  return typeof value === 'string' ? value : decoder.decode(value);
}

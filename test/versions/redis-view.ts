/** How a view in Redis is kept in a file: what its maker and its test share. */
import { INDEXES, partitionByName } from '../../src/view/view-under-test.conformance.ts';

/** What it was opened for, beside the address. */
export const OPENED = { ...INDEXES, search: true, partitionOf: partitionByName, warn: () => undefined };

/** What all its keys begin with. */
export const VIEW_NAMES = { prefix: 'kmodel-of-0.1.0', model: 'job' };

/** What a key holds. */
export type HeldKey =
  | { readonly type: 'hash'; readonly fields: Readonly<Record<string, string>> }
  | { readonly type: 'set'; readonly members: readonly string[] }
  /** Members and scores in turns. */
  | { readonly type: 'zset'; readonly places: readonly string[] };

/** Every key, and what it holds. */
export type HeldView = Record<string, HeldKey>;

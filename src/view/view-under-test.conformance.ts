/** What the stories of the View's conformance suite share: a view under test, and a build that keeps its bookkeeping. */
import { expect } from 'vitest';
import type { ListQuery, Operation, Page, PutOperation, QuarantinedRecord, Read, View, ViewUpdate } from './view.ts';

/** The names of the indexes that a view is made for. */
export interface IndexNames {
  readonly filters: string[];
  readonly sorts: string[];
}

/** A new, empty view. `reopen` closes it and opens what it has stored; `cleanup` closes and removes everything. */
export interface ViewUnderTest {
  readonly view: View;
  reopen(): Promise<View>;
  cleanup(): Promise<void>;
}

export type MakeView = (indexes: IndexNames) => Promise<ViewUnderTest>;

export const INDEXES: IndexNames = { filters: ['company', 'tag'], sorts: ['pay', 'closes'] };
export const IDENTITY = { logId: 'log-1', fingerprint: 'fingerprint-1', modelVersion: 3, partitions: 2 };

/** Ids name their partition, as in `3:x`; all others are in partition 0. */
export function partitionByName(id: string): number {
  return Number(/^(\d+):/.exec(id)?.[1] ?? 0);
}

/** A put with no index entry and plain fields, but for what `more` says. */
export function put(id: string, more: Partial<PutOperation> = {}): PutOperation {
  return {
    kind: 'put',
    id,
    value: JSON.stringify({ name: id }),
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_001,
    partition: 0,
    offset: 0,
    request: undefined,
    terms: [],
    filters: {},
    sorts: {},
    ...more,
  };
}

export function deletion(id: string): Operation {
  return { kind: 'delete', id };
}

/** A record of partition 0 that broke a rule. */
export function quarantined(offset: number, key: string): QuarantinedRecord {
  return {
    partition: 0,
    offset,
    key: new Uint8Array(Buffer.from(key)),
    value: Uint8Array.of(1, 2, 3),
    headers: {},
    timestamp: 1_700_000_000_000,
    reason: 'SCHEMA',
    detail: 'expected a string at /title, found a number',
  };
}

/** A query for everything, newest first, but for what `more` says. */
export function listing(more: Partial<ListQuery> = {}): ListQuery {
  return { terms: [], filters: {}, sort: 'createdAt', order: 'desc', after: undefined, limit: 1000, ...more };
}

/** The value of a read that has to be ready. */
export function ready<T>(read: Read<T>): Extract<Read<T>, { kind: 'read' }> {
  if (read.kind !== 'read') throw new Error(`the view is ${JSON.stringify(read)}`);
  return read;
}

export async function page(view: View, more: Partial<ListQuery> = {}): Promise<Page> {
  return ready(await view.list(listing(more))).value;
}

/** The ids that a list answers, in its order. */
export async function ids(view: View, more: Partial<ListQuery> = {}): Promise<string[]> {
  return (await page(view, more)).entities.map(({ id }) => id);
}

/** The updates of one worker that holds all partitions of one generation. */
export class Build {
  readonly view: View;
  readonly generation: string;
  readonly #checkpoints: number[];
  readonly #epochs: number[];

  private constructor(view: View, generation: string, epochs: number[]) {
    this.view = view;
    this.generation = generation;
    this.#epochs = epochs;
    this.#checkpoints = epochs.map(() => 0);
  }

  /** Begins a generation and claims all its partitions. */
  static async begin(view: View, partitions: number = IDENTITY.partitions): Promise<Build> {
    const generation = await view.begin({ ...IDENTITY, partitions }, (await view.describe()).generation?.id);
    const epochs: number[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      const claim = await view.claim(partition);
      if (claim.kind !== 'claimed') throw new Error('a partition of a new generation could not be claimed');
      epochs.push(claim.epoch);
    }
    return new Build(view, generation, epochs);
  }

  /** The same, with every partition live. */
  static async live(view: View, partitions: number = IDENTITY.partitions): Promise<Build> {
    const build = await Build.begin(view, partitions);
    for (let partition = 0; partition < partitions; partition += 1) await build.apply([], { partition, live: true });
    return build;
  }

  /** The update that would put `operations` into partition 0, unless `more` says otherwise. */
  update(operations: readonly Operation[], more: Partial<ViewUpdate> = {}): ViewUpdate {
    const partition = more.partition ?? 0;
    const fromOffset = more.fromOffset ?? this.#checkpoints[partition] ?? 0;
    return {
      logId: IDENTITY.logId,
      generation: this.generation,
      fingerprint: IDENTITY.fingerprint,
      partition,
      epoch: this.#epochs[partition] ?? 0,
      fromOffset,
      nextOffset: fromOffset + operations.length,
      operations,
      quarantined: [],
      live: false,
      caughtUpAt: undefined,
      ...more,
    };
  }

  /** Applies it; it has to be accepted. */
  async apply(operations: readonly Operation[], more: Partial<ViewUpdate> = {}): Promise<void> {
    const update = this.update(operations, more);
    expect(await this.view.apply(update)).toEqual({ kind: 'applied' });
    this.#checkpoints[update.partition] = update.nextOffset;
  }
}

/** Whatever an update could change. */
export async function wholeState(view: View): Promise<unknown> {
  return [await view.checksum(), await view.describe(), await view.quarantine(undefined, 1000)];
}

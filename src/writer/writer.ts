/**
 * The writer: turns a valid entity into a record and appends it. It knows the log and never the view (I9): what it must
 * know of the current entity (createdAt, request) is handed in.
 */
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import type { BrokenRule } from '../errors.ts';
import { type AppendOutcome, type Log, type NewRecord } from '../log/log.ts';
import { partitionOf } from '../log/partitioner.ts';
import type { EntityFields, Model } from '../model/model.ts';
import { HEADER_CREATED, HEADER_REQUEST, HEADER_VERSION, utf8 } from '../model/record.ts';
import type { Position } from '../position.ts';
import { SILENT, type Recorder } from '../status/recorder.ts';
import { changedAgain } from './same-again.ts';

/** An entity as a write left it; the same shape as the view's. */
export interface WrittenEntity {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly partition: number;
  readonly offset: number;
}

/**
 * `unavailable`: nothing was written and nothing will appear later; `refused`: nor when it is sent again. `uncertain`: the log didn't say in time; the write may
 * still land, in the partition that `partitionOf` answers for the id.
 */
export type PutOutcome =
  | { readonly kind: 'written'; readonly entity: WrittenEntity; readonly position: Position }
  | { readonly kind: 'invalid'; readonly rules: readonly BrokenRule[] }
  | NotAppended;

export type DeleteOutcome = { readonly kind: 'deleted'; readonly position: Position } | NotAppended;

export type NotAppended = Exclude<AppendOutcome, { readonly kind: 'appended' }>;

export interface PutRequest {
  readonly id: string;
  /** As `checkBody` gave them back. */
  readonly fields: EntityFields;
  /** The current entity's createdAt, so that it survives; undefined where there is none. */
  readonly createdAt: number | undefined;
  /** The hash kept with an idempotency key: of this request, or the current entity's. */
  readonly request: string | undefined;
}

export interface Writer {
  /** The log's identity as it was last seen; positions carry it. */
  readonly logId: string;
  /** Asks the log who it is: it may have been replaced by another one. Rejects where it doesn't answer. */
  refresh(): Promise<void>;
  put(request: PutRequest): Promise<PutOutcome>;
  /** Appends a tombstone, whether or not there is such an entity. */
  delete(id: string): Promise<DeleteOutcome>;
  /** The partition that the id's records belong to. */
  partitionOf(id: string): number;
  /**
   * Resolves when no write of this process to the id's partition is uncertain any more: each is in the log, or never will be.
   * Rejects when the log is closed first.
   */
  settled(id: string): Promise<void>;
  /**
   * Where the id's partition ends, asked of the log after the call came: a read at it sees every write to the id that any
   * process had answered before. Rejects where the log doesn't answer.
   */
  endOf(id: string): Promise<Position>;
}

/** Namespace of the ids made from idempotency keys (a random UUID, fixed for ever). */
const KEY_NAMESPACE = '5a3f6a1e-7f0b-4c8e-9a55-0d6b7c1c2b3f';

/** Random bytes for ids are drawn for many at once: asking for sixteen costs ten times as much as making the id. */
const BYTES_PER_ID = 16;
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;

function randomBytes(): Uint8Array {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += BYTES_PER_ID;
  return pool.slice(used - BYTES_PER_ID, used);
}

/** A new id: UUIDv7, so that ids grow with time, by the millisecond. */
export function newId(): string {
  return uuidv7({ rng: randomBytes });
}

/** The id that an idempotency key always stands for: UUIDv5 of model and key. */
export function idOfKey(model: string, key: string): string {
  return uuidv5(`${model}\n${key}`, KEY_NAMESPACE);
}

export interface WriterOptions {
  /** Default: counts nothing. */
  readonly recorder?: Recorder;
  /** Told each position that is acknowledged. */
  readonly acknowledged?: (position: Position) => void;
}

/** Opens a writer on the log. */
export async function openWriter(model: Model, log: Log, options: WriterOptions = {}): Promise<Writer> {
  const { recorder = SILENT } = options;
  let { id: logId } = await log.describe();
  const place = (id: string): number => partitionOf(utf8(id), model.partitions, model.partitioner);

  async function append(record: NewRecord): Promise<AppendOutcome> {
    const began = performance.now();
    const outcome = await log.append([record]);
    recorder.written(model.name, outcome.kind, (performance.now() - began) / 1000);
    if (outcome.kind !== 'appended') return outcome;
    ({ logId } = outcome);
    options.acknowledged?.(positionOf(outcome));
    return outcome;
  }

  return {
    get logId() {
      return logId;
    },
    async refresh() {
      ({ id: logId } = await log.describe());
    },
    partitionOf: place,
    settled: (id) => log.settled(place(id)),
    async endOf(id) {
      const partition = place(id);
      const end = await log.endOf(partition);
      ({ logId } = end);
      return new Map([[partition, end.endOffset]]);
    },

    async put({ id, fields, createdAt, request }) {
      const value = stringify(fields);
      if (value === undefined) {
        return { kind: 'invalid', rules: [{ pointer: '', message: 'expected JSON, found nesting too deep to write' }] };
      }
      const bytes = utf8(value);
      const rules = changedAgain(model, value, bytes);
      if (rules.length > 0) return { kind: 'invalid', rules };
      const updatedAt = Math.max(Date.now(), createdAt ?? 0);
      const created = createdAt ?? updatedAt;
      const headers = {
        [HEADER_CREATED]: String(created),
        [HEADER_VERSION]: String(model.version),
        ...(request === undefined ? {} : { [HEADER_REQUEST]: request }),
      };
      const partition = place(id);
      const outcome = await append({ partition, key: utf8(id), value: bytes, headers, timestamp: updatedAt });
      if (outcome.kind !== 'appended') return outcome;
      const { offset, timestamp } = outcome.records[0]!;
      const entity = { id, value, createdAt: created, updatedAt: timestamp ?? updatedAt, partition, offset };
      return { kind: 'written', entity, position: positionOf(outcome) };
    },

    async delete(id) {
      const partition = place(id);
      const headers = { [HEADER_VERSION]: String(model.version) };
      const outcome = await append({ partition, key: utf8(id), value: null, headers, timestamp: Date.now() });
      if (outcome.kind !== 'appended') return outcome;
      return { kind: 'deleted', position: positionOf(outcome) };
    },
  };
}

function positionOf(outcome: AppendOutcome & { kind: 'appended' }): Position {
  return new Map(outcome.records.map(({ partition, offset }) => [partition, offset + 1]));
}

/** JSON of the fields; undefined where they nest deeper than the stack allows. */
function stringify(fields: EntityFields): string | undefined {
  try {
    return JSON.stringify(fields);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

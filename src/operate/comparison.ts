/**
 * What a held view has and its log lacks. Pure. Where the log's end was lost and other records followed, offsets tell nothing, so
 * records are compared by their times: what is written to the log after a loss is later than what was lost.
 */
import { idProblem } from '../model/id.ts';
import { fromUtf8 } from '../model/record.ts';
import type { NewestRecord } from './log-keys.ts';

/** What of an entity counts here. */
export interface ViewedEntity {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  readonly offset: number;
}

/** `same`: the log has it. `lost`: only the view has it. `newer`: the log has a later record of the key, which stays. */
export type Standing = 'same' | 'lost' | 'newer';

/** Where an entity of the view stands, by the newest record of its key that the log has. */
export function standingOf(entity: ViewedEntity, newest: NewestRecord | undefined): Standing {
  if (newest === undefined || newest.timestamp < entity.updatedAt) return 'lost';
  if (newest.timestamp > entity.updatedAt) return 'newer';
  // Of one millisecond: a record keeps its offset, so one before the entity's is an older one.
  if (newest.offset < entity.offset) return 'lost';
  return newest.isTombstone ? 'newer' : 'same';
}

/** What is known of where log and view part. */
export interface Parting {
  /** Below it the partition's log is what the view was built from: one past the last record that both have. */
  readonly commonUpTo: number;
  /** When the first lost entity was written; undefined: none was lost. Milliseconds. */
  readonly firstLostAt: number | undefined;
}

/** `deleted`: the view had read it, and a delete that was lost. `unsure`: nobody can tell whether it was written after the loss: it stays. */
export type Absence = 'deleted' | 'unsure';

/** What it means that the view lacks a key whose newest record in the log is a put. */
export function absenceOf({ offset, timestamp }: NewestRecord, { commonUpTo, firstLostAt }: Parting): Absence {
  if (offset < commonUpTo) return 'deleted';
  return firstLostAt !== undefined && timestamp < firstLostAt ? 'deleted' : 'unsure';
}

/** The id that a key stands for; undefined: it is none, so no entity can have been deleted by it. */
export function idOfKeyBytes(latin1: string): string | undefined {
  const id = fromUtf8(Buffer.from(latin1, 'latin1'));
  return id === undefined || idProblem(id) !== undefined ? undefined : id;
}

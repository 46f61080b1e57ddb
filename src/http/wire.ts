/**
 * The JSON shapes of the API, shared with its clients (import the types); render.ts writes them. The web app is compiled with
 * this file, so it takes nothing of Node.
 */
import type { BrokenRule } from '../errors.ts';
import type { ShownBytes } from '../model/shown-bytes.ts';
import type { ModelReport } from '../status/report.ts';
import type { PartitionStatus, Readiness } from '../status/status.ts';

/** What the API adds to an entity's own fields. */
export interface EntityEnvelope {
  readonly id: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `<partition>-<offset>-<digest>`: where the newest record stands, and in which log; in quotes, the ETag. */
  readonly version: string;
}

/** An entity as the API answers it. */
export type WireEntity<Fields = Readonly<Record<string, unknown>>> = EntityEnvelope & Fields;

/** The answer to GET /api/<model>. */
export interface WireList<Fields = Readonly<Record<string, unknown>>> {
  readonly items: readonly WireEntity<Fields>[];
  /** Send it as ?after= for the next page; null where there is none. */
  readonly next: string | null;
  /** The same text as the Kmodel-Position header. */
  readonly position: string;
}

/** The body of every answer that isn't a success (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** A code of the table of errors. */
  readonly code: string;
  /** What to do, in one sentence. */
  readonly action: string;
  /** Each broken rule of a body, with ENTITY_INVALID. */
  readonly errors?: readonly BrokenRule[];
  /** With WRITE_UNCERTAIN: the entity's id and the partition that the write would land in. */
  readonly id?: string;
  readonly partition?: number;
  /** With WRITE_UNCERTAIN, where it is known: the moment after which the write can't land any more. */
  readonly until?: string;
}

export interface WireModelHealth {
  /** Whether what was asked for (reads, unless `?for=writes`) is ready. */
  readonly ready: boolean;
  readonly reads: Readiness;
  readonly writes: Readiness;
  readonly quarantined: number;
  readonly partitions: readonly WirePartition[];
  /** What needs a person: the lines of GET /status. */
  readonly problems: readonly string[];
}

export type WirePartition = Omit<PartitionStatus, 'problem'> & { readonly problem?: string };

/** The answer to GET /health/ready. */
export interface WireReadiness {
  /** Of what was asked for, the worst of all models. */
  readonly status: Readiness;
  readonly reads: Readiness;
  readonly writes: Readiness;
  readonly models: Readonly<Record<string, WireModelHealth>>;
}

/** What log and view of one model look like; null stands for what is not known. */
export type WireModelReport = ModelReport;

/** The answer to GET /status. */
export interface WireStatus {
  /** Nothing needs a person. */
  readonly ok: boolean;
  readonly models: readonly WireModelReport[];
}

/** A record that could not be applied. */
export interface WireQuarantinedRecord {
  /** Both are cut where they are long: `bytes` says how long they are. */
  readonly key: ShownBytes;
  readonly value: ShownBytes | null;
  readonly partition: number;
  readonly offset: number;
  /** As the record has it: milliseconds since the epoch, unless that is what is wrong with it. */
  readonly timestamp: number;
  readonly reason: string;
  readonly detail: string;
}

/** The answer to GET /status/<model>/quarantine. */
export interface WireQuarantine {
  readonly items: readonly WireQuarantinedRecord[];
  /** Send it as ?after= for the next page; null where there is none. */
  readonly next: string | null;
}

/**
 * A model: an entity type, declared once. The definition is checked by defineModel (define.ts); everything else reads the
 * checked Model below and never the schema's library.
 */
import type { BrokenRule } from '../errors.ts';

/** How a model's keys map to partitions; `crc32` is what librdkafka producers use by default. */
export type PartitionerName = 'murmur2' | 'crc32';

/** An index answers `?<name>=<value>` (filter) or `?sort=<name>` (sort). `field` is a top-level field of the entity. */
export type ModelIndex =
  | { readonly name: string; readonly kind: 'filter'; readonly field: string }
  | { readonly name: string; readonly kind: 'sort'; readonly field: string; readonly type: 'number' | 'time' };

/** The entity's own fields, as its schema gives them back. */
export type EntityFields = Readonly<Record<string, unknown>>;

export type Validation =
  | { readonly kind: 'valid'; readonly fields: EntityFields }
  | { readonly kind: 'invalid'; readonly rules: readonly BrokenRule[] };

/** What the view stores beside an entity's value. */
export interface IndexEntries {
  readonly terms: readonly string[];
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly sorts: Readonly<Record<string, number>>;
}

export interface Model {
  /** Lower-case letters, digits and hyphens, starting with a letter, at most 100: the route, the folder, the keys in Redis. */
  readonly name: string;
  /** The Kafka topic; the name, unless the definition says otherwise. It is not part of the fingerprint: another topic is another log. */
  readonly topic: string;
  readonly partitions: number;
  /** The version of the schema, written into each record. */
  readonly version: number;
  readonly partitioner: PartitionerName;
  readonly indexes: readonly ModelIndex[];
  /** Top-level fields that `?q=` searches. Empty: the model has no search. */
  readonly search: readonly string[];
  /** Changes whenever a view built before the change could differ from one built after it. */
  readonly fingerprint: string;
  /** JSON Schema (draft 2020-12) of the fields as sent, and as stored and answered. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema: Readonly<Record<string, unknown>>;
  /** Checks the entity's own fields against the schema. Never throws for bad input. */
  validate(value: unknown): Validation;
  /** The index entries of valid fields, of which it reads those that are indexed or searched. Pure. */
  entries(fields: EntityFields): IndexEntries;
  /**
   * Of JSON that plainly is as the schema would give it back, in its shortest form: those fields that `entries` reads.
   * Undefined: it isn't plain, and `validate` is to be asked. Pure.
   */
  readStored(json: Uint8Array): EntityFields | undefined;
}

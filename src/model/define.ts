/** defineModel: checks a definition and makes the Model that everything else reads. */
import { createHash } from 'node:crypto';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { KmodelError } from '../errors.ts';
import { entriesOf } from './entries.ts';
import { checkIndexes, checkSearch, type IndexDefinition } from './indexes.ts';
import { checkSchemas, type JsonSchema, type ModelSchema } from './json-schema.ts';
import type { Model, PartitionerName } from './model.ts';
import { checkForm, storedReader, type StoredForm } from './stored-form.ts';
import { TERMS_VERSION } from './terms.ts';
import { validator } from './validate.ts';

type FieldOf<S extends ModelSchema> = Extract<keyof StandardSchemaV1.InferOutput<S>, string>;

export interface ModelDefinition<S extends ModelSchema> {
  /** The route (`/api/<name>`), the folder of the embedded log and view, the keys in Redis: lower-case letters, digits and hyphens. */
  readonly name: string;
  /**
   * The Kafka topic, where it has another name: letters, digits, `.`, `_` and `-`, at most 249. The embedded log has no topic and
   * passes over it. Default: the name.
   */
  readonly topic?: string;
  /**
   * The entity's own fields: an object that refuses unknown fields. It must be synchronous, and what it gives back must
   * pass it again unchanged, because the worker checks each record with it too.
   */
  readonly schema: S;
  /** `name: { filter: field }` answers `?name=value`; `name: { sort: field }` answers `?sort=name`. Default: none. */
  readonly indexes?: Readonly<Record<string, IndexDefinition<FieldOf<S>>>>;
  /** Fields that `?q=` searches. Default: none. */
  readonly search?: readonly FieldOf<S>[];
  /**
   * What most records look like: those of this form are stored as they came, and the schema is not asked. So it may only fit
   * what the schema gives back unchanged; a property test that compares the two belongs beside it. Default: the schema is asked
   * about every record.
   */
  readonly stored?: StoredForm<FieldOf<S>>;
  /** Partitions of the log, 1 … 1000; fixed once the log is made. Default 10. */
  readonly partitions?: number;
  /** Version of the schema, written into each record; an integer from 1. Default 1. */
  readonly version?: number;
  /** How keys map to partitions, if other producers write to the topic. Default `murmur2`, as in Java. */
  readonly partitioner?: PartitionerName;
}

/** Raised whenever the stored form of a view changes, so that views built before are built anew. */
const VIEW_FORMAT = 1;

const NAME = /^[a-z][a-z0-9-]{0,99}$/;
/** What Kafka takes; it refuses `.` and `..` alone. */
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

/** Marks models across copies of this package, so that an app's models are known whichever copy made them. */
const MODEL = Symbol.for('kmodel.model');

/**
 * Makes a model. Throws KmodelError MODEL_INVALID, with a message that says what to write instead, where the definition is
 * ill-formed.
 */
export function defineModel<const S extends ModelSchema>(definition: ModelDefinition<S>): Model {
  const { name, schema, indexes = {}, search = [], stored } = definition;
  const { partitions = 10, version = 1, partitioner = 'murmur2' } = definition;
  if (typeof name !== 'string' || !NAME.test(name)) {
    const example = typeof name === 'string' ? suggestName(name) : 'note';
    throw ill(
      name,
      `its name must be lower-case letters, digits and hyphens, starting with a letter: write "${example}"`,
    );
  }
  const { topic = name } = definition;
  if (typeof topic !== 'string' || !TOPIC.test(topic))
    throw ill(
      name,
      `topic must be 1 to 249 letters, digits and the characters . _ -, not . or .. alone, not ${JSON.stringify(topic)}`,
    );
  if (!isInteger(partitions, 1, 1000))
    throw ill(name, `partitions must be an integer from 1 to 1000, not ${partitions}`);
  if (!isInteger(version, 1, 2 ** 31)) throw ill(name, `version must be an integer from 1, not ${version}`);
  if (partitioner !== 'murmur2' && partitioner !== 'crc32') {
    throw ill(
      name,
      `partitioner must be 'murmur2' (Java's) or 'crc32' (librdkafka's), not ${JSON.stringify(partitioner)}`,
    );
  }
  const fail = (message: string): never => {
    throw ill(name, message);
  };
  const schemas = checkSchemas(schema, fail);
  const checkedIndexes = checkIndexes(indexes, schemas.output, fail);
  const checkedSearch = checkSearch(search, schemas.output, fail);
  if (stored !== undefined) checkForm(stored, schemas.output, fail);
  const indexed = new Set([...checkedIndexes.map(({ field }) => field), ...checkedSearch]);
  const model: Model = {
    name,
    topic,
    partitions,
    version,
    partitioner,
    indexes: checkedIndexes,
    search: checkedSearch,
    inputSchema: schemas.input,
    outputSchema: schemas.output,
    fingerprint: fingerprintOf([
      VIEW_FORMAT,
      TERMS_VERSION,
      name,
      partitions,
      version,
      partitioner,
      checkedIndexes,
      checkedSearch,
      schemas.output,
    ]),
    validate: validator(schema),
    entries: entriesOf(checkedIndexes, checkedSearch),
    readStored: stored === undefined ? () => undefined : storedReader(stored, indexed),
  };
  return Object.freeze(Object.defineProperty(model, MODEL, { value: true }));
}

/** Whether the value is a model, of this copy of the package or of another. */
export function isModel(value: unknown): value is Model {
  return typeof value === 'object' && value !== null && (value as { [MODEL]?: boolean })[MODEL] === true;
}

function ill(name: unknown, message: string): KmodelError {
  return new KmodelError('MODEL_INVALID', `model ${JSON.stringify(name)}: ${message}`);
}

function suggestName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return NAME.test(plain) ? plain : 'note';
}

function isInteger(value: unknown, least: number, greatest: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= greatest;
}

function fingerprintOf(parts: readonly (number | string | object | JsonSchema)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** What a batch does to the view. Pure: the shell around it reads the log and calls the view. */
import type { BrokenRule } from '../errors.ts';
import type { Batch, LogRecord } from '../log/log.ts';
import { isOwnKey } from '../core/own-keys.ts';
import { partitionOf } from '../log/partitioner.ts';
import { idProblem, MAX_ID_LENGTH } from '../model/id.ts';
import type { EntityFields, Model } from '../model/model.ts';
import { halfSurrogates } from '../model/half-surrogates.ts';
import { fromUtf8, HEADER_CREATED, HEADER_REQUEST, TIME_LIMIT } from '../model/record.ts';
import { TextMap } from '../text-map.ts';
import type { Operation, QuarantinedRecord, ViewUpdate } from '../view/view.ts';
import { type JsonText, type ReadJson, readValues } from './read-values.ts';
import { isShortest } from './shortest.ts';

export type BatchEffect = Pick<ViewUpdate, 'operations' | 'quarantined'> & Required<Pick<ViewUpdate, 'released'>>;

/** Why a record can't be applied; docs/spec.md lists the codes. */
type Refusal = { readonly reason: 'KEY' | 'WRONG_PARTITION' | 'TIME' | 'JSON' | 'SCHEMA'; readonly detail: string };

/**
 * What the newest record of one key comes to. `released`: it is a tombstone of a key that no entity of the partition can have;
 * all that it can end is a record of that key in quarantine.
 */
type Fate =
  | { readonly operation: Operation }
  | { readonly quarantined: QuarantinedRecord }
  | { readonly released: Uint8Array };

/** A batch being folded, in slices: a whole one can take longer than other work in this thread should wait. */
export interface BatchFold {
  add(records: readonly LogRecord[]): void;
  /** How many terms and filter values the puts that were added have. */
  entries(): number;
  effect(): BatchEffect;
}

/**
 * Begins the fold of a batch: of each key only its last record counts, in log order, puts and tombstones alike (I10).
 * kmodel's own records, fences, are no entity's and are passed over. A record that can't be applied is quarantined instead,
 * and one that could before it is applied, so that the entity keeps its last good value (I6). A tombstone is never
 * quarantined: it ends what it can end, whatever its key is. `expected`: about so many records are to come.
 */
export function beginFold(model: Model, partition: number, expected: number): BatchFold {
  const operations = new TextMap<Operation>(expected);
  const quarantined = new Map<string, QuarantinedRecord>();
  const released = new Map<string, Uint8Array>();
  let entries = 0;
  return {
    add(records) {
      const values = readAll(model, records);
      for (let at = 0; at < records.length; at += 1) {
        const record = records[at]!;
        if (isOwnKey(record.key)) continue;
        const fate = fateOf(model, partition, record, values[at]);
        if ('operation' in fate) {
          if (quarantined.size > 0) quarantined.delete(latin1(record.key));
          operations.set(fate.operation.id, fate.operation);
          entries += entriesOf(fate.operation);
          continue;
        }
        const key = latin1(record.key);
        if ('quarantined' in fate) {
          quarantined.set(key, fate.quarantined);
          released.delete(key);
        } else {
          quarantined.delete(key);
          released.set(key, fate.released);
        }
      }
    },
    entries: () => entries,
    effect: () => ({
      operations: operations.values(),
      quarantined: [...quarantined.values()],
      released: [...released.values()],
    }),
  };
}

function entriesOf(operation: Operation): number {
  if (operation.kind === 'delete') return 0;
  let entries = operation.terms.length;
  for (const values of Object.values(operation.filters)) entries += values.length;
  return entries;
}

/** The effect of a whole batch. */
export function effectOf(model: Model, batch: Batch): BatchEffect {
  const fold = beginFold(model, batch.partition, batch.records.length);
  fold.add(batch.records);
  return fold.effect();
}

/** What the value of a record says. `stored`: it has the model's stored form; its text will do as it is. */
type ReadValue = ReadJson | { readonly kind: 'stored'; readonly fields: EntityFields };

/** What the values of the records say, each in its place; undefined for a tombstone. */
function readAll(model: Model, records: readonly LogRecord[]): readonly (ReadValue | undefined)[] {
  const others: Uint8Array[] = [];
  const stored = records.map(({ value }): ReadValue | undefined => {
    if (value === null) return undefined;
    const fields = model.readStored(value);
    if (fields !== undefined) return { kind: 'stored', fields };
    others.push(value);
    return undefined;
  });
  if (others.length === 0) return stored;
  const read = readValues(others);
  let next = 0;
  return stored.map((one, at) => (one === undefined && records[at]!.value !== null ? read[next++] : one));
}

/** `value`: what that of the record says; undefined for a tombstone. */
function fateOf(model: Model, partition: number, record: LogRecord, value: ReadValue | undefined): Fate {
  const key = readKey(model, partition, record.key);
  if ('reason' in key) return value === undefined ? { released: record.key } : quarantine(record, key);
  const { id } = key;
  if (value === undefined) return { operation: { kind: 'delete', id } };
  const createdAt = createdAtOf(record);
  if (createdAt === undefined || record.timestamp >= TIME_LIMIT) return quarantine(record, timeRefusal(record));
  const checked = checkValue(model, value);
  if ('reason' in checked) return quarantine(record, checked);
  const operation = put(model, partition, id, record, createdAt, checked);
  return 'reason' in operation ? quarantine(record, operation) : { operation };
}

function put(
  model: Model,
  partition: number,
  id: string,
  record: LogRecord,
  createdAt: number,
  { fields, json }: CheckedValue,
): Operation | Refusal {
  try {
    const { terms, filters, sorts } = model.entries(fields);
    const asItIs = json === undefined || isShortest(fields, json);
    const value = record.value !== null && asItIs ? record.value : JSON.stringify(fields);
    // One literal: spreading parts into it costs a fifth of the whole fold.
    return {
      kind: 'put',
      id,
      value,
      createdAt,
      updatedAt: Math.max(0, record.timestamp),
      partition,
      offset: record.offset,
      request: record.headers[HEADER_REQUEST],
      terms,
      filters,
      sorts,
    };
  } catch (error) {
    // Nesting deeper than the stack allows, say. One bad record must never stop its partition (I6).
    const found = error instanceof Error ? error.message : String(error);
    return { reason: 'SCHEMA', detail: `expected fields that can be written as JSON and indexed, found: ${found}` };
  }
}

/** Which ASCII characters ids may be made of without any problem: most ids are of these alone. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, at) => (/[0-9A-Za-z_-]/.test(String.fromCharCode(at)) ? 1 : 0));

function isPlainId(key: Uint8Array): boolean {
  if (key.length === 0 || key.length > MAX_ID_LENGTH) return false;
  for (let at = 0; at < key.length; at += 1) if (PLAIN[key[at]!] === 0) return false;
  return true;
}

function readKey(model: Model, partition: number, key: Uint8Array): { readonly id: string } | Refusal {
  const isPlain = isPlainId(key);
  const id = isPlain ? latin1(key) : fromUtf8(key);
  if (id === undefined) return { reason: 'KEY', detail: 'expected a key in UTF-8, found other bytes' };
  const problem = isPlain ? undefined : idProblem(id);
  if (problem !== undefined) return { reason: 'KEY', detail: `expected an id as key; this one ${problem}` };
  const expected = partitionOf(key, model.partitions, model.partitioner);
  if (expected === partition) return { id };
  const place = `partition ${expected} of ${model.partitions} (${model.partitioner})`;
  const detail = `expected the key in ${place}, found it in ${partition}: make the producer and the model's partitioner agree`;
  return { reason: 'WRONG_PARTITION', detail };
}

/** The header's time, or the record's own where there is none; undefined where it isn't a time. */
function createdAtOf(record: LogRecord): number | undefined {
  const header = record.headers[HEADER_CREATED];
  if (header === undefined) return Math.max(0, record.timestamp);
  const time = numberOf(header);
  return time !== undefined && time < TIME_LIMIT ? time : undefined;
}

const MOST_TIME_DIGITS = 13;
const ZERO = 0x30;

/** The number that digits, and nothing else, stand for. */
function numberOf(text: string): number | undefined {
  if (text.length === 0 || text.length > MOST_TIME_DIGITS) return undefined;
  let number = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = 10 * number + digit;
  }
  return number;
}

function timeRefusal({ headers, timestamp }: LogRecord): Refusal {
  const found = timestamp >= TIME_LIMIT ? `the timestamp ${timestamp}` : JSON.stringify(headers[HEADER_CREATED]);
  const detail = `expected ${HEADER_CREATED} and the timestamp to be milliseconds since the epoch, below 2^42; found ${found}`;
  return { reason: 'TIME', detail };
}

/** A value that fits the schema, beside what it was made of. */
interface CheckedValue {
  readonly fields: EntityFields;
  /** Undefined: the fields may be those alone that are indexed, and the text is as it would be written. */
  readonly json: JsonText | undefined;
}

function checkValue(model: Model, read: ReadValue): CheckedValue | Refusal {
  if (read.kind === 'stored') return { fields: read.fields, json: undefined };
  if (read.kind === 'refused') return { reason: 'JSON', detail: read.detail };
  const halves = read.mayHoldHalves ? halvesIn(read.value) : [];
  if (halves.length > 0) return schemaRefusal(halves);
  const checked = model.validate(read.value);
  return checked.kind === 'valid' ? { fields: checked.fields, json: read } : schemaRefusal(checked.rules);
}

/** HTTP refuses them too, so that what one reads can be put. */
function halvesIn(value: unknown): readonly BrokenRule[] {
  try {
    return halfSurrogates(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ pointer: '', message: 'expected JSON, found nesting too deep to look for half a surrogate pair in' }];
  }
}

/** So many rules surely fill the longest detail. */
const MOST_RULES_TOLD = 100;

function schemaRefusal(rules: readonly BrokenRule[]): Refusal {
  const told = rules.slice(0, MOST_RULES_TOLD);
  const broken = told.map(({ pointer, message }) => `${pointer || '(the whole)'} ${message}`).join('; ');
  return { reason: 'SCHEMA', detail: `expected a value that fits the model's schema, found: ${broken}` };
}

function quarantine(
  { partition, offset, key, value, headers, timestamp }: LogRecord,
  { reason, detail }: Refusal,
): Fate {
  return { quarantined: { partition, offset, key, value, headers, timestamp, reason, detail: detail.slice(0, 1000) } };
}

// A Buffer of the same memory would cost more than the text, and so would looking for Buffer each time.
const { latin1Slice } = Buffer.prototype;

/** A text of as many characters as there are bytes: equal where the bytes are. */
function latin1(bytes: Uint8Array): string {
  return latin1Slice.call(bytes, 0, bytes.length);
}

/**
 * Where everything of a view stands in Redis. Pure: names of keys, scores, and rows as text. All keys of one partition
 * share a hash tag, so that one script reaches them on any node.
 *
 * `<prefix>:<model>` (hash) is the root: what generation there is. With T = `<prefix>:{<model>/<partition>}`:
 * - T (hash): the partition's bookkeeping: generation, logId, fingerprint, epoch, checkpoint, live, caughtUpAt
 * - T:<generation>:e (hash): id → row: the entity, and the filter sets that it stands in
 * - T:<generation>:i (hash): id → packed terms, of the entities that have any (index-entries.ts)
 * - T:<generation>:s:<sort> (sorted set): id by sortScore; `createdAt` is always one of the sorts
 * - T:<generation>:f:<filter>:<value> (set): the ids of the entities with that value
 * - T:<generation>:t:<term> (set): the ids of the entities with that term
 * - T:<generation>:p:<prefix> (set): the same for short prefixes of terms (terms-layout.ts)
 * - T:<generation>:w (sorted set, all scores 0): the terms that longer prefixes are looked up among
 * - T:<generation>:q (hash): quarantine; the record's key → packed record
 * - T:<generation>:o (sorted set): the same keys by offset
 */
import type { StoredEntity } from '../view.ts';

/** Raise it with every change of the keys or of what stands in them: a generation of another layout is built anew. */
export const LAYOUT_VERSION = 2;

/** The sort that every model has. */
export const CREATED_AT = 'createdAt';

/** What begins every key of one view. */
export interface ViewNames {
  readonly prefix: string;
  readonly model: string;
}

/** The root of the view: a hash with generation, logId, fingerprint, modelVersion, partitions, indexes. */
export function rootKey({ prefix, model }: ViewNames): string {
  return `${prefix}:${model}`;
}

/** The set of generations that were dropped and whose keys may still be there. */
export function droppedKey(names: ViewNames): string {
  return `${rootKey(names)}:dropped`;
}

/** The channel that tells of checkpoints that moved. */
export function noticesChannel(names: ViewNames): string {
  return `${rootKey(names)}:moved`;
}

/** The bookkeeping of one partition; every other key of the partition begins with it. */
export function partitionKey({ prefix, model }: ViewNames, partition: number): string {
  return `${prefix}:{${model}/${partition}}`;
}

/** The keys of one partition of one generation. */
export interface PartitionKeys {
  readonly bookkeeping: string;
  readonly entities: string;
  readonly entries: string;
  readonly words: string;
  readonly quarantine: string;
  readonly quarantineOrder: string;
  /** Nothing stands there, ever. */
  readonly nobodys: string;
  sort(name: string): string;
  filter(name: string, value: string): string;
  term(text: string): string;
  prefix(text: string): string;
}

export function partitionKeys(names: ViewNames, generation: string, partition: number): PartitionKeys {
  const bookkeeping = partitionKey(names, partition);
  const own = generationPrefix(names, generation, partition);
  return {
    bookkeeping,
    entities: `${own}e`,
    entries: `${own}i`,
    words: `${own}w`,
    quarantine: `${own}q`,
    quarantineOrder: `${own}o`,
    nobodys: `${own}n`,
    sort: (name) => `${own}s:${name}`,
    filter: (name, value) => `${own}${filterSet(name, value)}`,
    term: (text) => `${own}${termSet(text)}`,
    prefix: (text) => `${own}${prefixSet(text)}`,
  };
}

/** What the key of a generation's own keys begins with. */
export function generationPrefix(names: ViewNames, generation: string, partition: number): string {
  return `${partitionKey(names, partition)}:${generation}:`;
}

/** The end of a filter set's key. Two values that differ only in unpaired surrogates would be the same UTF-8: escaped. */
export function filterSet(name: string, value: string): string {
  const plain = value.isWellFormed() && !value.startsWith('\0');
  return plain ? `f:${name}:${value}` : `f:${name}:\0${JSON.stringify(value)}`;
}

/** The end of a term set's key. */
export function termSet(text: string): string {
  return `t:${text}`;
}

/** The end of a prefix set's key. */
export function prefixSet(text: string): string {
  return `p:${text}`;
}

/** The score of an entity without a value in a sort: behind every other in the order of a set. */
export const NO_VALUE_SCORE = '+inf';

/**
 * A sorted set in its own order is a list in the port's `desc` order, equal values by id ascending; in reverse it is
 * `asc`. So scores are minus the values. Exact: JS writes the shortest text that reads back as the same double.
 */
export function sortScore(value: number | undefined): string {
  if (value === undefined) return NO_VALUE_SCORE;
  return value === 0 ? '0' : String(-value);
}

/** The value that a score (as Redis answers it) stands for; null: the entity has none. */
export function sortValue(score: string): number | null {
  const number = Number(score);
  if (score === 'inf' || number === Infinity) return null;
  return number === 0 ? 0 : -number;
}

/** The filter that the end of a set's key stands for: filterSet's reverse. */
export function filterOf(set: string): { readonly name: string; readonly value: string } {
  const end = set.indexOf(':', 2);
  const value = set.slice(end + 1);
  return { name: set.slice(2, end), value: value.startsWith('\0') ? (JSON.parse(value.slice(1)) as string) : value };
}

/** A row begins with so many digits: how long its head is, in bytes of UTF-8, so that a script can cut it off. */
export const HEAD_DIGITS = 7;

/**
 * The head of a row: `createdAt updatedAt offset partition request ` and the sets. The request is `-` where there is none.
 * A text in it is its length in UTF-16 units, a space and itself, whatever characters it holds. `sets` is by setsText.
 */
export function rowHeadOf({ createdAt, updatedAt, offset, partition, request }: StoredEntity, sets: string): string {
  const asked = request === undefined ? '-' : `${request.length} ${request}`;
  return `${createdAt} ${updatedAt} ${offset} ${partition} ${asked} ${sets}`;
}

/** The ends of the keys of the filter sets that an entity stands in, as a row's head ends with them. */
export function setsText(filters: Readonly<Record<string, readonly string[]>>): string {
  let count = 0;
  let sets = '';
  for (const name in filters) {
    for (const value of filters[name] ?? []) {
      const set = filterSet(name, value);
      sets += `${set.length} ${set} `;
      count += 1;
    }
  }
  return count === 0 ? NO_SETS_TEXT : `${count} ${sets}`;
}

export const NO_SETS_TEXT = '0 ';

/** The sets that a row's head names, which begins at `from`; and where the head ends. */
export function setsOfHead(text: string, from = 0): { readonly sets: readonly string[]; readonly end: number } {
  const [count, first] = numberAt(text, setsAt(text, from));
  const sets: string[] = [];
  let end = first;
  for (let at = 0; at < count; at += 1) {
    const [length, start] = numberAt(text, end);
    sets.push(text.slice(start, start + length));
    end = start + length + 1;
  }
  return { sets, end };
}

/** Where the sets begin in a row's head, which begins at `from`. */
export function setsAt(text: string, from = 0): number {
  let at = from;
  for (let numbers = 0; numbers < 4; numbers += 1) at = text.indexOf(' ', at) + 1;
  if (text.startsWith('- ', at)) return at + 2;
  const [length, start] = numberAt(text, at);
  return start + length + 1;
}

/** The entity of a row. */
export function entityOf(id: string, row: string): StoredEntity {
  const [createdAt, afterCreated] = numberAt(row, HEAD_DIGITS);
  const [updatedAt, afterUpdated] = numberAt(row, afterCreated);
  const [offset, afterOffset] = numberAt(row, afterUpdated);
  const [partition, afterPartition] = numberAt(row, afterOffset);
  const value = row.slice(setsOfHead(row, HEAD_DIGITS).end);
  const entity = { id, value, createdAt, updatedAt, partition, offset };
  if (row.startsWith('- ', afterPartition)) return { ...entity, request: undefined };
  const [length, afterLength] = numberAt(row, afterPartition);
  return { ...entity, request: row.slice(afterLength, afterLength + length) };
}

/** A number that a space ends, and where the text goes on behind that. */
function numberAt(text: string, from: number): [number, number] {
  const end = text.indexOf(' ', from);
  return [Number(text.slice(from, end)), end + 1];
}

/**
 * Where everything of a view stands in Redis. Pure: names of keys, and scores. All keys of one partition
 * share a hash tag, so that one script reaches them on any node.
 *
 * `<prefix>:<model>` (hash) is the root: what generation there is, what makes it doubtful, and which server it was seen on.
 * `<prefix>:<model>:standing` (hash): name → `seen why` of workers that stand by.
 * `<prefix>:<model>:owners` (hash): partition → `epoch seen name` of the last claim. With T = `<prefix>:{<model>/<partition>}`:
 * - T (hash): the partition's bookkeeping: generation, logId, fingerprint, epoch, checkpoint, live, caughtUpAt, leaderEpoch, tail
 * - T:<generation>:e (hash): id → row: the entity, and the filter sets that it stands in (row.ts)
 * - T:<generation>:i (hash): id → packed terms, of the entities that have any (index-entries.ts)
 * - T:<generation>:s:<sort> (sorted set): id by sortScore; `createdAt` is always one of the sorts
 * - T:<generation>:f:<filter>:<value> (set): the ids of the entities with that value
 * - T:<generation>:t:<term> (set): the ids of the entities with that term
 * - T:<generation>:p:<prefix> (set): the same for short prefixes of terms (terms-layout.ts)
 * - T:<generation>:w (sorted set, all scores 0): the terms that longer prefixes are looked up among
 * - T:<generation>:q (hash): quarantine; the record's key → packed record (quarantine-record.ts)
 * - T:<generation>:o (sorted set): the same keys by offset
 *
 * Bookkeeping is additive: an absent or empty field means that it is not known. These fields are kept for what comes, and no
 * version may give them another meaning: `line` and `pens` of the root, `pens`, `documents`, `checksums` of a partition.
 */
import type { PutOperation } from '../view.ts';

/** Raise it with every change of the keys or of what stands in them: a generation of another layout is built anew. */
export const LAYOUT_VERSION = 3;

/** The sort that every model has. */
export const CREATED_AT = 'createdAt';

/** What begins every key of one view. */
export interface ViewNames {
  readonly prefix: string;
  readonly model: string;
  /** The number of the server's database; absent: 0. Keys are apart by themselves, channels are not. */
  readonly database?: number;
}

/**
 * The root of the view: a hash with generation, logId, fingerprint, modelVersion, partitions, indexes, layout, incarnation,
 * rebuilds (JSON), starts (JSON), doubts (JSON), refuses (1: it keeps reads from being answered) and releases (how often a doubt was
 * released), runId and evicted of the server.
 */
export function rootKey({ prefix, model }: ViewNames): string {
  return `${prefix}:${model}`;
}

/** Who has claimed which partition, and when they were seen. Beside the bookkeeping: an update watches that. */
export function ownersKey(names: ViewNames): string {
  return `${rootKey(names)}:owners`;
}

/** A hash: the name of a worker that stands by → when it noted that, and why. It vanishes by itself. */
export function standingKey(names: ViewNames): string {
  return `${rootKey(names)}:standing`;
}

/** The set of generations that were dropped and whose keys may still be there. */
export function droppedKey(names: ViewNames): string {
  return `${rootKey(names)}:dropped`;
}

/** The channel that tells of checkpoints that moved. A server has one set of channels for all of its databases. */
export function noticesChannel(names: ViewNames): string {
  return `${rootKey(names)}:moved:${names.database ?? 0}`;
}

/** The bookkeeping of one partition; every other key of the partition begins with it. */
export function partitionKey({ prefix, model }: ViewNames, partition: number): string {
  return `${prefix}:{${model}/${partition}}`;
}

/** The last letters of the keys of entities, entries and quarantine: a script makes one of the other. */
export const ENTITIES = 'e';
export const ENTRIES = 'i';
export const QUARANTINE = 'q';

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
    entities: `${own}${ENTITIES}`,
    entries: `${own}${ENTRIES}`,
    words: `${own}w`,
    quarantine: `${own}${QUARANTINE}`,
    quarantineOrder: `${own}o`,
    nobodys: `${own}n`,
    sort: (name) => `${own}${sortSet(name)}`,
    filter: (name, value) => `${own}${filterSet(name, value)}`,
    term: (text) => `${own}${termSet(text)}`,
    prefix: (text) => `${own}${prefixSet(text)}`,
  };
}

/** What the key of a generation's own keys begins with. */
export function generationPrefix(names: ViewNames, generation: string, partition: number): string {
  return `${partitionKey(names, partition)}:${generation}:`;
}

/** The end of a sort's key. */
export function sortSet(name: string): string {
  return `s:${name}`;
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

/** The value of a put in a sort, whose name may be one that every object has a value for; undefined: it has none. */
export function sortOf({ sorts }: Pick<PutOperation, 'sorts'>, name: string): number | undefined {
  return Object.hasOwn(sorts, name) ? sorts[name] : undefined;
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

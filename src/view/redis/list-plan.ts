/**
 * What a list asks of each partition: keys, and arguments that say what they are for. Pure. The order in which sets are
 * read is decided in the script (list-script.ts), which can ask how large they are in the same atomic step.
 */
import type { ListQuery } from '../view.ts';
import { CREATED_AT, type PartitionKeys, sortScore } from './layout.ts';
import { lookupOf } from './terms-layout.ts';

/** The indexes that a view was opened for. */
export interface IndexNames {
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
}

/** A list as LIST takes it. */
export interface ListPlan {
  readonly args: readonly string[];
  /** How many keys `keysOf` answers. */
  readonly keysEach: number;
  keysOf(partition: PartitionKeys): string[];
}

/**
 * Something that every entity of the list has to be. `set`: a member of the set. `words`: with a term that begins with
 * `text`; then it is a member of the set. `packed`: one whose packed entries hold `text`; with a set, a member of that.
 */
interface Condition {
  readonly kind: 'set' | 'words' | 'packed';
  readonly text: string;
  readonly key: ((partition: PartitionKeys) => string) | undefined;
}

/** Throws RangeError for an index that the view wasn't opened for. */
export function planOf(query: ListQuery, indexes: IndexNames): ListPlan {
  if (query.sort !== CREATED_AT && !indexes.sorts.includes(query.sort)) {
    throw new RangeError(`there is no sort index ${query.sort}`);
  }
  const conditions = [...filterConditions(query, indexes), ...query.terms.map(termCondition)];
  const keys = conditions.flatMap(({ key }) => (key === undefined ? [] : [key]));
  return {
    args: [
      String(query.limit),
      query.order,
      ...placeArguments(query),
      String(4 + keys.length),
      ...conditions.flatMap(({ kind, text, key }) => [kind, text, key === undefined ? 'none' : 'key']),
    ],
    keysEach: 4 + keys.length,
    keysOf: (partition) => [
      partition.entities,
      partition.entries,
      partition.words,
      partition.sort(query.sort),
      ...keys.map((key) => key(partition)),
    ],
  };
}

/** Score and id of the place to go on behind; both empty: from the beginning. No place has an empty score. */
function placeArguments({ after }: ListQuery): [score: string, id: string] {
  return after === undefined ? ['', ''] : [sortScore(after.value ?? undefined), after.id];
}

function filterConditions({ filters }: ListQuery, indexes: IndexNames): Condition[] {
  return Object.entries(filters).map(([name, value]) => {
    if (!indexes.filters.includes(name)) throw new RangeError(`there is no filter index ${name}`);
    return { kind: 'set', text: '', key: (partition) => partition.filter(name, value) };
  });
}

function termCondition({ text, prefix }: ListQuery['terms'][number]): Condition {
  const lookup = lookupOf(text, prefix);
  const { within } = lookup;
  const withinKey = within === undefined ? undefined : (partition: PartitionKeys): string => partition.prefix(within);
  switch (lookup.kind) {
    case 'term':
      return { kind: 'set', text: '', key: (partition) => partition.term(text) };
    case 'prefix':
      return { kind: 'set', text: '', key: (partition) => partition.prefix(text) };
    case 'words':
      return { kind: 'words', text: `\n${text}`, key: withinKey };
    case 'packed':
      return { kind: 'packed', text: prefix ? `\n${text}` : `\n${text}\n`, key: withinKey };
  }
}

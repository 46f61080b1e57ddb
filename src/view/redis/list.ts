/** Lists and searches: one script call, and its answer as a page. */
import type { ListQuery, Page, Read, StoredEntity } from '../view.ts';
import { partitionKeys, sortValue, type ViewNames } from './layout.ts';
import { entityOf } from './row.ts';
import { type IndexNames, planOf } from './list-plan.ts';
import { LIST } from './list-script.ts';
import { Contradiction } from './contradiction.ts';
import type { Reading } from './reading.ts';
import type { Script } from './script.ts';

/**
 * The page that the query asks for. Throws RangeError for an index that the view wasn't opened for. `script` is LIST, or
 * the same with other costs.
 */
export async function listFrom(
  reading: Reading,
  names: ViewNames,
  indexes: IndexNames,
  query: ListQuery,
  script: Script = LIST,
): Promise<Read<Page>> {
  const plan = planOf(query, indexes);
  return reading.read(
    ({ id, partitions }) => ({
      script,
      keys: Array.from({ length: partitions }, (_, partition) =>
        plan.keysOf(partitionKeys(names, id, partition)),
      ).flat(),
      args: plan.args,
    }),
    (added) => pageOf(added),
  );
}

/** What LIST adds to the answer, as a page. */
function pageOf(added: readonly unknown[]): Page {
  const [more, ...fields] = added;
  const entities: StoredEntity[] = [];
  for (let at = 0; at < fields.length; at += 3) {
    const [id, row] = [fields[at], fields[at + 2]];
    if (typeof id !== 'string' || typeof row !== 'string') {
      throw new Contradiction(`an index names ${String(id)}, which has no row`);
    }
    entities.push(entityOf(id, row));
  }
  const last = entities.at(-1);
  if (more !== 1 || last === undefined) return { entities, next: undefined };
  return { entities, next: { value: sortValue(String(fields.at(-2))), id: last.id } };
}

/** Every entity of a partition, as it is stored. */
import type { StoredEntity } from '../view.ts';
import { Contradiction } from './contradiction.ts';
import type { Commands } from './dropping.ts';
import { findRoot } from './generations.ts';
import { partitionKeys, type ViewNames } from './layout.ts';
import { entityOf } from './row.ts';

/** About so many rows come with one step. */
const STEP = 500;

/** View.everything. */
export async function* entitiesOf(
  commands: Commands,
  names: ViewNames,
  partition: number,
): AsyncGenerator<readonly StoredEntity[], void, undefined> {
  const root = await findRoot(commands, names);
  if (root === undefined) return;
  const { entities } = partitionKeys(names, root.generation, partition);
  let cursor = '0';
  do {
    const step = ['HSCAN', entities, cursor, 'COUNT', String(STEP)];
    const [next, fields] = (await commands.send(step)) as [string, string[]];
    yield fields.flatMap((id, at) => (at % 2 === 0 ? readRow(id, fields[at + 1]!) : []));
    cursor = next;
  } while (cursor !== '0');
}

function readRow(id: string, row: string): StoredEntity[] {
  try {
    return [entityOf(id, row)];
  } catch (error) {
    if (!(error instanceof Contradiction)) throw error;
    return [{ id, value: '', createdAt: 0, updatedAt: 0, partition: 0, offset: 0, request: undefined }];
  }
}

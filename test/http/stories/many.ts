import { beforeAll } from 'vitest';
import type { WireEntity } from '../../../src/http/wire.ts';
import { entityOf, listOf, positionOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** Entities that share a mark nobody else has. */
export interface Many {
  readonly marked: string;
  readonly posted: readonly WireEntity[];
  /** Where the view shows all of them. */
  readonly position: string;
  /** Their ids in the order of a list that asks for nothing else. */
  readonly newestFirst: readonly string[];
}

/** Posts that many before the stories of the describe block it is called in. */
export function postMany({ client, path, sample, mark }: Stage, count: number): () => Many {
  let many: Many;
  beforeAll(async () => {
    const marked = mark();
    const posted: WireEntity[] = [];
    let position = '';
    for (const n of Array(count).keys()) {
      const answer = await client().send(path, { method: 'POST', body: sample(n, marked) });
      posted.push(entityOf(answer));
      // The read demands this write, and the reads before it the ones before: the last position covers them all.
      const headers = { 'kmodel-position': positionOf(answer) };
      position = positionOf(await client().send(`${path}/${entityOf(answer).id}`, { headers }));
    }
    many = { marked, posted, position, newestFirst: idsOf(posted.toSorted(byCreation)) };
  });
  return () => many;
}

/** All items of a list, page by page. */
export async function allPages({ client, path }: Stage, query: string, position: string): Promise<WireEntity[]> {
  const items: WireEntity[] = [];
  let after = '';
  do {
    const headers = { 'kmodel-position': position };
    const list = listOf(await client().send(`${path}?${query}${after}`, { headers }));
    items.push(...list.items);
    after = list.next === null ? '' : `&after=${list.next}`;
  } while (after !== '');
  return items;
}

export function idsOf(items: readonly WireEntity[]): string[] {
  return items.map(({ id }) => id);
}

function byCreation(a: WireEntity, b: WireEntity): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}

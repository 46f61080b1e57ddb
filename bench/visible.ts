/** From a write to its visibility: POST, then GET with the write's position, one after the other. */
import type { Run } from './bench.ts';
import { type Answer, type Connection, headerOf, requestBytes, withConnections } from './http-client.ts';
import { fieldsOf, type Size } from './jobs.ts';
import { latencies } from './measure.ts';

/** So many writes are followed before those that count: until then the processes' compilers are at work, the broker's most of all. */
const WARM_UP = 2000;

/** No write may take longer on average, or the bench ends early. Milliseconds. */
const MOST_MS_EACH = 50;

/** Measures it on the board at `url`, whose entities are at `path`, for the newest page of the list and for the entity itself. */
export async function benchVisible(run: Run, url: string, path = '/api/job', size: Size = 'job'): Promise<void> {
  run.say(`visible: following ${run.followed} writes to the list and ${run.followed} to the entity`);
  await withConnections(url, 1, async ([connection]) => {
    const followed = { path, size };
    const first = await follow({ ...run, followed: WARM_UP }, connection!, followed, () => `${path}?limit=1`);
    const { p50Ms: warmUpP50Ms } = latencies(first.wholeMs);
    const list = await follow(run, connection!, followed, () => `${path}?limit=1`);
    const entity = await follow(run, connection!, followed, (location) => location);
    for (const [bench, { wholeMs, postMs }] of Object.entries({ 'visible/list': list, 'visible/entity': entity })) {
      const post = latencies(postMs);
      const figures = { ...latencies(wholeMs), postP50Ms: post.p50Ms, postP99Ms: post.p99Ms, warmUpP50Ms };
      run.report({ bench, figures, target: { p50Ms: { atMost: 5 } } });
    }
  });
}

interface Followed {
  /** From the POST's first byte to the answer that shows the entity. */
  readonly wholeMs: number[];
  /** The POST's part of it. */
  readonly postMs: number[];
}

async function follow(
  run: Run,
  connection: Connection,
  { path, size }: { readonly path: string; readonly size: Size },
  pathFor: (location: string) => string,
): Promise<Followed> {
  const wholeMs: number[] = [];
  const postMs: number[] = [];
  const until = performance.now() + run.followed * MOST_MS_EACH;
  for (let number = 0; number < run.followed && performance.now() < until; number += 1) {
    const post = requestBytes('POST', path, { json: JSON.stringify(fieldsOf(number, size)) });
    const began = performance.now();
    const written = await connection.send(post);
    postMs.push(performance.now() - began);
    const location = headerOf(written, 'location') ?? '';
    const seen = await connection.get(pathFor(location), {
      'kmodel-position': headerOf(written, 'kmodel-position') ?? '',
    });
    wholeMs.push(performance.now() - began);
    check(written, seen, location);
  }
  return { wholeMs, postMs };
}

/** The answer must show what was just written, or the time means nothing. */
function check(written: Answer, seen: Answer, location: string): void {
  const id = decodeURIComponent(location.split('/').at(-1) ?? '');
  if (written.status !== 201 || seen.status !== 200 || !seen.body.toString().includes(`"id":"${id}"`)) {
    throw new Error(
      `the write of ${id} (${written.status}) is not to be seen: ${seen.status} ${seen.body.toString().slice(0, 300)}`,
    );
  }
}

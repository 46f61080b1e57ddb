/**
 * Makes the data directory of a version, as its own program writes it, and what it is expected to hold:
 *
 *     node test/versions/make.ts <folder of a clone of that version> test/versions/<version>
 *
 * It was run once for each version, with `npm install` done in the clone; later programs must open what it left.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobFields } from '../../app/job.ts';
import { formatPosition, mergePositions, parsePosition } from '../../src/position.ts';
import { type Running, startProcess } from '../system/process.ts';
import { ask, type Expected, type Job } from './expected.ts';

const PARTITIONS = 10;
const JOBS = 24;
const DESCRIPTION_CHARACTERS = 20;
/** Ids of a client's own, such as a path escapes, or that are long. */
const OWN_IDS = ['first', 'zweite-Größe', 'третья', '四/番', 'a b', 'x'.repeat(100)];

const [tree, folder] = process.argv.slice(2);
if (tree === undefined || folder === undefined)
  throw new Error('expected two arguments: a clone, and a folder to make');

const examples = readFileSync(new URL('../../examples/jobs.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const jobs = Array.from({ length: JOBS }, (_, i): JobFields => {
  const { id: _id, ...fields } = JSON.parse(examples[(i * 19) % examples.length]!) as JobFields & { id: string };
  return { ...fields, description: [...fields.description].slice(0, DESCRIPTION_CHARACTERS).join('') };
});

/** Writes all of it; answers what can be told without asking again. */
async function write(url: string): Promise<Omit<Expected, 'entities'>> {
  // Each write tells the position behind itself.
  let position = '';
  const send = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const answer = await ask(url, method, path, { headers, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    position = answer.position === undefined ? position : merged(position, answer.position);
    return answer.body as Job;
  };
  const at = (id: string): string => `/${encodeURIComponent(id)}`;
  const ids: string[] = [];
  for (const job of jobs.slice(0, 10)) ids.push((await send('POST', '', job)).id);
  for (const [i, job] of jobs.slice(10, 18).entries()) {
    const headers = { 'idempotency-key': `key-${i}` };
    ids.push((await send('POST', '', job, headers)).id);
    // Every second one is sent again: the same entity.
    if (i % 2 === 0) await send('POST', '', job, { ...headers, 'kmodel-position': position });
  }
  for (const [i, id] of OWN_IDS.entries()) await send('PUT', at(id), jobs[18 + i]);
  ids.push(...OWN_IDS);
  // So that a change has another time than what it changes.
  await sleep(50);
  for (const i of [0, 3, 11, 19, 20]) await send('PUT', at(ids[i]!), { ...jobs[i], title: 'changed' });
  for (const i of [3, 20]) await send('PUT', at(ids[i]!), { ...jobs[i], title: 'changed again', tags: ['tea'] });
  const deleted = [ids[1]!, ids[5]!, ids[12]!, OWN_IDS[4]!];
  for (const id of [...deleted, ids[7]!]) await send('DELETE', at(id));
  await send('PUT', at(ids[7]!), { ...jobs[7], title: 'came back' });
  return { position, deleted, keyed: { key: 'key-3', body: jobs[13]!, id: ids[13]! } };
}

/** The position behind both. */
function merged(one: string, other: string): string {
  const [first, second] = [one, other].map((text) => parsePosition(text, PARTITIONS));
  if (first?.kind !== 'parsed' || second?.kind !== 'parsed') throw new Error(`no position: ${one}, ${other}`);
  const { logId } = second.demanded;
  return formatPosition(mergePositions(first.demanded.position, second.demanded.position), logId ?? '');
}

/** What the version itself answers about it. */
async function expected({ url }: Running): Promise<Expected> {
  const written = await write(url);
  const headers = { 'kmodel-position': written.position };
  const { body } = await ask(url, 'GET', '?limit=100', { headers });
  const { items } = body as { readonly items: readonly Job[] };
  const entities = await Promise.all(
    items.map(async ({ id }) => {
      const answer = await ask(url, 'GET', `/${encodeURIComponent(id)}`, { headers });
      return { etag: answer.etag ?? '', entity: answer.body as Job };
    }),
  );
  return { ...written, entities };
}

const out = resolve(folder);
rmSync(out, { recursive: true, force: true });
const running = await startProcess(out, {}, join(resolve(tree), 'src', 'cli.ts'));
const text = JSON.stringify(await expected(running), undefined, 1);
if ((await running.kill('SIGTERM')) !== 0) throw new Error('it did not end well');
rmSync(join(out, 'lock.db'));
writeFileSync(join(out, 'expected.json'), `${text}\n`);

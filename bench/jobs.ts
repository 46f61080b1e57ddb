/**
 * Job records without end, made from examples/jobs.ndjson: record n is a pure function of n, so that any part of the
 * bench can name the ids and the words of a board without keeping them.
 */
import { readFileSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import type { JobFields } from '../app/job.ts';
import { partitionOf } from '../src/log/partitioner.ts';
import type { NewRecord } from '../src/log/log.ts';
import { HEADER_CREATED, HEADER_VERSION, utf8 } from '../src/model/record.ts';
import { terms } from '../src/model/terms.ts';

/** `job`: texts as the examples have them, about 1,600 bytes. `short`: the same, cut to SHORT_BYTES. */
export type Size = 'job' | 'short';

/** The job model's count of partitions; startKmodel refuses a log made with another. */
export const PARTITIONS = 10;

const SEED = 20150611;
const SHORT_BYTES = 310;
/** The first record's createdAt; all lie in the past, so that what the bench posts is newer. Milliseconds. */
const FIRST_CREATED_MS = Date.UTC(2024, 0, 1);
const CREATED_EVERY_MS = 97_000;

/** Words that no example holds, and how many jobs hold them: every `every`th, beginning with number `from`. */
export const PLANTED = {
  tenth: { word: 'zehntling', every: 10, from: 0 },
  /** A tenth too, but never together with the first one: an AND of both has to walk through all of either. */
  otherTenth: { word: 'ziehnerlein', every: 10, from: 5 },
  seventh: { word: 'siebtling', every: 7, from: 3 },
  rare: { word: 'raretto', every: 10_000, from: 123 },
} as const;

type Example = JobFields & { readonly id: string };

const EXAMPLES: readonly Example[] = readFileSync(new URL('../examples/jobs.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Example);

/** Numbers from 0 on below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The id of job `number`: a UUIDv7 of its createdAt, as the API gives them out. */
export function idOf(number: number): string {
  const random = randomFrom(SEED ^ Math.imul(number + 1, 0x9e3779b1));
  return uuidv7({
    msecs: createdOf(number),
    random: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
  });
}

/** The fields of job `number`: one example's texts, with company, place and tags of others, and the planted words. */
export function fieldsOf(number: number, size: Size): JobFields {
  const random = randomFrom(Math.imul(number + 1, 0x85ebca6b) ^ SEED);
  const draw = (): Example => EXAMPLES[Math.floor(random() * EXAMPLES.length)]!;
  const { title, description } = draw();
  const { company } = draw();
  const { location } = draw();
  const { url } = draw();
  const { tags } = draw();
  const planted = Object.values(PLANTED)
    .filter(({ every, from }) => number % every === from)
    .map(({ word }) => ` ${word}`)
    .join('');
  const rest = { ...(location && { location }), ...(url && { url }), ...(tags && { tags }) };
  const whole = { title, company, description: description + planted, ...rest };
  if (size === 'job') return whole;
  const room = SHORT_BYTES - bytesOf({ ...whole, description: planted });
  return { ...whole, description: cut(description, Math.max(20, room)).trim() + planted };
}

/** Job `number` as the API would have written it. */
export function recordOf(number: number, size: Size): NewRecord {
  const key = utf8(idOf(number));
  const created = createdOf(number);
  return {
    partition: partitionOf(key, PARTITIONS, 'murmur2'),
    key,
    value: utf8(JSON.stringify(fieldsOf(number, size))),
    headers: { [HEADER_CREATED]: String(created), [HEADER_VERSION]: '1' },
    timestamp: created,
  };
}

/** The company of a random example: one that many jobs have. */
export function companyFrom(random: () => number): string {
  return EXAMPLES[Math.floor(random() * EXAMPLES.length)]!.company;
}

/** The tag that most examples have. */
export function commonestTag(): string {
  return commonest(EXAMPLES.map(({ tags = [] }) => tags)).text;
}

/** The beginning of so many characters that most examples of the size have a word with, and the share of them that do. */
export function commonestPrefix(characters: number, size: Size): { readonly text: string; readonly share: number } {
  // About what is left of a short job's description.
  const most = size === 'short' ? SHORT_BYTES / 2 : Infinity;
  return commonest(
    EXAMPLES.map(({ title, company, description }) =>
      terms(`${title}\n${company}\n${description.slice(0, most)}`)
        .filter((term) => term.length >= characters && /^[a-z]+$/.test(term))
        .map((term) => term.slice(0, characters)),
    ),
  );
}

function commonest(lists: readonly (readonly string[])[]): { readonly text: string; readonly share: number } {
  const counts = new Map<string, number>();
  for (const list of lists) for (const text of new Set(list)) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [text, count] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
  return { text, share: count / lists.length };
}

function createdOf(number: number): number {
  return FIRST_CREATED_MS + number * CREATED_EVERY_MS + Math.floor(randomFrom(number ^ SEED)() * CREATED_EVERY_MS);
}

function bytesOf(fields: JobFields): number {
  return Buffer.byteLength(JSON.stringify(fields));
}

/** The beginning of the text, at most so many bytes of it as JSON, and whole characters. */
function cut(text: string, bytes: number): string {
  let left = bytes;
  let kept = '';
  for (const character of text) {
    left -= Buffer.byteLength(JSON.stringify(character)) - 2;
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

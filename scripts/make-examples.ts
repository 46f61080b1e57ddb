/**
 * Writes examples/jobs.ndjson: 520 postings from the texts in example-bodies/. The same seed and the same texts always
 * give the same bytes, on every machine: nothing here asks the clock, the locale or a library.
 *
 *     node scripts/make-examples.ts
 */
import { writeFileSync } from 'node:fs';
import type { JobFields } from '../app/job.ts';
import { arabic } from './example-bodies/arabic.ts';
import { chinese } from './example-bodies/chinese.ts';
import { czech } from './example-bodies/czech.ts';
import { english } from './example-bodies/english.ts';
import { french } from './example-bodies/french.ts';
import { german } from './example-bodies/german.ts';
import { greek } from './example-bodies/greek.ts';
import { hebrew } from './example-bodies/hebrew.ts';
import { hindi } from './example-bodies/hindi.ts';
import { italian } from './example-bodies/italian.ts';
import { japanese } from './example-bodies/japanese.ts';
import { korean } from './example-bodies/korean.ts';
import { polish } from './example-bodies/polish.ts';
import { russian } from './example-bodies/russian.ts';
import { spanish } from './example-bodies/spanish.ts';
import { thai } from './example-bodies/thai.ts';
import { turkish } from './example-bodies/turkish.ts';
import type { Body, City, Employer, Language } from './example-bodies/types.ts';
import { ukrainian } from './example-bodies/ukrainian.ts';

export const LANGUAGES: readonly Language[] = [
  english,
  german,
  french,
  spanish,
  italian,
  polish,
  czech,
  greek,
  russian,
  ukrainian,
  hebrew,
  arabic,
  hindi,
  japanese,
  chinese,
  korean,
  thai,
  turkish,
];

/** How many postings the file holds. */
export const POSTINGS = 520;

/** Where the file is. */
export const EXAMPLES_FILE = new URL('../examples/jobs.ndjson', import.meta.url);

/** Change it and every posting is drawn anew. */
const SEED = 20150611;

const MOST_TAGS = 6;

/** One line of the file: the job model's fields and the id that import keeps. */
export type ExampleJob = JobFields & { readonly id: string };

/** A posting and the written text it was made from. */
export interface Example {
  readonly language: Language;
  readonly body: Body;
  readonly job: ExampleJob;
}

/** A number ≥ 0 and < 1; the next call gives the next one. */
type Random = () => number;

/** All postings, in the file's order. Pure: every call gives the same. */
export function makeExamples(): readonly Example[] {
  const random = mulberry32(SEED);
  const written = LANGUAGES.flatMap((language) => language.bodies.map((body) => ({ language, body })));
  // The first bodies get one posting more where the count doesn't divide evenly; shuffled, so that languages mix.
  const drawn = shuffle(
    Array.from({ length: POSTINGS }, (_, index) => at(written, index % written.length)),
    random,
  );
  const seen = new Set<string>();
  return drawn.map(({ language, body }, index) => {
    const job = makeJob(language, body, index + 1, seen, random);
    seen.add(job.description);
    return { language, body, job };
  });
}

/** The file's text: one JSON object a line, in UTF-8, each line ended. */
export function formatExamples(examples: readonly Example[]): string {
  return examples.map(({ job }) => `${JSON.stringify(job)}\n`).join('');
}

function makeJob(
  language: Language,
  body: Body,
  number: number,
  seen: ReadonlySet<string>,
  random: Random,
): ExampleJob {
  const [company, city] = pickEmployer(language, body, random);
  const located = chance(random, 0.94) ? city : undefined;
  const inForm = (text: string) => (body.decomposed === true ? text.normalize('NFD') : text);
  const title = inForm(pick(body.titles, random));
  let description: string;
  do description = inForm(describe(language, body, located, random));
  while (seen.has(description));
  const id = ['ex', String(number).padStart(4, '0'), body.slug, ...(located === undefined ? [] : [located.slug])].join(
    '-',
  );
  const url = pickUrl(id, number, random);
  const tags = shuffle(body.tags, random).slice(0, below(random, MOST_TAGS + 1));
  return {
    id,
    title,
    company,
    description,
    ...(located === undefined ? {} : { location: located.name }),
    ...(url === undefined ? {} : { url }),
    ...(tags.length === 0 && chance(random, 0.5) ? {} : { tags }),
  };
}

function pickEmployer(language: Language, body: Body, random: Random): readonly [company: string, city: City] {
  const [company, slug]: Employer = pick(body.employers, random);
  const city = language.cities.find((candidate) => candidate.slug === slug);
  if (city === undefined) throw new Error(`${company} is in ${slug}, which is not among the cities of ${language.tag}`);
  return [company, city];
}

/** The body, then what a posting says about this one post: the facts, what it offers, how to apply. */
function describe(language: Language, body: Body, city: City | undefined, random: Random): string {
  const facts = drawFacts(language, city, random);
  const offers = drawOffers(language, body, random);
  const last = drawLastLines(language, random);
  const paragraphs = [facts, offers].map((sentences) => sentences.join(language.gap));
  if (chance(random, 0.3)) paragraphs.reverse();
  return [body.text, ...paragraphs, last.join('\n')].filter((paragraph) => paragraph !== '').join('\n\n');
}

function drawFacts({ details }: Language, city: City | undefined, random: Random): readonly string[] {
  const sentences: string[] = [];
  if (city !== undefined && chance(random, 0.75)) {
    sentences.push(fill(pick(details.place, random), { city: city.name, district: pick(city.districts, random) }));
  }
  if (chance(random, 0.5)) sentences.push(fill(pick(details.team, random), { team: String(5 + below(random, 6)) }));
  const reason = chance(random, 0.6) ? pick(details.reason, random) : undefined;
  if (reason !== undefined) sentences.push(reason);
  const coversLeave = reason === details.reason.at(-1);
  if (!coversLeave && chance(random, 0.75)) sentences.push(pick(details.contract, random));
  if (chance(random, 0.8)) sentences.push(pick(details.start, random));
  return sentences;
}

function drawOffers({ details, thousands }: Language, body: Body, random: Random): readonly string[] {
  const [from, to, step] = body.pay;
  const low = group(from + step * below(random, 5), thousands);
  const high = group(to + step * below(random, 5), thousands);
  const pay = chance(random, 0.8) ? [fill(pick(details.pay, random), { low, high })] : [];
  return [...pay, ...shuffle(details.perks, random).slice(0, 1 + below(random, 2))];
}

function drawLastLines({ details }: Language, random: Random): readonly string[] {
  const apply = chance(random, 0.85) ? [pick(details.apply, random)] : [];
  if (!chance(random, 0.4)) return apply;
  const letters = Array.from({ length: 2 }, () => pick([...'ABCDEFGHKLMNPRSTVWX'], random)).join('');
  const reference = `${letters}-${1000 + below(random, 9000)}`;
  return [...apply, fill(pick(details.reference, random), { reference })];
}

/** Only names that are reserved for examples (RFC 2606). */
function pickUrl(id: string, number: number, random: Random): string | undefined {
  if (chance(random, 0.35)) return undefined;
  return pick(
    [
      `https://example.com/jobs/${number}`,
      `https://jobs.example.org/${encodeURIComponent(id)}`,
      `https://careers.example.net/apply?posting=${number}#form`,
    ],
    random,
  );
}

function fill(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (slot, name: string) => values[name] ?? slot);
}

/** 12345 as 12.345, with the separator given; by hand, since Intl's answers differ between versions of its tables. */
function group(value: number, separator: string): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, separator);
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for choosing sentences. */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

/** A whole number ≥ 0 and < limit. */
function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function pick<T>(items: readonly T[], random: Random): T {
  return at(items, below(random, items.length));
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no item ${index} among ${items.length}`);
  return item;
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = below(random, last + 1);
    [shuffled[last], shuffled[other]] = [at(shuffled, other), at(shuffled, last)];
  }
  return shuffled;
}

if (import.meta.main) writeFileSync(EXAMPLES_FILE, formatExamples(makeExamples()));

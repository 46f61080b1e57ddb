import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXAMPLES_FILE, formatExamples, LANGUAGES, makeExamples, POSTINGS } from './make-examples.ts';
import type { ExampleJob } from './make-examples.ts';

const examples = makeExamples();
const committed = readFileSync(EXAMPLES_FILE, 'utf8');
const jobs = committed
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as ExampleJob);
const descriptions = jobs.map((job) => job.description);

/** The scripts that a posting's language is written in, to see that its texts really are in that language. */
const SCRIPTS: readonly (readonly [tag: string, script: RegExp])[] = [
  ['el', /\p{Script=Greek}/u],
  ['ru', /\p{Script=Cyrillic}/u],
  ['uk', /[іїєґІЇЄҐ]|і\u0308/u],
  ['he', /\p{Script=Hebrew}/u],
  ['ar', /\p{Script=Arabic}/u],
  ['hi', /\p{Script=Devanagari}/u],
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ['zh', /\p{Script=Han}/u],
  ['ko', /\p{Script=Hangul}/u],
  ['th', /\p{Script=Thai}/u],
];

/** How many descriptions hold it. */
const holding = (pattern: RegExp) => descriptions.filter((text) => pattern.test(text)).length;

const FIELDS = new Set(['id', 'title', 'company', 'description', 'location', 'url', 'tags']);

/** What is wrong with a posting, by the rules of the job model and of this file; lengths in UTF-16 units. */
function brokenRules(job: ExampleJob): readonly string[] {
  const { id, title, company, description, location = 'none', url, tags = [] } = job;
  const texts = [id, title, company, description, location, ...tags];
  const rules: readonly (readonly [rule: string, kept: boolean])[] = [
    ['no other field', Object.keys(job).every((field) => FIELDS.has(field))],
    ['texts are trimmed and not empty', texts.every((text) => text === text.trim() && text !== '')],
    ['texts are well-formed', texts.every((text) => text.isWellFormed())],
    ['no control character but line breaks', !texts.some((text) => /[^\P{Cc}\n]/u.test(text))],
    ['no slot left unfilled', !texts.some((text) => /[{}]|undefined|NaN/.test(text))],
    ['title ≤ 200', title.length <= 200],
    ['company ≤ 200', company.length <= 200],
    ['description ≤ 20,000', description.length <= 20_000],
    ['at most 6 tags, each once', tags.length <= 6 && new Set(tags).size === tags.length],
    ['a tag ≤ 50', tags.every((tag) => tag.length <= 50)],
    ['url on a reserved domain', url === undefined || /^https:\/\/([a-z]+\.)?example\.(com|net|org)\//.test(url)],
  ];
  return rules.filter(([, kept]) => !kept).map(([rule]) => rule);
}

describe('the committed file', () => {
  // Compared as a boolean: a difference of half a megabyte of text is no help in a report.
  test('is what the script makes, byte by byte', () => {
    expect(committed === formatExamples(makeExamples()), 'run: node scripts/make-examples.ts').toBe(true);
  });

  test('is well-formed UTF-8 without a byte order mark, each line ended', () => {
    const bytes = readFileSync(EXAMPLES_FILE);
    expect(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)).toBe(committed);
    expect(committed.startsWith('\uFEFF')).toBe(false);
    expect(committed.endsWith('}\n')).toBe(true);
  });

  test('holds at least 500 postings', () => {
    expect(POSTINGS).toBeGreaterThanOrEqual(500);
    expect(jobs).toHaveLength(POSTINGS);
  });
});

describe('the postings are varied', () => {
  test('at least 8 languages, each in its own script', () => {
    const tags = new Set(examples.map((example) => example.language.tag));
    expect(tags.size).toBeGreaterThanOrEqual(8);
    expect(tags.size).toBe(LANGUAGES.length);
    const wrong = SCRIPTS.flatMap(([tag, script]) =>
      examples.filter(({ language, job }) => language.tag === tag && !script.test(job.description)),
    );
    expect(wrong.map(({ job }) => job.id)).toEqual([]);
  });

  test('60 distinct bodies, each in use and none shorter than 200 characters', () => {
    const texts = new Set(examples.map((example) => example.body.text));
    expect(texts.size).toBeGreaterThanOrEqual(60);
    expect(texts.size).toBe(LANGUAGES.flatMap((language) => language.bodies).length);
    expect([...texts].filter((text) => [...text].length < 200)).toEqual([]);
  });

  test('no two descriptions are equal, not even after normalization', () => {
    expect(new Set(descriptions.map((text) => text.normalize('NFC'))).size).toBe(jobs.length);
  });

  test('the median description is longer than 400 characters', () => {
    const lengths = descriptions.map((text) => [...text].length).sort((a, b) => a - b);
    expect(lengths[Math.floor((lengths.length - 1) / 2)]).toBeGreaterThan(400);
  });

  test('at least 80 companies, 40 locations and 100 titles', () => {
    expect(new Set(jobs.map((job) => job.company)).size).toBeGreaterThanOrEqual(80);
    expect(new Set(jobs.flatMap((job) => job.location ?? [])).size).toBeGreaterThanOrEqual(40);
    expect(new Set(jobs.map((job) => job.title)).size).toBeGreaterThanOrEqual(100);
  });

  test('a company stands in one language only', () => {
    const languageOf = new Map<string, string>();
    for (const { job, language } of examples) {
      expect(languageOf.get(job.company) ?? language.tag).toBe(language.tag);
      languageOf.set(job.company, language.tag);
    }
  });
});

describe('the postings hold what is hard to handle', () => {
  test('emoji, some outside the basic plane', () => {
    expect(holding(/\p{Emoji_Presentation}/u)).toBeGreaterThan(50);
    expect(holding(/[\u{1F000}-\u{1FAFF}]/u)).toBeGreaterThan(50);
  });

  test('combining accents, decomposed, and decomposed Hangul', () => {
    expect(holding(/[a-z][\u0300-\u036F]/u)).toBeGreaterThan(20);
    expect(holding(/cafe\u0301/u)).toBeGreaterThan(0);
    expect(holding(/[\u1100-\u1112][\u1161-\u1175]/u)).toBeGreaterThan(0);
    expect(descriptions.filter((text) => text !== text.normalize('NFC')).length).toBeGreaterThan(40);
  });

  test('right-to-left text, with Latin words and digits in it', () => {
    expect(holding(/\p{Script=Hebrew}/u)).toBeGreaterThan(20);
    expect(holding(/\p{Script=Arabic}/u)).toBeGreaterThan(20);
    expect(holding(/\p{Script=Hebrew}.*[A-Za-z]{2,} \d.*\p{Script=Hebrew}/u)).toBeGreaterThan(0);
    expect(holding(/\p{Script=Arabic}.*[A-Za-z]{3,}.*\p{Script=Arabic}/u)).toBeGreaterThan(0);
  });

  test('lists and paragraphs', () => {
    expect(holding(/(^[-–—•·・] ?\S.*\n){2}/mu)).toBeGreaterThan(50);
    expect(holding(/\n\n/u)).toBe(jobs.length);
  });

  test('ids in other scripts beside plain ones, and postings without location, url or tags', () => {
    expect(jobs.filter((job) => !/^[a-z0-9-]+$/.test(job.id)).length).toBeGreaterThan(10);
    expect(jobs.filter((job) => job.location === undefined).length).toBeGreaterThan(5);
    expect(jobs.filter((job) => job.url === undefined).length).toBeGreaterThan(50);
    expect(jobs.filter((job) => job.tags === undefined).length).toBeGreaterThan(5);
  });
});

describe('every posting keeps the rules of the job model', () => {
  test('ids are unique, well-formed and at most 200 code points', () => {
    expect(new Set(jobs.map((job) => job.id.normalize('NFC'))).size).toBe(jobs.length);
    for (const { id } of jobs) expect(id).toMatch(/^ex-\d{4}-[\p{L}\p{N}-]{1,180}$/u);
  });

  test('only the fields of the model, texts trimmed, lengths within their limits, links to reserved domains', () => {
    expect(jobs.flatMap((job) => brokenRules(job).map((rule) => `${job.id}: ${rule}`))).toEqual([]);
  });
});

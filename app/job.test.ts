import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobSchema } from './job-fields.ts';
import { job } from './job.ts';

const LEAST = { title: 'Cook', company: 'Inn', description: 'Soup.' };

function jsonOf(given: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(given));
}

/** Whether the worker stores a record of this value without asking the schema. */
function isStored(given: object): boolean {
  return job.readStored(jsonOf(given)) !== undefined;
}

/** The pointers of the rules that a posting with these fields breaks; none: it is valid. */
function broken(more: Readonly<Record<string, unknown>>): readonly string[] {
  const result = job.validate({ ...LEAST, ...more });
  return result.kind === 'valid' ? [] : result.rules.map(({ pointer }) => pointer);
}

function kept(more: Readonly<Record<string, unknown>>): unknown {
  const result = job.validate({ ...LEAST, ...more });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.rules));
  return result.fields;
}

const TEXTS = [
  { field: 'title', most: 200 },
  { field: 'company', most: 200 },
  { field: 'description', most: 20_000 },
  { field: 'location', most: 200 },
];

describe.each(TEXTS)('$field', ({ field, most }) => {
  test.each([
    ['one character', 'x', true],
    [`${most} characters`, 'x'.repeat(most), true],
    [`${most} emoji, which are two units of UTF-16 each`, '😀'.repeat(most), true],
    [`${most} characters between spaces`, `  ${'x'.repeat(most)}\n`, true],
    [`${most + 1} characters`, 'x'.repeat(most + 1), false],
    [`${most + 1} emoji`, '😀'.repeat(most + 1), false],
    ['nothing', '', false],
    ['nothing but spaces', ' \t\n\u00a0', false],
    ['null', null, false],
    ['a number', 7, false],
    ['a list', ['x'], false],
  ])('%s: %#', (_, value, accepted) => {
    expect(broken({ [field]: value })).toEqual(accepted ? [] : [`/${field}`]);
  });

  test('is kept without the spaces around it, and with those inside', () => {
    expect(kept({ [field]: '\n a  b ' })).toEqual({ ...LEAST, [field]: 'a  b' });
  });
});

describe('what a posting must have', () => {
  test('title, company and description: each is missed by name', () => {
    expect(job.validate({})).toEqual({
      kind: 'invalid',
      rules: ['/title', '/company', '/description'].map((pointer) => ({ pointer, message: 'is required' })),
    });
  });

  test('nothing else', () => {
    expect(kept({})).toEqual(LEAST);
  });

  test.each([null, [], 'text', 7, true, undefined])('%j is no posting', (value) => {
    expect(job.validate(value)).toMatchObject({ kind: 'invalid', rules: [{ pointer: '' }] });
  });

  test.each(['salary', 'Title', 'id', 'createdAt', 'constructor'])('the field %s is unknown, and named', (field) => {
    const result = job.validate({ ...LEAST, [field]: 'x' });
    expect(result).toEqual({ kind: 'invalid', rules: [{ pointer: '', message: expect.stringContaining(field) }] });
  });
});

describe('url', () => {
  const long = (length: number): string => 'https://example.com/'.padEnd(length, 'a');
  test.each([
    ['http://example.com', true],
    ['https://example.com:8443/a/b?c=d#e', true],
    ['HTTPS://EXAMPLE.COM', true],
    ['https://münchen.example/straße', true],
    ['http://127.0.0.1/', true],
    [long(2000), true],
    [long(2001), false],
    [`https://example.com/${'😀'.repeat(1980)}`, true],
    ['javascript:alert(1)', false],
    ['javascript://example.com/%0aalert(1)', false],
    ['data:text/html,<script>', false],
    ['ftp://example.com/', false],
    ['mailto:a@example.com', false],
    ['/jobs/1', false],
    ['//example.com/', false],
    ['example.com', false],
    ['http:/example.com', false],
    ['http://', false],
    ['http://exa mple.com', false],
    ['', false],
    [null, false],
    [7, false],
  ])('%j: %#', (url, accepted) => {
    expect(broken({ url })).toEqual(accepted ? [] : ['/url']);
  });

  test('is kept as it was written, without the spaces around it', () => {
    expect(kept({ url: ' HTTP://Example.com/A b ' })).toEqual({ ...LEAST, url: 'HTTP://Example.com/A b' });
  });
});

describe('tags', () => {
  const many = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `tag ${at}`);
  test.each([
    ['none', [], []],
    ['20', many(20), []],
    ['21', many(21), ['/tags']],
    ['of 50 characters', ['x'.repeat(50), '😀'.repeat(50)], []],
    ['of 51 characters', ['x', 'x'.repeat(51)], ['/tags/1']],
    ['of nothing', ['x', 'y', ' '], ['/tags/2']],
    ['that are no text', ['x', 7], ['/tags/1']],
    ['that are no list', 'x, y', ['/tags']],
    ['null', null, ['/tags']],
  ])('%s', (_, tags, pointers) => {
    expect(broken({ tags })).toEqual(pointers);
  });

  test('are kept in their order, each without the spaces around it', () => {
    expect(kept({ tags: [' b ', 'a', 'b'] })).toEqual({ ...LEAST, tags: ['b', 'a', 'b'] });
  });
});

describe('what the model gives back', () => {
  const spaces = fc.constantFrom('', ' ', '\n', '\u00a0', '\ufeff', '\u3000');
  const text = fc
    .tuple(spaces, fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), spaces)
    .map((parts) => parts.join(''));
  const url = fc.tuple(
    spaces,
    fc.oneof(
      fc.webUrl(),
      text.map((path) => `http://a.example/${path}`),
    ),
    spaces,
  );
  const posting = fc.record(
    {
      title: text,
      company: text,
      description: text,
      location: text,
      url: url.map((parts) => parts.join('')),
      tags: fc.array(text, { maxLength: 22 }),
    },
    { requiredKeys: ['title', 'company', 'description'] },
  );
  const documented = new Ajv2020({ strict: true }).compile(job.outputSchema);

  test('passes again unchanged, also as JSON, and is as its JSON Schema says', () => {
    let valid = 0;
    fc.assert(
      fc.property(posting, (given) => {
        const once = job.validate(given);
        if (once.kind === 'invalid') return;
        valid += 1;
        expect(job.validate(once.fields)).toEqual(once);
        expect(job.validate(JSON.parse(JSON.stringify(once.fields)))).toEqual(once);
        expect([documented(once.fields), documented.errors]).toEqual([true, null]);
      }),
      { numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(100);
  });

  test('has the stored form, so that the schema is not asked, but for rare escapes and addresses', () => {
    let taken = 0;
    fc.assert(
      fc.property(posting, (given) => {
        const checked = job.validate(given);
        if (checked.kind === 'invalid') return;
        const { url, ...fields } = checked.fields;
        if (!JSON.stringify(fields).includes('\\u')) expect([fields, isStored(fields)]).toEqual([fields, true]);
        taken += Number(isStored({ ...fields, url }));
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('and nothing has the stored form that the schema would refuse or change', () => {
    const name = fc.constantFrom('title', 'company', 'description', 'location', 'url', 'tags', 'salary', '__proto__');
    const stored = posting.map((given) => jobSchema.safeParse(given).data ?? given);
    const nearly = fc
      .tuple(stored, name, fc.oneof(text, fc.array(text), fc.jsonValue()))
      .map(([given, field, value]) => {
        const changed = structuredClone(given);
        return Object.defineProperty(changed, field, { value, enumerable: true, configurable: true, writable: true });
      });
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(stored, nearly, posting), (given) => {
        if (!isStored(given)) return;
        taken += 1;
        expect(jobSchema.safeParse(given)).toEqual({ success: true, data: given });
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('and its indexed fields are read as they are', () => {
    fc.assert(
      fc.property(posting, (given) => {
        const { data } = jobSchema.safeParse(given);
        const read = data === undefined ? undefined : job.readStored(jsonOf(data));
        if (data !== undefined && read !== undefined) expect(job.entries(read)).toEqual(job.entries(data));
      }),
    );
  });

  test('all example postings have the stored form', () => {
    const lines = readFileSync(new URL('../examples/jobs.ndjson', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    const postings = lines.map((line) => {
      const { id: _, ...posting } = JSON.parse(line) as Record<string, unknown>;
      return posting;
    });
    expect(postings.filter((one) => !isStored(one))).toEqual([]);
  });
});

describe('what the stored form looks at closely', () => {
  const isUnchanged = (given: object): boolean => {
    const checked = jobSchema.safeParse(given);
    return checked.success && JSON.stringify(checked.data) === JSON.stringify(given);
  };

  test('a space of any kind at either end of a text is seen', () => {
    const differ: string[] = [];
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      const character = String.fromCharCode(unit);
      for (const title of [`${character}x`, `x${character}`]) {
        const expected = isUnchanged({ ...LEAST, title }) && !JSON.stringify(title).includes('\\u');
        if (isStored({ ...LEAST, title }) !== expected) differ.push(JSON.stringify(title));
      }
    }
    expect(differ).toEqual([]);
  });

  test('an address that no browser opens is seen, however plain it looks', () => {
    const label = fc.constantFrom('a', 'b1', 'c-d', '0x', '256', 'xn--', '-', 'é', '%', '', ' ');
    const part = fc.constantFrom(...'/ ? # a [ ] : @ % %zz é \u3002 \\ | \u00ad'.split(' '), ' ');
    const plain = fc.stringMatching(
      /^https?:\/\/([a-z][a-z0-9]{0,3}(-[a-z0-9]{1,3}){0,2}\.){1,2}[a-z]{1,4}([/?#][!-~]{0,9})?$/,
    );
    const strange = fc
      .tuple(
        fc.constantFrom('http://', 'https://', 'https:', 'ftp://'),
        fc.array(label, { maxLength: 3 }),
        fc.array(part, { maxLength: 3 }),
      )
      .map(([scheme, labels, parts]) => scheme + labels.join('.') + parts.join(''));
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(plain, strange), (url) => {
        if (!isStored({ ...LEAST, url })) return;
        taken += 1;
        expect([url, isUnchanged({ ...LEAST, url })]).toEqual([url, true]);
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(1000);
  });
});

describe('what the model says of itself', () => {
  test('the JSON Schema has the same limits, as sent and as stored', () => {
    const limited = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
    for (const schema of [job.inputSchema, job.outputSchema]) {
      expect(schema).toMatchObject({
        type: 'object',
        required: ['title', 'company', 'description'],
        additionalProperties: false,
        properties: {
          title: limited(200),
          company: limited(200),
          description: limited(20_000),
          location: limited(200),
          url: { type: 'string', maxLength: 2000 },
          tags: { type: 'array', maxItems: 20, items: limited(50) },
        },
      });
      expect(Object.keys(schema['properties'] as object)).toHaveLength(6);
    }
  });

  test('it is filtered by company, location and tag, and searched in title, company and description', () => {
    expect(job.indexes).toEqual([
      { name: 'company', kind: 'filter', field: 'company' },
      { name: 'location', kind: 'filter', field: 'location' },
      { name: 'tag', kind: 'filter', field: 'tags' },
    ]);
    expect(job.search).toEqual(['title', 'company', 'description']);
  });

  test('its entries are the terms of the searched fields and the values of the filters, each once', () => {
    const entries = job.entries({
      title: 'Crème chef',
      company: 'Inn & Chef',
      description: 'Soup',
      location: 'Oslo',
      url: 'https://example.com/unsearched',
      tags: ['hot', 'Hot', 'hot'],
    });
    expect(entries).toEqual({
      terms: ['creme', 'chef', 'inn', 'soup'],
      filters: { company: ['Inn & Chef'], location: ['Oslo'], tag: ['hot', 'Hot'] },
      sorts: {},
    });
    expect(job.entries(LEAST).filters['location'] ?? []).toEqual([]);
  });
});

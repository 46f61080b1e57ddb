import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Model } from '../model/model.ts';
import { KmodelError } from '../errors.ts';
import { listQueryParser, refuseParameters } from './query.ts';

const model = {
  name: 'note',
  search: ['text'],
  indexes: [
    { name: 'colour', kind: 'filter', field: 'colour' },
    { name: 'weight', kind: 'sort', field: 'weight', type: 'number' },
  ],
} as unknown as Model;
const parse = listQueryParser(model);

function refusal(text: string, parser: (text: string) => unknown = parse): string {
  try {
    parser(text);
  } catch (error) {
    if (error instanceof KmodelError && error.code === 'QUERY_INVALID') return error.message;
    throw error;
  }
  return 'taken';
}

describe('a list query', () => {
  test('says nothing: the first 50 by creation, newest first', () => {
    expect(parse('')).toEqual({
      terms: undefined,
      filters: {},
      sort: 'createdAt',
      order: 'desc',
      limit: 50,
      after: undefined,
    });
  });

  test('says everything', () => {
    expect(parse('limit=7&after=abc&q=Ab&sort=weight&order=asc&colour=sky+blue%26%2B')).toEqual({
      terms: [{ text: 'ab', prefix: true }],
      filters: { colour: 'sky blue&+' },
      sort: 'weight',
      order: 'asc',
      limit: 7,
      after: 'abc',
    });
  });

  test('takes any well-formed text as a filter, as URLSearchParams and encodeURIComponent write it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
        (text) => {
          expect(parse(new URLSearchParams({ colour: text }).toString()).filters).toEqual({ colour: text });
          expect(parse(`colour=${encodeURIComponent(text)}`).filters).toEqual({ colour: text });
        },
      ),
    );
  });

  test('takes exactly the limits 1 to 1000', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10, max: 1100 }), (limit) => {
        expect(refusal(`limit=${limit}`) === 'taken').toBe(limit >= 1 && limit <= 1000);
      }),
    );
  });

  test('names the parameter, what was expected and what was found', () => {
    expect(refusal('limit=many')).toBe('Parameter "limit": expected an integer from 1 to 1000, found "many".');
    expect(refusal('sort=colour')).toBe('Parameter "sort": expected one of createdAt, weight, found "colour".');
    expect(refusal('page=2')).toBe(
      'Parameter "page": expected one of limit, after, q, sort, order, colour, found an unknown one.',
    );
    expect(refusal('q=a&q=b')).toBe('Parameter "q": expected it once, found it twice.');
    expect(refusal('q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+r')).toBe('Parameter "q": expected at most 16 terms, found 17.');
  });

  test('tells no search from a search without any term', () => {
    expect(parse('q=').terms).toBeUndefined();
    expect(parse('q=+%09').terms).toBeUndefined();
    expect(parse('q=%3F').terms).toEqual([]);
  });

  test('is read or refused, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('limit', 'q', 'colour', '=', '&', '%', '41', 'ff', '+', 'a', '__proto__') }),
        (text) => {
          refusal(text);
        },
      ),
    );
  });
});

test('where no parameter is known, any is refused', () => {
  expect(refusal('', refuseParameters)).toBe('taken');
  expect(refusal('x=1', refuseParameters)).toBe('Parameter "x": expected no parameter, found an unknown one.');
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCRIPTS } from './scripts.conformance.ts';
import { MAX_QUERY_TERMS, searchTerms, terms, uncutTerms } from './terms.ts';

/** Whether a query finds a text, by the rule of the View port. */
function finds(query: string, text: string): boolean {
  const asked = searchTerms(query);
  if (asked.kind !== 'terms') return false;
  const indexed = terms(text);
  return asked.terms.every((term) =>
    indexed.some((found) => (term.prefix ? found.startsWith(term.text) : found === term.text)),
  );
}

describe.each(SCRIPTS)('in $script', (example) => {
  test('a text has these terms', () => {
    expect(terms(example.text)).toEqual(example.terms);
  });

  test.each(example.found)('%j finds it', (query) => {
    expect(finds(query, example.text)).toBe(true);
  });

  test.each(example.notFound)("%j doesn't find it", (query) => {
    expect(finds(query, example.text)).toBe(false);
  });
});

describe('terms', () => {
  test('each stands there once, in the order of first appearance', () => {
    expect(terms('b a B c á')).toEqual(['b', 'a', 'c']);
    expect(terms('Zum ÜBEN üben wir zum')).toEqual(['zum', 'uben', 'wir']);
  });

  test('a text without letters and digits has none', () => {
    expect(terms('')).toEqual([]);
    expect(terms(' – “…” 🚀 \u0301')).toEqual([]);
  });

  test('64 code points of a long run count, on both sides', () => {
    expect(terms('x'.repeat(1000))).toEqual(['x'.repeat(64)]);
    expect(terms('𐐷'.repeat(100))).toEqual(['𐐷'.repeat(64)]);
    expect(finds('x'.repeat(70), 'x'.repeat(80))).toBe(true);
  });

  test('runs part where a script without spaces begins or ends', () => {
    expect(terms('vue工程师2024ไทย')).toEqual(['vue', '工程', '程师', '师', '2024', 'ไท', 'ทย', 'ย']);
  });

  test('what nobody sees does not part a word', () => {
    expect(terms('soft\u00adware zero\u200djoined \u202bright\u202c \ufeffmark')).toEqual([
      'software',
      'zerojoined',
      'right',
      'mark',
    ]);
  });

  test('an unpaired surrogate ends a word and throws nothing', () => {
    expect(terms('ab\ud800cd \udc00')).toEqual(['ab', 'cd']);
  });

  test('whatever the text: ASCII and other texts go by the same rules, and every term finds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ maxLength: 60 }), (any, ascii) => {
        expect(terms(`${ascii} é`).filter((term) => term !== 'e')).toEqual(terms(ascii).filter((term) => term !== 'e'));
        for (const term of terms(any).slice(0, MAX_QUERY_TERMS)) expect(finds(term, any)).toBe(true);
      }),
    );
  });

  test('no term holds a space, a quote, an underscore or an upper-case ASCII letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const term of terms(text)) expect(term).not.toMatch(/[^a-z0-9\u0080-\u{10ffff}]|^$/u);
      }),
    );
  });
});

test('cutting a text into pieces changes nothing, whatever stands beside a cut', () => {
  const marks = ['\u0301', '\u0338', '\u3099', '\u093e', '\u0e34', '\u200d', '\u00ad', '\u02bc', '\u1161', '\ud800'];
  const letters = ['a', 'Σ', 'ς', 'İ', 'ß', 'é', 'ﬁ', 'か', '中', 'ก', 'ᄀ', '한', 'ة', '5', '٣', '㎢', '¨', '☕'];
  const ends = [' ', '\n', "'", '.', '<', '_', '。', '、', '，', '（', '\u0000', '\u007f'];
  const character = fc.constantFrom(...marks, ...letters, ...ends);
  const text = fc.oneof(fc.string({ unit: character, maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 30 }));
  fc.assert(
    fc.property(text, (given) => {
      expect(terms(`é${given}`)).toEqual(uncutTerms(`é${given}`));
    }),
    { numRuns: 3000 },
  );
});

describe('searchTerms', () => {
  test('words are prefixes, single letters and digits are not, pairs are whole, a lone Han character is a prefix', () => {
    expect(searchTerms('Node x 7 𐐷 软件 工')).toEqual({
      kind: 'terms',
      terms: [
        { text: 'node', prefix: true },
        { text: 'x', prefix: false },
        { text: '7', prefix: false },
        { text: '𐐏'.toLowerCase(), prefix: false },
        { text: '软件', prefix: false },
        { text: '工', prefix: true },
      ],
    });
  });

  test('a query without a letter or digit has no term', () => {
    expect(searchTerms('')).toEqual({ kind: 'terms', terms: [] });
    expect(searchTerms('🚀 …')).toEqual({ kind: 'terms', terms: [] });
  });

  test('16 different terms are allowed, repeats not counted; 17 are too many', () => {
    const sixteen = Array.from({ length: 16 }, (_, at) => `word${at}`).join(' ');
    const allowed = searchTerms(`${sixteen} word1 WORD2`);
    expect(allowed.kind === 'terms' && allowed.terms.length).toBe(16);
    expect(searchTerms(`${sixteen} more`)).toEqual({ kind: 'too-many', found: 17 });
  });
});

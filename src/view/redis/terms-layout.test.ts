import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
// eslint-disable-next-line no-restricted-imports -- what is asked has to be what is indexed, whatever the text.
import { searchTerms } from '../../model/terms.ts';
import { hasOwnSet, isWord, lookupOf, prefixOf } from './terms-layout.ts';

describe('the sets that a term stands in', () => {
  test.each([
    { term: 'c', prefix: undefined, word: false, own: true },
    { term: 'go', prefix: 'go', word: false, own: false },
    { term: 'sql', prefix: 'sq', word: true, own: true },
    { term: 'rust', prefix: 'ru', word: true, own: true },
    { term: '𝒜𝒷𝒸𝒹', prefix: '𝒜𝒷', word: true, own: true },
    { term: '𝒜', prefix: undefined, word: false, own: true },
    { term: '本', prefix: '本', word: false, own: true },
    { term: '日本', prefix: '日', word: false, own: true },
    { term: '𠮷野', prefix: '𠮷', word: false, own: true },
    { term: '한국어', prefix: '한국', word: true, own: true },
  ])('$term', ({ term, prefix, word, own }) => {
    expect({ prefix: prefixOf(term), word: isWord(term), own: hasOwnSet(term) }).toEqual({ prefix, word, own });
  });
});

describe('how a term of a search is found', () => {
  test.each([
    { text: 'c', prefix: false, kind: 'term', within: undefined },
    { text: 'go', prefix: true, kind: 'prefix', within: 'go' },
    { text: 'rus', prefix: true, kind: 'words', within: 'ru' },
    { text: 'rust', prefix: true, kind: 'words', within: 'ru' },
    { text: 'rust', prefix: false, kind: 'term', within: 'ru' },
    { text: '日本', prefix: false, kind: 'term', within: '日' },
    { text: '日', prefix: true, kind: 'prefix', within: '日' },
    { text: '日本', prefix: true, kind: 'packed', within: '日' },
    { text: 'sql', prefix: false, kind: 'term', within: 'sq' },
    { text: 'go', prefix: false, kind: 'packed', within: 'go' },
    { text: 'c', prefix: true, kind: 'packed', within: undefined },
  ])('$text, prefix: $prefix', ({ text, prefix, ...lookup }) => {
    expect(lookupOf(text, prefix)).toEqual(lookup);
  });

  test('whoever has a term that matches stands in the set where it is looked for', () => {
    const character = fc.constantFrom(...'abcé日本语ไทย한국'.normalize('NFC'), '𠮷', '𝒜');
    const term = fc.array(character, { minLength: 1, maxLength: 6 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(term, fc.nat(6), fc.boolean(), (whole, length, prefix) => {
        const text = prefix
          ? Array.from(whole)
              .slice(0, length + 1)
              .join('')
          : whole;
        const { kind, within } = lookupOf(text, prefix);
        if (kind === 'term') expect(hasOwnSet(whole)).toBe(true);
        if (kind === 'words') expect(isWord(whole)).toBe(true);
        if (kind !== 'term' && within !== undefined) expect(prefixOf(whole)).toBe(within);
      }),
    );
  });

  test('a set of words stands for each of them: every word has a set of its own', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => !isWord(text) || hasOwnSet(text)));
  });

  test('what the model asks for always has a set or words', () => {
    const character = fc.integer({ min: 0x30, max: 0x3ffff }).map((codePoint) => String.fromCodePoint(codePoint));
    const assigned = character.filter((one) => /[\p{L}\p{N}\p{M}]/u.test(one));
    fc.assert(
      fc.property(fc.array(fc.oneof(assigned, fc.constant(' ')), { maxLength: 12 }), (characters) => {
        const asked = searchTerms(characters.join(''));
        for (const { text, prefix } of asked.kind === 'terms' ? asked.terms : []) {
          expect(['term', 'prefix', 'words']).toContain(lookupOf(text, prefix).kind);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

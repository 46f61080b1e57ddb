/**
 * Text to search terms: one pure function for what is indexed and for what is asked, so that every adapter of the view
 * finds the same. Nothing here depends on a locale. Case and accents don't matter; scripts that are written without
 * spaces are cut into overlapping pairs.
 */

/** Part of every model's fingerprint: raise it whenever `terms` or `searchTerms` would answer anything differently. */
export const TERMS_VERSION = 1;

/** The most terms one search may have, each counted once. */
export const MAX_QUERY_TERMS = 16;

/** Code points of a term that count; what follows in a longer run is left out on both sides. */
const MAX_TERM_LENGTH = 64;

/** One term to look for. With `prefix`, every indexed term that starts with `text` matches, else only `text` itself. */
export interface SearchTerm {
  readonly text: string;
  readonly prefix: boolean;
}

/** `too-many`: the query has `found` different terms, more than MAX_QUERY_TERMS. */
export type SearchTerms =
  | { readonly kind: 'terms'; readonly terms: SearchTerm[] }
  | { readonly kind: 'too-many'; readonly found: number };

/** Letters that a user takes for others but that have no decomposition. All of them lower-case, as `fold` makes them. */
const LOOKALIKES: readonly (readonly [string, string])[] = [
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['þ', 'th'],
  ['ø', 'o'],
  ['ð', 'd'],
  ['đ', 'd'],
  ['ħ', 'h'],
  ['ı', 'i'],
  ['ł', 'l'],
  ['ŋ', 'n'],
  ['ŧ', 't'],
  ['ĸ', 'k'],
  ['ς', 'σ'],
  // Arabic and Persian keyboards write the same letter with different code points.
  ['ى', 'ي'],
  ['ی', 'ي'],
  ['ک', 'ك'],
  ['ة', 'ه'],
];

/** The zeros of the decimal digits that NFKD leaves alone; nine more follow each of them. */
const ZEROS: readonly number[] = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
  0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
  0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
];

const FOLDS = new Map<string, string>(LOOKALIKES);
for (const zero of ZEROS) {
  for (let digit = 0; digit <= 9; digit += 1) FOLDS.set(String.fromCodePoint(zero + digit), String(digit));
}
const FOLDED = new RegExp(`[${[...FOLDS.keys()].join('')}]`, 'g');

/**
 * What disappears without ending a word: marks below U+0900 (accents of Latin, Greek and Cyrillic, Hebrew points, Arabic
 * vowel marks) except Thaana's vowels; nuktas; marks on symbols, variation selectors and half marks; the Arabic tatweel;
 * soft hyphens, joiners and direction marks. Every other mark is a vowel, a tone or a vowel killer of an Indic or
 * South-East Asian script, or a kana's voicing: another mark there is another word.
 */
const IGNORED = new RegExp(
  '(?![\\u07a6-\\u07b0])(?=[\\u0000-\\u08ff])\\p{M}' +
    '|[\\u093c\\u09bc\\u0a3c\\u0abc\\u0b3c\\u0c3c\\u0cbc\\u1b34\\u1be6\\u1c37\\ua9b3]' +
    '|[\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\u{e0100}-\\u{e01ef}]' +
    '|[\\u0640\\u00ad\\u061c\\u200d-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069\\ufeff]',
  'gu',
);

/** Han and kana: one class, since Japanese words mix them. By range, as a script property would change with Unicode. */
const HAN_KANA =
  '\\u2e80-\\u2fdf\\u3005-\\u3007\\u3021-\\u3029\\u3038-\\u303c\\u3041-\\u3096\\u3099-\\u309a\\u309d-\\u309f' +
  '\\u30a1-\\u30fa\\u30fc-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{1aff0}-\\u{1b16f}\\u{20000}-\\u{3ffff}';
/** Thai, Lao, Myanmar and Khmer: the other scripts without spaces between words. */
const THAI = '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\ua9e0-\\ua9ff\\uaa60-\\uaa7f';

// eslint-disable-next-line no-control-regex -- ASCII is meant, control characters and all.
const NOT_ASCII = /[^\u0000-\u007f]/;
const ASCII_RUNS = /[a-z0-9]+/g;
/**
 * Pieces of a text between characters that end a word wherever they stand and that nothing around them changes: what is
 * neither letter nor digit in ASCII, and the punctuation of Chinese and Japanese.
 */
// eslint-disable-next-line no-control-regex -- see above.
const PIECES = /[^\u0000-/:-@[-`{-\u007f\u3000-\u3002\u300c-\u300f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+/g;
/** Letters, digits and the marks that `fold` has left; not the modifier letters that are typed for an apostrophe. */
const RUNS = /(?:(?![\u02b9-\u02bf])[\p{L}\p{N}\p{M}])+/gu;
const SPACELESS = new RegExp(`[${HAN_KANA}${THAI}]`, 'u');
/** A run's parts: what is cut into pairs (two classes), and the rest. */
const PARTS = new RegExp(`[${HAN_KANA}]+|[${THAI}]+|[^${HAN_KANA}${THAI}]+`, 'gu');

/**
 * The search terms of a text: each once, in the order of first appearance, lower-case, of letters, digits and combining
 * vowels only, each of 1 to 64 code points. Never throws; unpaired surrogates end a word.
 */
export function terms(text: string): string[] {
  if (!NOT_ASCII.test(text)) return asciiTerms(text);
  const found = new Set<string>();
  for (const piece of text.match(PIECES) ?? []) {
    for (const term of termsOfPiece(piece)) found.add(term);
  }
  return [...found];
}

/** Terms of pieces that have been seen: words repeat, and folding one costs ten times as much as looking it up. */
const seen = new Map<string, readonly string[]>();
const MOST_SEEN = 50_000;
const LONGEST_SEEN = 40;

function termsOfPiece(piece: string): readonly string[] {
  const known = seen.get(piece);
  if (known !== undefined) return known;
  const found = uncutTerms(piece);
  if (piece.length > LONGEST_SEEN) return found;
  if (seen.size >= MOST_SEEN) seen.clear();
  seen.set(piece, found);
  return found;
}

/** What `terms` answers, without cutting the text into pieces first: exported for the test that the cuts change nothing. */
export function uncutTerms(text: string): string[] {
  const found = new Set<string>();
  for (const run of fold(text).match(RUNS) ?? []) {
    if (!SPACELESS.test(run)) {
      found.add(capped(run));
      continue;
    }
    for (const part of run.match(PARTS) ?? []) {
      if (SPACELESS.test(part)) addPairs(part, found);
      else found.add(capped(part));
    }
  }
  return [...found];
}

/**
 * What to look for. Words of at least two code points match as prefixes, single letters and digits only themselves. A
 * single Han, kana or Thai character is found anywhere: it is a prefix of the pair it begins, or ends its run.
 */
export function searchTerms(query: string): SearchTerms {
  const found = new Map<string, SearchTerm>();
  for (const run of fold(query).match(RUNS) ?? []) {
    for (const part of run.match(PARTS) ?? []) {
      if (SPACELESS.test(part)) for (const term of pairsAsked(part)) found.set(term.text, term);
      else found.set(capped(part), { text: capped(part), prefix: isLongerThanOne(part) });
    }
  }
  if (found.size > MAX_QUERY_TERMS) return { kind: 'too-many', found: found.size };
  return { kind: 'terms', terms: [...found.values()] };
}

/** Most texts in Latin script hold few other characters; those that hold none take a fifth of the time. */
function asciiTerms(text: string): string[] {
  const runs = text.toLowerCase().match(ASCII_RUNS);
  if (runs === null) return [];
  const found = new Set<string>();
  for (const run of runs) found.add(run.length > MAX_TERM_LENGTH ? run.slice(0, MAX_TERM_LENGTH) : run);
  return [...found];
}

/**
 * Upper before lower case makes letters equal that have several lower-case forms. Composing at the end gives Hangul its
 * syllables and kana their voicing back; nothing else is left to compose that both sides wouldn't compose alike.
 */
function fold(text: string): string {
  const bare = text.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD').replace(IGNORED, '');
  if (!NOT_ASCII.test(bare)) return bare;
  return bare.replace(FOLDED, (character) => FOLDS.get(character) ?? character).normalize('NFC');
}

/** Each two neighbours, and the last character alone so that a search for it alone finds it. */
function addPairs(part: string, found: Set<string>): void {
  const characters = Array.from(part);
  for (let index = 1; index < characters.length; index += 1) found.add(`${characters[index - 1]}${characters[index]}`);
  found.add(characters[characters.length - 1] ?? '');
}

function pairsAsked(part: string): SearchTerm[] {
  const characters = Array.from(part);
  if (characters.length === 1) return [{ text: part, prefix: true }];
  return characters.slice(1).map((character, index) => ({ text: `${characters[index]}${character}`, prefix: false }));
}

function capped(run: string): string {
  if (run.length <= MAX_TERM_LENGTH) return run;
  return Array.from(run.slice(0, 2 * MAX_TERM_LENGTH))
    .slice(0, MAX_TERM_LENGTH)
    .join('');
}

function isLongerThanOne(part: string): boolean {
  return part.length > 2 || (part.length === 2 && Array.from(part).length === 2);
}

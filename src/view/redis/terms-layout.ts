/**
 * Which sets a search term stands in. Pure; what is indexed and what is asked for have to agree.
 *
 * Words of people are asked for as prefixes, so the first two code points of a term have a set of their own, and longer
 * prefixes are looked up among the words. Scripts without spaces between words are cut into pairs,
 * which are asked for whole or by their first character. Whatever else can be asked has no set: the list looks into the
 * packed entries of what its other conditions leave (index-entries.ts).
 */

/** Prefixes of this many code points have sets; longer ones are looked up among the words. */
const LONGEST_PREFIX = 2;

/**
 * The scripts without spaces between words, as src/model/terms.ts cuts them into pairs: Han and kana, then Thai, Lao, Myanmar
 * and Khmer. Elsewhere than there it would cost speed, not truth: what has no set is looked for in the packed entries.
 */
const SPACELESS: readonly (readonly [number, number])[] = [
  [0x2e80, 0x2fdf],
  [0x3005, 0x3007],
  [0x3021, 0x3029],
  [0x3038, 0x303c],
  [0x3041, 0x3096],
  [0x3099, 0x309a],
  [0x309d, 0x309f],
  [0x30a1, 0x30fa],
  [0x30fc, 0x30ff],
  [0x31f0, 0x31ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x1aff0, 0x1b16f],
  [0x20000, 0x3ffff],
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0xa9e0, 0xa9ff],
  [0xaa60, 0xaa7f],
];
const LOWEST_SPACELESS = Math.min(...SPACELESS.map(([first]) => first));

/**
 * The prefix of a term under which it has to be found in a set `p:`; maybe the term itself. Undefined for single letters.
 */
export function prefixOf(term: string): string | undefined {
  const first = term.codePointAt(0) ?? 0;
  if (isSpaceless(first)) return String.fromCodePoint(first);
  const two = end(term, end(term, 0));
  return two === undefined ? undefined : term.slice(0, two);
}

/** Does the term stand in the set of words, among which longer prefixes are looked up? */
export function isWord(term: string): boolean {
  return lengthUpTo(term, LONGEST_PREFIX + 1) > LONGEST_PREFIX;
}

/** Does the term have a set `t:`? Those of two letters don't: they are asked for as prefixes only, and have sets as these. */
export function hasOwnSet(term: string): boolean {
  const length = lengthUpTo(term, LONGEST_PREFIX + 1);
  return length === 1 || length > LONGEST_PREFIX || isSpaceless(term.codePointAt(0) ?? 0);
}

/**
 * How a term of a search is found. `term`, `prefix`: whoever matches stands in that set of the text, and nobody else does.
 * `words`: by the words that begin with the text. `packed`: by the packed entries. For these two, whoever matches stands in
 * the set `p:` of `within`, if there is one.
 */
export interface TermLookup {
  readonly kind: 'term' | 'prefix' | 'words' | 'packed';
  readonly within: string | undefined;
}

export function lookupOf(text: string, prefix: boolean): TermLookup {
  const within = prefixOf(text);
  if (!prefix) return { kind: hasOwnSet(text) ? 'term' : 'packed', within };
  if (within === text) return { kind: 'prefix', within };
  return { kind: isWord(text) ? 'words' : 'packed', within };
}

function isSpaceless(codePoint: number): boolean {
  return codePoint >= LOWEST_SPACELESS && SPACELESS.some(([first, last]) => first <= codePoint && codePoint <= last);
}

/** How many code points the text has, but at most so many. */
function lengthUpTo(text: string, most: number): number {
  let length = 0;
  let at: number | undefined = 0;
  while (length < most && (at = end(text, at)) !== undefined) length += 1;
  return length;
}

/** Where the code point ends that begins at `from`; undefined behind the last. */
function end(text: string, from: number | undefined): number | undefined {
  const codePoint = from === undefined ? undefined : text.codePointAt(from);
  return codePoint === undefined || from === undefined ? undefined : from + (codePoint > 0xffff ? 2 : 1);
}

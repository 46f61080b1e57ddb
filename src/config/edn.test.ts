import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocumentProblem, type OtherValue, lineKey } from './document.ts';
import { readEdn } from './edn.ts';
import { readJson } from './json.ts';

function problemOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof DocumentProblem) return `${error.line ?? '?'}: ${error.message}`;
    throw error;
  }
  return 'no problem';
}

/** Plain objects without the null prototype, for toEqual. */
function root(text: string): unknown {
  return JSON.parse(JSON.stringify(readEdn(text).root));
}

describe('an EDN file', () => {
  test('is read as plain values, with the line of each key', () => {
    const { root: found, lines } = readEdn('{:http {:port 8080\n        :host "a"}\n :cors ["x" "y"], :n nil :t true}');
    expect(JSON.parse(JSON.stringify(found))).toEqual({
      http: { port: 8080, host: 'a' },
      cors: ['x', 'y'],
      n: null,
      t: true,
    });
    expect(lines.get(lineKey(['http', 'host']))).toBe(2);
    expect(lines.get(lineKey(['cors']))).toBe(3);
  });

  test('may hold comments and discarded forms anywhere', () => {
    expect(root('; a } comment\n{:a 1;no blank before it\n:b #_2 3 ; "\n}; the end')).toEqual({ a: 1, b: 3 });
    expect(root('#_ {:x [1 2]} {#_ #_ :a 1 :b #_{:c {:d 1}} {:e 2}}')).toEqual({ b: { e: 2 } });
  });

  test('keeps the lines of keys right behind discarded collections', () => {
    const { lines } = readEdn('{:a #_{:x {}}\n {:b 1}\n :c [{:d 1}\n {:e 2}]\n :f 3}');
    expect(lines.get(lineKey(['a', 'b']))).toBe(2);
    expect(lines.get(lineKey(['c', '1', 'e']))).toBe(4);
    expect(lines.get(lineKey(['f']))).toBe(5);
  });

  test('may hold escapes in strings', () => {
    expect(root('{:a "\\t\\\\t\\u00e9\\"" :b ";{["}')).toEqual({ a: '\t\\t\u00e9"', b: ';{[' });
  });

  test('gives symbols, keywords, sets, lists and big numbers as what no setting takes', () => {
    const found = readEdn('{:a serializer :b :c :d #{1 2} :e (1) :f 8N}').root as Record<string, OtherValue>;
    expect(Object.values(found).map((value) => value.shown)).toEqual([
      'the symbol serializer',
      'the keyword :c',
      'a set',
      'a list',
      'the number 8N',
    ]);
  });

  test.each([
    ['', '?: expected one map, found nothing'],
    ['; nothing\n', '?: expected one map, found nothing'],
    ['{:a 1\n', '2: the text ends inside the { of line 1'],
    ['{:a\n{:b [1 2}}', '2: expected ] for the [ of line 2, found }'],
    ['{:a "b\n', '1: the text ends inside the string that begins here'],
    ['{:a 1}\n}', '2: } closes nothing'],
    ['{:a 1}\n{:b 2}', '2: expected the end of the text after the map, found more'],
    ['{:a 1} 2', '1: expected the end of the text after the map, found more'],
    ['{:a 1\n :b}', '2: the map of line 1 has a key without a value'],
    ['{:a 1 :b #_2}', '1: the map of line 1 has a key without a value'],
    ['{:a 1 #_}', '1: #_ has nothing after it to discard'],
    ['{:a {:b 1\n :b 2}}', '2: :a :b stands there twice, first on line 1'],
    ['{:a #{1\n2\n1}}', '3: the set holds the same value twice'],
    ['{:a #{{:b 1} {:b 1}}}', '1: the set holds the same value twice'],
    ['{:a #inst "2020-01-01"}', '1: the tagged literal #inst is unknown; no setting takes one'],
    ['{:a #x/y 1}', '1: the tagged literal #x/y is unknown; no setting takes one'],
    ['{:a #:b{:c 1}}', '1: the tagged literal #:b is unknown; no setting takes one'],
    ['{:a b#{1}}', '1: b# is no value'],
    ['{:a \\}}', '1: no setting takes the character literal \\'],
    ['{:a "\\q"}', '1: the string that begins here holds \\q, which is no escape'],
    ['{:a "\\u12"}', '1: the string that begins here holds \\u12, which is no escape'],
    ['{:a\u00a0 1}', '1: the character U+00A0 stands outside a string'],
    ['{:a \u0007}', '1: the character U+0007 stands outside a string'],
    ['{"a" 1}', '1: expected a keyword such as :http as key, found "a"; a JSON file needs a name that ends in .json'],
    ['{"a": 1}', '1: a colon stands alone; if this is JSON, let the file name end in .json'],
    ['{1 2}', '1: expected a keyword such as :http as key, found 1'],
    ['['.repeat(40), '1: more than 32 brackets are open'],
  ])('is refused with its line: %j', (text, expected) => {
    expect(problemOf(() => readEdn(text))).toBe(expected);
  });

  test('gives back whatever was written', () => {
    fc.assert(
      fc.property(configTree, (tree) => {
        expect(root(asEdn(tree))).toEqual(JSON.parse(JSON.stringify(tree)));
      }),
      { numRuns: 300 },
    );
  });

  test('is refused wherever it is cut off', () => {
    fc.assert(
      fc.property(configTree, fc.nat(), (tree, at) => {
        const text = asEdn(tree);
        expect(problemOf(() => readEdn(text.slice(0, at % text.length)))).not.toBe('no problem');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a JSON file', () => {
  test('is read with the line of each key', () => {
    const { root: found, lines } = readJson('{"http": {"port": 1,\n "host": "a,{\\""},\n "cors": ["x", "y"]}');
    expect(found).toEqual({ http: { port: 1, host: 'a,{"' }, cors: ['x', 'y'] });
    expect(lines.get(lineKey(['http', 'host']))).toBe(2);
    expect(lines.get(lineKey(['cors']))).toBe(3);
  });

  test.each([
    ['', '1: not JSON: Unexpected end of JSON input'],
    ['{"a":\n', '2: not JSON: Unexpected end of JSON input'],
    ['{"a": 1}\n2', '2: not JSON: Unexpected non-whitespace character after JSON'],
    ['{"a": 1\n"b": 2}', "2: not JSON: Expected ',' or '}' after property value"],
    ['{"a": {"b": 1,\n"b": 2}}', '2: a.b stands there twice, first on line 1'],
    ['{"a": 1, "\\u0061": 2}', '1: a stands there twice, first on line 1'],
    ['{"a": 1, "b.c": 1, "b.c": 2}', '1: "b.c" stands there twice, first on line 1'],
    [`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, '1: more than 32 brackets are open'],
  ])('is refused with its line: %j', (text, expected) => {
    expect(problemOf(() => readJson(text))).toBe(expected);
  });

  test('may hold the same key in different objects', () => {
    expect(readJson('[{"a": 1}, {"a": 2, "b": {"a": 3}}]').root).toEqual([{ a: 1 }, { a: 2, b: { a: 3 } }]);
  });
});

type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };

const leaf = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('{', '"', ';', '#_', '\\'),
);
const keys = fc.stringMatching(/^[a-z][a-z.-]{0,8}$/);
const { tree: anyTree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(keys, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const configTree = fc.dictionary(keys, anyTree, { maxKeys: 4, noNullPrototype: true });

/** Written with comments, discarded forms and commas, so that each reading has to see past them. */
function asEdn(tree: Tree): string {
  if (Array.isArray(tree)) return `[${tree.map(asEdn).join(' ; } "\n')} #_ [1 {:x "}"}]]`;
  if (typeof tree === 'string') {
    return `"${tree.replaceAll(/[\\"]/g, '\\$&')}"`;
  }
  if (typeof tree !== 'object' || tree === null) return tree === null ? 'nil' : String(tree);
  return `{${Object.entries(tree)
    .map(([key, value]) => `:${key} #_:not ${asEdn(value)}`)
    .join(', ')}}`;
}

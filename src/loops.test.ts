/** Every endless loop has a name and a pace, and stands in docs/spec.md: no source has one of its own making. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/\.(test|conformance)\.ts$/.test(path) && path !== 'core/loop.ts')
  .map((path) => ({ path, text: readFileSync(`${folder}/${path}`, 'utf8') }));

/** What makes a loop that nothing but the world ends. */
const ENDLESS = /for \(;;\)|while \(true\)|while \(![\w.#]*aborted\b|\bsetInterval\b/;

interface Named {
  readonly name: string;
  readonly pace: string;
}

/** The loops that the source defines. A pace that is a name is looked up in the same file. */
function loopsIn(text: string): Named[] {
  const number = (word: string): number => {
    const digits = /^[\d_]+$/.test(word) ? word : new RegExp(`const ${word} = ([\\d_]+);`).exec(text)?.[1];
    return Number(digits?.replaceAll('_', ''));
  };
  const calls = [...text.matchAll(/\bdefineLoop\(\s*'([^']+)',\s*\{ everyMs: (\w+)(?:, mostMs: (\w+))? \}/g)];
  expect(calls.length, 'a call of defineLoop in an unknown form').toBe(text.match(/\bdefineLoop\(/g)?.length ?? 0);
  return calls.map(([, name, every, most]) => ({
    name: name!,
    pace: most === undefined ? `${number(every!)} ms` : `${number(every!)} … ${number(most)} ms`,
  }));
}

describe('loops', () => {
  test('no source has an endless loop, or a bare interval, but through core/loop.ts', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter(({ text }) => ENDLESS.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('docs/spec.md lists every loop with its pace, and no other', () => {
    const spec = readFileSync(`${folder}/../docs/spec.md`, 'utf8');
    const section = spec.slice(spec.indexOf('## Loops'), spec.indexOf('\n## ', spec.indexOf('## Loops') + 1));
    const listed = [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, name, pace]) => `${name}: ${pace}`);
    const defined = sources.flatMap(({ text }) => loopsIn(text)).map(({ name, pace }) => `${name}: ${pace}`);
    expect(defined.length).toBeGreaterThan(5);
    expect(listed.toSorted()).toEqual(defined.toSorted());
  });
});

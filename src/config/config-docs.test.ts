import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { showPath, showValue } from './document.ts';
import { IGNORED_KEYS, SETTING_ROWS } from './settings.ts';

const page = readFileSync(new URL('../../docs/reference/config.md', import.meta.url), 'utf8');

/** The rows of the first table below a heading, as the page writes them. */
function tableBelow(heading: string): readonly string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
}

function shownDefault(value: unknown): string {
  return value === undefined ? 'none' : `\`${showValue(value, 'edn').replace(/^the \w+ /, '')}\``;
}

describe('the reference of the configuration', () => {
  test('lists every key with what it takes, its default and its meaning', () => {
    const rows = SETTING_ROWS.map(
      ([, row]) =>
        `| \`${showPath(row.path, 'edn')}\` | ${row.expected} | ${shownDefault(row.byDefault)} | ${row.meaning} |`,
    );
    expect(tableBelow('Keys')).toEqual(rows);
  });

  test('lists every environment variable with the key that it overrides', () => {
    const forms = { text: 'text', number: 'digits', list: 'items separated by commas' };
    const rows = SETTING_ROWS.map(
      ([, row]) => `| \`${row.env}\` | \`${showPath(row.path, 'edn')}\` | ${forms[row.envForm]} |`,
    );
    expect(tableBelow('Environment')).toEqual(rows);
  });

  test('lists every ignored key with the reason', () => {
    const rows = IGNORED_KEYS.map(
      ({ path, why, quietWhenEmpty }) =>
        `| \`${showPath(path, 'edn')}\` | ${why}${quietWhenEmpty === true ? ' (no warning for an empty map)' : ''} |`,
    );
    expect(tableBelow('Ignored keys')).toEqual(rows);
  });
});

describe('the table of settings', () => {
  test('gives each setting a default that its own schema takes', () => {
    const refused = SETTING_ROWS.filter(
      ([, row]) => row.byDefault !== undefined && !row.schema.safeParse(row.byDefault).success,
    );
    expect(refused).toEqual([]);
  });

  test('names each variable after its keys', () => {
    for (const [, row] of SETTING_ROWS) {
      const spelled = row.path.join('_').replaceAll(/[-.]/g, '_').replace('_spec_', '_').toUpperCase();
      expect(row.env).toBe(`KMODEL_${spelled}`);
    }
  });
});

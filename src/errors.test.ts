import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERRORS } from './error-table.ts';
import { KmodelError } from './errors.ts';

describe('docs/reference/errors.md', () => {
  const text = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  test('lists exactly the codes of the table, in its order', () => {
    expect(rows.map(([, code]) => code)).toEqual(Object.keys(ERRORS).map((code) => `\`${code}\``));
  });

  test.each(Object.entries(ERRORS))('says of %s what the table says', (code, { status, title, retryable, action }) => {
    const shown = status === 0 ? 'start-up' : String(status);
    expect(rows).toContainEqual(['', `\`${code}\``, shown, retryable ? 'yes' : 'no', title, action, '']);
  });
});

test('an error carries its code, its words, and nothing that was not given', () => {
  const error = new KmodelError('NOT_FOUND', 'No route has this path.');
  expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'No route has this path.', rules: [], headers: {} });
  expect(error.cause).toBeUndefined();
  expect(new KmodelError('INTERNAL', 'x', { cause: 'why' }).cause).toBe('why');
});

/** Refused for good although the server is at fault: nothing changes until an operator does something. */
const PERMANENT = new Set(['VIEW_HELD', 'LOG_REFUSES']);

test('over HTTP what can be retried is a 408, 500, 503 or 504, and all of these can be but for permanent refusals', () => {
  for (const [code, { status, retryable }] of Object.entries(ERRORS)) {
    if (status > 0) expect(retryable).toBe([408, 500, 503, 504].includes(status) && !PERMANENT.has(code));
  }
});

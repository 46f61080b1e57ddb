/** The library knows no app: what the built-in one is about stands in no shipped file of src/. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('no source names the entity of the built-in app', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const shipped = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  );
  expect(shipped.length).toBeGreaterThan(50);
  expect(shipped.filter((path) => /job/i.test(readFileSync(`${folder}/${path}`, 'utf8')))).toEqual([]);
});

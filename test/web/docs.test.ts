import { describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';

const board = setStage();

describe('the pages of the API’s documentation', () => {
  test('show every route, under the policy that forbids inline script, without one complaint', async () => {
    const { page, complaints, close } = await board.visit('/docs');
    const answer = await page.reload();
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self';");
    const routes = page.locator('.opblock-summary');
    await routes.first().waitFor();
    const shown = await routes.evaluateAll((rows) =>
      rows.map((row) => ['method', 'path'].map((part) => row.querySelector(`.opblock-summary-${part}`)?.textContent)),
    );
    const described = (await (await fetch(`${board.url}/openapi.json`)).json()) as {
      paths: Readonly<Record<string, object>>;
    };
    const expected = Object.entries(described.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => [method.toUpperCase(), path]),
    );
    expect(shown.map(String).toSorted()).toEqual(expected.map(String).toSorted());
    expect(shown).toContainEqual(['POST', '/api/job']);
    expect(complaints).toEqual([]);
    await close();
  });
});

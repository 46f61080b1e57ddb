import type { Page, Route } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';

const board = setStage(async (started) => {
  await started.post([{ title: 'Ferryman', company: 'Styx Lines', description: 'Across and back.' }]);
});

function problem(status: number, code: string, headers: Record<string, string> = {}) {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type: 'about:blank', title: code, status, code, detail: `detail of ${code}` }),
  };
}

/** The list's requests are answered by `answer`; the page is opened once that is so. */
async function visitWith(answer: (route: Route) => Promise<void>): Promise<{ page: Page; close: () => Promise<void> }> {
  const { page, close } = await board.visit('/favicon.svg');
  await page.route('**/api/job?*', answer);
  await page.goto(board.url);
  return { page, close };
}

describe('a board that can not answer', () => {
  test('a view that is being built is waited for, without a click', async () => {
    let refusals = 3;
    const { page, close } = await visitWith(async (route) => {
      if (refusals-- > 0) await route.fulfill(problem(503, 'VIEW_NOT_READY', { 'Retry-After': '1' }));
      else await route.continue();
    });
    await page.getByText('The board is replaying its log').waitFor();
    await page.getByRole('link', { name: 'Ferryman' }).waitFor();
    expect(await page.getByText('The board is replaying its log').count()).toBe(0);
    await close();
  });

  test('no connection: it says so, and a click tries again', async () => {
    let down = true;
    const { page, close } = await visitWith((route) => (down ? route.abort() : route.continue()));
    await page.getByRole('alert').getByText('The server can not be reached').waitFor();
    down = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'Ferryman' }).waitFor();
    await close();
  });

  test('an error of the server is shown with its words and its code', async () => {
    const { page, close } = await visitWith((route) => route.fulfill(problem(500, 'INTERNAL')));
    await page.getByText('detail of INTERNAL (INTERNAL)').waitFor();
    await close();
  });

  test('a posting that is not there, and an address that is none', async () => {
    const { page, close } = await board.visit('/job/no%2Fsuch%3Fid');
    await page.getByRole('heading', { level: 1, name: 'No such posting' }).waitFor();
    await page.goto(`${board.url}/nowhere`);
    await page.getByRole('heading', { level: 1, name: 'Nothing at this address' }).waitFor();
    await close();
  });
});

describe('the position of one’s own writes', () => {
  async function postOne(page: Page, title: string): Promise<void> {
    await page.goto(`${board.url}/new`);
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Company').fill('Acme');
    await page.getByLabel('Description').fill('Text.');
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByRole('heading', { level: 2, name: title }).waitFor();
  }

  test('goes along with every later read, also after a reload, and grows with each write', async () => {
    const { page, close } = await board.visit();
    await page.getByRole('link', { name: 'Ferryman' }).waitFor();
    const demanded: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/job?')) demanded.push(request.headers()['kmodel-position']);
    });
    await page.reload();
    await page.getByRole('link', { name: 'Ferryman' }).waitFor();
    expect(demanded).toEqual([undefined]);
    await postOne(page, 'One');
    await postOne(page, 'Two');
    const afterTwo = demanded.at(-1);
    expect(afterTwo).toMatch(/^\d+=\d+(,\d+=\d+)*;log=/);
    await page.reload();
    await page.getByRole('heading', { level: 2, name: 'Two' }).waitFor();
    expect(demanded.at(-1)).toBe(afterTwo);
    await close();
  });

  test('is dropped where the log is another one now', async () => {
    const { page, close } = await board.visit();
    await page.evaluate("sessionStorage.setItem('kmodel-position', '0=999;log=of-another-life')");
    await page.reload();
    await page.getByRole('link', { name: 'Ferryman' }).waitFor();
    expect(await page.evaluate("sessionStorage.getItem('kmodel-position')")).toBeNull();
    await close();
  });

  test('an id of any characters leads to its posting', async () => {
    const id = 'a/b?c#d%e ü🐎';
    const address = `${board.url}/api/job/${encodeURIComponent(id)}`;
    const body = JSON.stringify({ title: 'Odd id', company: 'Acme', description: 'Text.' });
    const stored = await fetch(address, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body });
    expect(stored.status).toBe(201);
    const { page, complaints, close } = await board.visit('/?q=odd');
    await page.getByRole('heading', { level: 2 }).getByRole('link', { name: 'Odd id' }).click();
    await page.getByRole('heading', { level: 1, name: 'Odd id' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Title').fill('Odd id, mended');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await page.getByRole('heading', { level: 1, name: 'Odd id, mended' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByRole('link', { name: 'Ferryman' }).waitFor();
    expect(await page.getByRole('link', { name: 'Odd id' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';
import { until } from './visit.ts';

let ids: readonly string[] = [];
const board = setStage(async (started) => {
  ids = await started.post([
    { title: 'خطاط', company: 'دار الخط', description: 'نكتب ببطء.', tags: ['خط'] },
    {
      title: `A long ${'word'.repeat(40)}`.slice(0, 200),
      company: 'Donau'.repeat(39),
      description: `${'Unbroken'.repeat(400)}\nSecond line.`,
      location: 'Llanfair'.repeat(24),
      url: `https://${'sub.'.repeat(20)}example.com/`,
      tags: ['short', 'tag'.repeat(16)],
    },
    ...Array.from({ length: 52 }, (_, index) => ({
      title: `Cook ${index}`,
      company: 'Inn',
      description: 'Soup.',
      tags: ['soup'],
    })),
  ]);
});

/** What axe finds, one line each. The script comes in through the debugger, which no Content-Security-Policy stops. */
async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
}

async function overhang(page: Page): Promise<unknown> {
  return await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, viewport: { width, height: 800 } })),
);

describe.each(LOOKS)('$colorScheme, $viewport.width pixels wide', (look) => {
  async function expectFlawless(page: Page): Promise<void> {
    expect(await findings(page)).toEqual([]);
    expect(await overhang(page)).toBe(0);
  }

  test('axe finds nothing on the list, narrowed or not, and nothing hangs over', async () => {
    const { page, complaints, close } = await board.visit('/', look);
    await page.getByText('The newest 50 postings').waitFor();
    await expectFlawless(page);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('54 postings', { exact: true }).waitFor();
    expect(await overhang(page)).toBe(0);
    await page.getByRole('link', { name: 'Only tag: soup' }).first().click();
    await page.getByRole('searchbox').fill('cook 7');
    await page.waitForURL('**/?q=cook+7&tag=soup');
    await page.getByText('1 posting matches').waitFor();
    await expectFlawless(page);
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('Nothing under that heading').waitFor();
    await expectFlawless(page);
    expect(complaints).toEqual([]);
    await close();
  });

  test('axe finds nothing on the details, nor on the question before deleting', async () => {
    const { page, complaints, close } = await board.visit('/', look);
    for (const id of ids.slice(0, 2)) {
      await page.goto(`${board.url}/job/${id}`);
      await page.locator('.description').waitFor();
      await expectFlawless(page);
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('alertdialog').waitFor();
      await expectFlawless(page);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test('axe finds nothing on the forms, with and without errors, nor on the message that it is done', async () => {
    const { page, close } = await board.visit('/new', look);
    await page.getByLabel('Tags').fill(`one, ${'long'.repeat(12)}`);
    await expectFlawless(page);
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.locator('.field-error').first().waitFor();
    await expectFlawless(page);
    await page.goto(`${board.url}/job/${ids[1]}/edit`);
    await page.getByLabel('Title').waitFor();
    await expectFlawless(page);
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await page.getByText('Saved', { exact: true }).first().waitFor();
    await expectFlawless(page);
    await close();
  });
});

describe('for those who do not see the page', () => {
  test('a change of page moves the focus to its heading and names the document', async () => {
    const { page, close } = await board.visit();
    await page.getByRole('link', { name: 'Cook 51' }).click();
    await until(page, "document.activeElement.tagName === 'H1' && document.activeElement.textContent === 'Cook 51'");
    await until(page, "document.title === 'Cook 51 – Inn · The Job Board'");
    await page.getByRole('link', { name: 'Post a job' }).click();
    await until(page, "document.activeElement.textContent === 'Post a job' && document.activeElement.tagName === 'H1'");
    await until(page, "document.title === 'Post a job · The Job Board'");
    await close();
  });

  test('the skip link leads past the masthead', async () => {
    const { page, close } = await board.visit();
    await page.getByText('The newest 50 postings').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await until(page, "document.activeElement.id === 'search'");
    await close();
  });

  test('the slash is a letter where one is typing', async () => {
    const { page, close } = await board.visit('/new');
    await page.getByLabel('Title').focus();
    await page.keyboard.type('and/or');
    expect(await page.getByLabel('Title').inputValue()).toBe('and/or');
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('/');
    await until(page, "document.activeElement.id === 'search'");
    await close();
  });
});

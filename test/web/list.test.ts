import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';
import { until } from './visit.ts';

const board = setStage(async (started) => {
  await started.post([
    ...Array.from({ length: 58 }, (_, index) => ({
      title: `Clerk number ${index}`,
      company: index % 2 === 0 ? 'Even & Co' : 'Odd Ltd',
      description: 'Papers.',
      location: index < 3 ? 'Bergen' : 'Oslo',
      tags: index % 10 === 0 ? ['round'] : ['plain'],
    })),
    { title: 'مهندس برمجيات', company: 'شركة', description: 'نص من اليمين إلى اليسار.', location: 'القاهرة' },
    { title: 'Žlutý kůň 🐎', company: 'Stáj', description: 'A'.repeat(5000), tags: ['x/y?z#%', 'a+b&c'] },
  ]);
});

const postings = (page: Page) => page.getByRole('list', { name: 'Openings' }).locator('> li');

describe('search and filters', () => {
  test('what is typed goes into the address; the back button comes back to it', async () => {
    const { page, complaints, close } = await board.visit();
    await postings(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('clerk 57');
    await page.waitForURL((url) => url.searchParams.get('q') === 'clerk 57');
    await page.getByText('1 posting matches').waitFor();
    expect(await page.title()).toBe('clerk 57 · Help wanted · The Job Board');
    await page.getByRole('link', { name: 'Clerk number 57' }).click();
    await page.getByRole('heading', { level: 1, name: 'Clerk number 57' }).waitFor();
    await page.goBack();
    await page.getByText('1 posting matches').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('clerk 57');
    await page.reload();
    await page.getByText('1 posting matches').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('clerk 57');

    await page.getByRole('button', { name: 'Clear the search' }).click();
    await page.getByText('The newest 50 postings').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(complaints).toEqual([]);
    await close();
  });

  test('the way back from a posting leads to the search it was found by', async () => {
    const { page, close } = await board.visit('/?q=clerk&company=Odd+Ltd');
    await page.getByRole('link', { name: 'Clerk number 57' }).click();
    await page.getByRole('link', { name: 'All openings' }).click();
    await page.waitForURL('**/?q=clerk&company=Odd+Ltd');
    await close();
  });

  test('company, location and tag of an ad narrow the list, add up, and can be dropped one by one', async () => {
    const { page, complaints, close } = await board.visit('/?q=clerk');
    await page.getByRole('link', { name: 'Only company: Even & Co' }).first().click();
    await page.waitForURL('**/?q=clerk&company=Even+%26+Co');
    await page.getByText('29 postings match').waitFor();
    await page.getByRole('link', { name: 'Only tag: round' }).first().click();
    await page.getByText('6 postings match').waitFor();
    await page.getByRole('link', { name: 'Only location: Bergen' }).first().click();
    await page.getByText('1 posting matches').waitFor();
    await page.getByRole('link', { name: 'Remove the filter Tag: round' }).click();
    await page.getByText('2 postings match').waitFor();
    await page.goBack();
    await page.getByText('1 posting matches').waitFor();
    await page.getByRole('link', { name: 'Clear all' }).click();
    await page.getByText('The newest 50 postings').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    expect(complaints).toEqual([]);
    await close();
  });

  test('a tag of any characters, a title in another script, text from right to left', async () => {
    const { page, complaints, close } = await board.visit();
    await page.getByRole('link', { name: 'Only tag: x/y?z#%' }).click();
    await page.getByText('1 posting matches').waitFor();
    await page.getByRole('searchbox').fill('zluty KUN');
    await page.waitForURL('**/?q=zluty+KUN&**');
    await page.getByText('1 posting matches').waitFor();
    await page.goto(`${board.url}/?q=مهندس`);
    await page.getByRole('link', { name: 'مهندس برمجيات' }).waitFor();
    expect(await postings(page).first().getAttribute('dir')).toBe('rtl');
    await page.goto(`${board.url}/?q=nosuchword`);
    await page.getByText('Nothing under that heading').waitFor();
    await page.getByRole('link', { name: 'Show all openings' }).click();
    await page.getByText('The newest 50 postings').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('more than one page', () => {
  test('the button brings the rest, in order, each once, and the focus to the first of them', async () => {
    const { page, complaints, close } = await board.visit();
    await page.getByText('The newest 50 postings').waitFor();
    expect(await postings(page).count()).toBe(50);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('60 postings', { exact: true }).waitFor();
    const titles = await page.getByRole('heading', { level: 2 }).allInnerTexts();
    expect(titles.slice(2)).toEqual(Array.from({ length: 58 }, (_, index) => `Clerk number ${57 - index}`));
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0);
    await until(page, "document.activeElement.textContent === 'Clerk number 9'");
    expect(complaints).toEqual([]);
    await close();
  });

  test('where the next page fails, it says so and what is there stays', async () => {
    const { page, close } = await board.visit();
    await page.getByText('The newest 50 postings').waitFor();
    await page.route('**/api/job?*after=*', (route) => route.abort());
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('The next postings could not be loaded.').waitFor();
    expect(await postings(page).count()).toBe(50);
    await page.unroute('**/api/job?*after=*');
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('60 postings', { exact: true }).waitFor();
    await close();
  });
});

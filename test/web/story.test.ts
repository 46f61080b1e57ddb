import { describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';
import { until } from './visit.ts';

const board = setStage();

describe('the life of a posting', () => {
  test('posted, seen at once, found, edited, still there after a reload, deleted, without one complaint', async () => {
    const { page, complaints, close } = await board.visit();
    await page.getByText('A blank page').waitFor();
    await page.getByRole('link', { name: 'Post the first job' }).click();

    await page.getByLabel('Title').fill('Lamplighter');
    await page.getByLabel('Company').fill('Gaslight & Sons');
    await page.getByLabel('Location').fill('Prague');
    await page.getByLabel('Link').fill('https://example.com/lamps');
    await page.getByLabel('Tags').fill('night, outdoors');
    await page.getByLabel('Description').fill('Light them at dusk.\n\nPut them out at <b>dawn</b>.');
    await page.getByRole('button', { name: 'Post it' }).click();

    await page.getByRole('heading', { level: 1, name: 'Help wanted' }).waitFor();
    const first = page.getByRole('listitem').first();
    await first.getByRole('link', { name: 'Lamplighter' }).waitFor({ timeout: 2000 });
    expect(await first.textContent()).toContain('Just posted');
    await page.getByText('Posted', { exact: true }).first().waitFor();

    await page.getByRole('searchbox').fill('gasl');
    await page.waitForURL('**/?q=gasl');
    await page.getByText('1 posting matches').waitFor();
    await page.getByRole('heading', { level: 2 }).getByRole('link', { name: 'Lamplighter' }).click();

    await page.getByRole('heading', { level: 1, name: 'Lamplighter' }).waitFor();
    await until(page, "document.title === 'Lamplighter – Gaslight & Sons · The Job Board'");
    // Text stays text: line breaks are kept, markup is not.
    const shown = page.locator('.description');
    expect(await shown.innerText()).toBe('Light them at dusk.\n\nPut them out at <b>dawn</b>.');
    expect(await page.getByRole('link', { name: 'Go to example.com' }).getAttribute('href')).toBe(
      'https://example.com/lamps',
    );

    await page.getByRole('link', { name: 'Edit' }).click();
    expect(await page.getByLabel('Description').inputValue()).toBe(
      'Light them at dusk.\n\nPut them out at <b>dawn</b>.',
    );
    expect(
      await page.getByRole('list', { name: 'Tags of this posting' }).getByRole('listitem').allInnerTexts(),
    ).toHaveLength(2);
    await page.getByLabel('Title').fill('Chief lamplighter');
    await page.getByLabel('Location').fill('');
    await page.getByRole('button', { name: 'Remove the tag night' }).click();
    await page.getByRole('button', { name: 'Save the changes' }).click();

    await page.getByRole('heading', { level: 1, name: 'Chief lamplighter' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Chief lamplighter' }).waitFor();
    expect(await page.getByText('Prague').count()).toBe(0);
    await page.getByText('Changed', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'All openings' }).click();
    await page.getByRole('link', { name: 'Chief lamplighter' }).click();

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('A blank page').waitFor();
    expect(await board.count('Chief lamplighter')).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('with the keyboard alone', async () => {
    const { page, complaints, close } = await board.visit();
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await page.getByText('A blank page').waitFor();
    await press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await press('Tab', 'Tab');
    expect(await focused(page)).toBe('Post a job');
    await press('Enter');
    await page.getByRole('heading', { name: 'Post a job' }).waitFor();
    await until(page, "document.activeElement.tagName === 'H1'");
    for (const text of ['Night porter', 'Hotel Aurora', 'Tromsø']) {
      await press('Tab');
      await page.keyboard.type(text);
    }
    await press('Tab', 'Tab');
    await page.keyboard.type('night,');
    await page.keyboard.type('north');
    await press('Enter', 'Shift+Tab', 'Enter');
    expect(await page.locator('.tag-chip').allInnerTexts()).toEqual([expect.stringContaining('night')]);
    await press('Tab');
    await page.keyboard.type('Watch the lights.');
    await press('Tab', 'Enter');
    await page.getByRole('heading', { level: 2, name: 'Night porter' }).waitFor();

    await press('/');
    await page.keyboard.type('porter');
    await page.waitForURL('**/?q=porter');
    await page.getByText('1 posting matches').waitFor();
    // Behind the search: its clear button, the company, then the posting itself.
    await press('Tab', 'Tab', 'Tab', 'Enter');
    await page.getByRole('heading', { level: 1, name: 'Night porter' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).focus();
    await press('Enter');
    await page.getByRole('alertdialog').waitFor();
    await until(page, "document.activeElement.textContent === 'Keep it'");
    await press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await until(page, "document.activeElement.textContent === 'Delete'");
    await press('Enter');
    await until(page, "document.activeElement.textContent === 'Keep it'");
    await press('Shift+Tab', 'Enter');
    await page.getByText('Nothing under that heading').waitFor();
    await until(page, "document.activeElement.tagName === 'H1'");
    expect(await board.count('Night porter')).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});

function focused(page: { evaluate(script: string): Promise<unknown> }): Promise<unknown> {
  return page.evaluate('document.activeElement.textContent');
}

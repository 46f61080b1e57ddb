import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';
import { until } from './visit.ts';

const board = setStage();

const REFUSED = 'error: Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)';

async function fillForm(page: Page, title: string): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Company').fill('Company of the tests');
  await page.getByLabel('Description').fill('Some text.');
}

/** The first posting is taken, but its answer never arrives. Answers how many were lost so. */
async function loseFirstAnswer(page: Page): Promise<() => number> {
  let lost = 0;
  await page.route('**/api/job', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return await route.continue();
    lost++;
    await route.fetch();
    return await route.abort('connectionreset');
  });
  return () => lost;
}

describe('what the server refuses', () => {
  test('each message stands at its field, the first wrong field has the focus, a change takes the message away', async () => {
    const { page, complaints, close } = await board.visit('/new');
    await page.getByLabel('Title').fill('   ');
    await page.getByLabel('Company').fill('Acme');
    await page.getByLabel('Link').fill('javascript:alert(1)');
    await page.getByLabel('Tags').fill(Array.from({ length: 21 }, (_, index) => `tag ${index}`).join(','));
    await page.getByRole('button', { name: 'Post it' }).click();
    await until(page, "document.activeElement.id === 'field-title'");

    const wrong = page.locator('[aria-invalid="true"]');
    expect(
      await page.evaluate("[...document.querySelectorAll('[aria-invalid]')].map((element) => element.id)"),
    ).toEqual(['field-title', 'field-url', 'field-tags', 'field-description']);
    const message = await page.evaluate(`(() => {
      const [error] = document.getElementById('field-url').getAttribute('aria-describedby').split(' ');
      return document.getElementById(error).textContent;
    })()`);
    expect(message).toContain('http');
    await page.getByLabel('Title').fill('Tester');
    expect(await page.getByLabel('Title').getAttribute('aria-invalid')).toBeNull();
    expect(await wrong.count()).toBe(3);
    // Nothing that was typed is lost, and nothing was posted.
    expect(await page.locator('.tag-chip').count()).toBe(21);
    expect(await board.count('Tester')).toBe(0);
    expect(complaints).toEqual([REFUSED]);
    await close();
  });

  test('a rule about one tag names the tag, a rule about no field stands above the form', async () => {
    const { page, close } = await board.visit('/new');
    await page.route('**/api/job', (route) =>
      route.fulfill({
        status: 422,
        contentType: 'application/problem+json',
        json: {
          code: 'ENTITY_INVALID',
          detail: 'wrong',
          errors: [
            { pointer: '/tags/1', message: 'is too odd' },
            { pointer: '', message: 'salary is not known here' },
          ],
        },
      }),
    );
    await fillForm(page, 'Odd');
    await page.getByLabel('Tags').fill('plain, strange');
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByText('“strange”: is too odd').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('salary is not known here');
    await close();
  });

  test('text in an old form is refused with the same care', async () => {
    const [id] = await board.post([{ title: 'Old', company: 'Acme', description: 'Text.' }]);
    const { page, complaints, close } = await board.visit(`/job/${id}/edit`);
    await page.getByLabel('Company').fill('');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await until(page, "document.activeElement.id === 'field-company'");
    expect(complaints).toEqual([REFUSED]);
    await close();
  });
});

describe('when sending goes wrong', () => {
  test('an answer that got lost does not post twice', async () => {
    const { page, close } = await board.visit('/new');
    const lost = await loseFirstAnswer(page);
    await fillForm(page, 'Only once');
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByText('The server can not be reached').waitFor();
    await until(page, "document.activeElement.id === 'form-summary'");
    expect(await page.getByLabel('Title').inputValue()).toBe('Only once');
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByRole('heading', { level: 2, name: 'Only once' }).waitFor();
    expect(lost()).toBe(1);
    expect(await board.count('Only once')).toBe(1);
    await close();
  });

  test('an answer that got lost and other words since: it says so, and only a second click posts again', async () => {
    const { page, close } = await board.visit('/new');
    await loseFirstAnswer(page);
    await fillForm(page, 'First words');
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByText('The server can not be reached').waitFor();
    await page.getByLabel('Title').fill('Second words');
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByText('An earlier attempt of yours').waitFor();
    expect(await board.count('Second words')).toBe(0);
    await page.getByRole('button', { name: 'Post it' }).click();
    await page.getByRole('heading', { level: 2, name: 'Second words' }).waitFor();
    expect(await board.count('First words')).toBe(1);
    await close();
  });

  test('a posting that is gone can not be edited, and deleting it again is no error', async () => {
    const { page, close } = await board.visit('/job/no-such-posting/edit');
    await page.getByRole('heading', { level: 1, name: 'No such posting' }).waitFor();
    const [id] = await board.post([{ title: 'Fleeting', company: 'Acme', description: 'Text.' }]);
    await page.goto(`${board.url}/job/${id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await fetch(`${board.url}/api/job/${id}`, { method: 'DELETE' });
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('It was deleted already').first().waitFor();
    await close();
  });
});

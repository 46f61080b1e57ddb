/** A visit to the board in a browser window of its own, which writes down everything the browser complains about. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface Visit {
  readonly page: Page;
  /** Console errors and warnings (violations of the Content-Security-Policy are among them), exceptions, foreign requests. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

const ACTION_WITHIN_MS = 10_000;

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(ACTION_WITHIN_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`foreign request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/**
 * Waits until the expression is true in the page. Playwright's own waitForFunction evaluates text from within the page,
 * which the Content-Security-Policy forbids.
 */
export async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), { timeout: 5000, message: expression }).toBe(true);
}

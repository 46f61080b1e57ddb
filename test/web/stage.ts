/** A board and a browser for all tests of a file: started before the first of them, closed after the last. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Board } from './board.ts';
import { startBoard } from './board.ts';
import { launchChromium } from './browser.ts';
import type { Visit } from './visit.ts';
import { visit } from './visit.ts';

export interface Stage extends Omit<Board, 'close'> {
  /** Opens a path of the board in a browser window of its own. Default: the list. */
  visit(path?: string, options?: BrowserContextOptions): Promise<Visit>;
}

/** To be called once, at the top of a file; `prepare` runs before the first test. */
export function setStage(prepare?: (board: Board) => Promise<void>): Stage {
  let board: Board | undefined;
  let browser: Browser | undefined;
  const set = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the stage is set when the first test begins, not before');
    return part;
  };
  beforeAll(async () => {
    [board, browser] = await Promise.all([startBoard(), launchChromium()]);
    await prepare?.(board);
  });
  afterAll(async () => {
    await browser?.close();
    await board?.close();
  });
  return {
    get url() {
      return set(board).url;
    },
    post: (postings) => set(board).post(postings),
    count: (title) => set(board).count(title),
    visit: (path = '/', options) => visit(set(browser), set(board).url + path, options),
  };
}

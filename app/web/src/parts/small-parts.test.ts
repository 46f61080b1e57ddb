import { describe, expect, test } from 'vitest';
import { directionOf } from './direction.ts';
import { timeAgo } from './relative-time.tsx';

describe('how long ago', () => {
  const minute = 60_000;
  test.each([
    [-5 * minute, 'just now'],
    [59_999, 'just now'],
    [minute, '1 minute ago'],
    [59.9 * minute, '59 minutes ago'],
    [60 * minute, '1 hour ago'],
    [24 * 60 * minute, 'yesterday'],
    [13 * 24 * 60 * minute, 'last week'],
    [400 * 24 * 60 * minute, 'last year'],
  ])('%d ms: %s', (elapsed, text) => {
    const now = 1_800_000_000_000;
    expect(timeAgo(now - elapsed, now)).toBe(text);
  });
});

describe('the direction of a text', () => {
  test.each([
    ['Baker', 'ltr'],
    ['مهندس', 'rtl'],
    ['🐎 12 — מפתח', 'rtl'],
    ['Chef (مطبخ)', 'ltr'],
    ['12 🐎', 'ltr'],
    ['', 'ltr'],
  ])('%s: %s', (text, direction) => {
    expect(directionOf(text)).toBe(direction);
  });
});

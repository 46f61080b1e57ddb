import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { incarnationText, logIdOf, rememberIncarnation } from './incarnation.ts';
import { digestOf } from './incarnation-digest.ts';

test('the first incarnation is the log’s id, later ones carry their number', () => {
  expect([incarnationText('abc'), incarnationText('abc', 0), incarnationText('abc', 3)]).toEqual([
    'abc',
    'abc',
    'abc.3',
  ]);
  expect(['abc', 'abc.3'].map(logIdOf)).toEqual(['abc', 'abc']);
});

test('a digest is the first 8 characters of the hash, another one for each incarnation, however many were asked for', () => {
  const texts = Array.from({ length: 500 }, (_, n) => incarnationText('abc', n));
  expect(new Set(texts.map(digestOf)).size).toBe(500);
  for (const text of texts)
    expect(digestOf(text)).toBe(createHash('sha256').update(text).digest('base64url').slice(0, 8));
});

test('what a view showed counts for its own log alone', () => {
  const seen = rememberIncarnation();
  expect(seen.of('abc')).toBe('abc');
  seen.see('abc.2');
  expect([seen.of('abc'), seen.of('xyz')]).toEqual(['abc.2', 'xyz']);
  seen.see('xyz');
  expect([seen.of('abc'), seen.of('xyz')]).toEqual(['abc', 'xyz']);
});

import { expect, test } from 'vitest';
import { halfSurrogates, mayHoldHalves } from './half-surrogates.ts';

test('each text that is not well-formed is named by its pointer, names of fields by that of their object', () => {
  const value = { 'a/b': ['ok', '\ud83d'], c: { '\ude00': 1 }, d: '\ud83d\ude00' };
  expect(halfSurrogates(value).map(({ pointer }) => pointer)).toEqual(['/a~1b/1', '/c']);
  expect(halfSurrogates('\ud83d').map(({ pointer }) => pointer)).toEqual(['']);
});

test('only an escape makes it worth looking', () => {
  expect(['"\\ud83d"', '"\\uDE00"', '"\\ud83d\\ude00"'].map(mayHoldHalves)).toEqual([true, true, true]);
  expect(['"a"', '"\\u00e9"', '"\\n"', '"ud83d"', '"😀"'].map(mayHoldHalves)).toEqual(Array(5).fill(false));
});

test('however many they are, the rules stay few and small', () => {
  const many = Array.from({ length: 50_000 }, () => '\ud83d');
  expect(halfSurrogates(many)).toHaveLength(100);
  const long = halfSurrogates({ ['k'.repeat(50_000)]: many });
  expect(long).toHaveLength(2);
});

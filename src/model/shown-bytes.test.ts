import { expect, test } from 'vitest';
import { utf8 } from './record.ts';
import { shownBytes } from './shown-bytes.ts';

test('UTF-8 is shown as text, other bytes as base64, both cut', () => {
  expect(shownBytes(utf8('ключ'), 10)).toEqual({ bytes: 8, text: 'ключ' });
  expect(shownBytes(utf8(''), 10)).toEqual({ bytes: 0, text: '' });
  expect(shownBytes(utf8('abcdef'), 4)).toEqual({ bytes: 6, text: 'abcd' });
  expect(shownBytes(Uint8Array.of(255, 0, 1, 2), 100)).toEqual({ bytes: 4, base64: '/wABAg==' });
  expect(shownBytes(Uint8Array.of(255, 0, 1, 2), 4)).toEqual({ bytes: 4, base64: '/wAB' });
});

test('no character is cut in two', () => {
  expect(shownBytes(utf8('a😀b'), 2)).toEqual({ bytes: 6, text: 'a' });
  expect(shownBytes(utf8('a😀b'), 3)).toEqual({ bytes: 6, text: 'a😀' });
});

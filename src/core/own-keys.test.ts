import { expect, test } from 'vitest';
import { isOwnKey, ownKey } from './own-keys.ts';

test('keys of kmodel’s own records are told from ids', () => {
  expect(Buffer.from(ownKey(4711n)).toString()).toBe('kmodel-pen-4711');
  for (const key of ['kmodel-pen-4711', 'kmodel-pen-']) expect(isOwnKey(Buffer.from(key))).toBe(true);
  for (const key of ['', 'k', 'kmodel-pen', 'kmodel-pem-1', 'Kmodel-pen-1', 'x-kmodel-pen-1'])
    expect(isOwnKey(Buffer.from(key))).toBe(false);
});

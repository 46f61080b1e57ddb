import { expect, test } from 'vitest';
import { utf8 } from '../model/record.ts';
import { isEdn } from './edn-values.ts';
import { readValues } from './read-values.ts';

test.each([
  '{:title "Engineer", :company "Acme", :description "Say \\"hello\\"\nand go", :tags ["a" "b"]}',
  ' \n{:a 1}',
  '{:a/b {:c nil} :d #{1 2}}',
  '{, :a 1}',
])('%s is EDN', (text) => {
  expect(isEdn(text)).toBe(true);
});

test.each([
  '{"title":',
  '{"a":1,}',
  '{"a":1,"b":2,}',
  '{title: "x"}',
  "{'a': 1}",
  '{:"a" 1}',
  '{:a 1',
  '{:a "x}',
  '{:a 1]}',
  '{:a 1 "b" 2}',
  '[:a 1]',
  ':a',
  'text',
  '',
])('%s is not', (text) => {
  expect(isEdn(text)).toBe(false);
});

test('long ones are not looked at, nor those that would take long to read', () => {
  expect(isEdn(`{:a "${'word '.repeat(10_000)}"}`)).toBe(true);
  expect(isEdn(`{:a "${'word '.repeat(20_000)}"}`)).toBe(false);
  expect(isEdn(`{:a ${'a'.repeat(60_000)}}`)).toBe(false);
  expect(isEdn(`{:a ${'#a '.repeat(20_000)}1}`)).toBe(false);
});

test('what the worker says of it names it, and what to do', () => {
  const [one, other] = readValues([utf8('{:title "x"}'), utf8('{"title":}')]);
  expect(one).toMatchObject({
    kind: 'refused',
    detail: expect.stringMatching(/^expected JSON: this is EDN,.*put the entity/),
  });
  expect(other).toMatchObject({ kind: 'refused', detail: expect.not.stringContaining('EDN') });
});

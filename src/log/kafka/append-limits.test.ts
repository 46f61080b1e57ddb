import { expect, test } from 'vitest';
import { appendLimits, landsUntil } from './append-limits.ts';

test('a batch can land as long as the topic takes records of its time', () => {
  const bound = appendLimits({ 'message.timestamp.before.max.ms': '3600000', 'message.timestamp.type': 'CreateTime' });
  expect(landsUntil(bound, 1_800_000_000_000)).toBe(1_800_003_600_000);
});

test.each([
  [{}],
  [{ 'message.timestamp.before.max.ms': '9223372036854775807', 'message.timestamp.type': 'CreateTime' }],
  [{ 'message.timestamp.before.max.ms': '3600000', 'message.timestamp.type': 'LogAppendTime' }],
])('without such a bound nobody knows: %j', (settings) => {
  expect(landsUntil(appendLimits(settings), 1_800_000_000_000)).toBeUndefined();
});

test('what is not known is not guessed', () => {
  expect(appendLimits({})).toEqual({ maxBatchBytes: undefined, oldestMs: undefined, stamps: false });
  expect(appendLimits({ 'max.message.bytes': '1048588' }).maxBatchBytes).toBe(1_048_588);
});

import { expect, test } from 'vitest';
import type { Services } from './shared.ts';
import { verdict } from './verdict.ts';

const ALL: Services = { kafka: 'h:1', redis: 'redis://h:1', ownKafka: ['4.1', '3.9'], ownRedis: ['6.2', '7'] };

test('nothing is said when nothing is missing', () => {
  expect(verdict(ALL, [], false)).toEqual({ kind: 'complete' });
  expect(verdict(ALL, [], true)).toEqual({ kind: 'complete' });
});

test('a person is told that tests are skipped, and why', () => {
  expect(verdict({ ...ALL, redis: '' }, ['No Redis found: x.'], false)).toEqual({
    kind: 'incomplete',
    text: 'Tests that need Kafka and Redis do not run on this machine.\nNo Redis found: x.\nThey are skipped.',
  });
});

test('under CI, missing services are an error', () => {
  expect(verdict({ ...ALL, kafka: '' }, ['No Kafka found: x.'], true)).toEqual({
    kind: 'refused',
    text: 'Tests that need Kafka and Redis cannot run on this machine.\nNo Kafka found: x.',
  });
});

test('with given addresses alone, stories that kill servers are skipped by a person and refused under CI', () => {
  const given = { ...ALL, ownKafka: [], ownRedis: [] };
  expect(verdict(given, ['No Kafka 4.1 found: x.'], false).kind).toBe('incomplete');
  expect(verdict(given, ['No Kafka 4.1 found: x.'], true).kind).toBe('refused');
});

test('Redis 7 alone may be missing under CI, and it is said', () => {
  const without = { ...ALL, ownRedis: ['6.2'] } as const;
  expect(verdict(without, ['No Redis 7 found: x.'], true)).toMatchObject({ kind: 'incomplete' });
});

import { expect, test } from 'vitest';
import { parseServices, servicesText } from './services-options.ts';

test('without options: Kafka 4.1, any Redis, the usual ports if free', () => {
  expect(parseServices([])).toEqual({
    kind: 'run',
    options: { kafka: '4.1', redis: undefined, kafkaPort: undefined, redisPort: undefined },
  });
});

test('versions and ports are taken', () => {
  const args = ['--kafka', '3.9', '--redis=7', '--kafka-port', '19092', '--redis-port', '16379'];
  expect(parseServices(args)).toEqual({
    kind: 'run',
    options: { kafka: '3.9', redis: '7', kafkaPort: 19_092, redisPort: 16_379 },
  });
});

test.each([
  [['--kafka', '2.8'], '--kafka takes 4.1 or 3.9, not "2.8"'],
  [['--redis', '5'], '--redis takes 7 or 6.2, not "5"'],
  [['--kafka-port', '0'], '--kafka-port takes a whole number from 1 to 65535, not "0"'],
  [['--redis-port', '70000'], '--redis-port takes a whole number from 1 to 65535, not "70000"'],
])('%j is refused in words', (args, problem) => {
  expect(parseServices(args)).toEqual({ kind: 'wrong', problem });
});

test('an unknown option is refused by its name', () => {
  expect(parseServices(['--kafak', '4.1'])).toMatchObject({
    kind: 'wrong',
    problem: expect.stringContaining('--kafak'),
  });
});

test('--help is no mistake', () => {
  expect(parseServices(['--help'])).toEqual({ kind: 'help' });
});

test('the configuration that is printed holds both addresses', () => {
  const text = servicesText(
    { address: '127.0.0.1:29092', version: '4.1.2' },
    { uri: 'redis://127.0.0.1:26379', version: '6.2.11' },
  );
  expect(text).toContain('{:redis    {:spec {:host "127.0.0.1" :port 26379}}');
  expect(text).toContain(':producer {:bootstrap.servers "127.0.0.1:29092"}');
  expect(text).toContain('KMODEL_REDIS_URI=redis://127.0.0.1:26379 KMODEL_PRODUCER_BOOTSTRAP_SERVERS=127.0.0.1:29092');
});

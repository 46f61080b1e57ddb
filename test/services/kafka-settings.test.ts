import { expect, test } from 'vitest';
import { containerVariables, kafkaSettings, propertiesText } from './kafka-settings.ts';

const PORTS = { broker: 9092, controller: 9093 };

test('the broker tells its clients the address that they use', () => {
  expect(kafkaSettings(PORTS, {}, '0.0.0.0')).toMatchObject({
    listeners: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:9092',
    'controller.quorum.voters': '1@127.0.0.1:9093',
  });
});

test("a test's own settings win", () => {
  expect(kafkaSettings(PORTS, { 'log.cleaner.backoff.ms': '5' })['log.cleaner.backoff.ms']).toBe('5');
});

test('a properties file keeps backslashes', () => {
  expect(propertiesText({ 'a.b': String.raw`c\d`, e: 'f' })).toBe('a.b=c\\\\d\ne=f\n');
});

test("the container's variables follow the image's rule", () => {
  expect(containerVariables({ 'log.dirs': 'x', 'a_b-c': 'y' })).toEqual({ KAFKA_LOG_DIRS: 'x', KAFKA_A__B___C: 'y' });
});

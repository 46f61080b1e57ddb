/** Where Kafka and Redis are looked for, in which order, and what is said when there is nothing. */
import { describe, expect, test } from 'vitest';
import { kafkaDownload, kafkaWays, noKafka, noRedis, REDIS_FROM_APT, REDIS_FROM_MAVEN, redisWays } from './order.ts';
import type { Found } from './order.ts';

const BARE: Found = {
  given: undefined,
  java: undefined,
  maven: false,
  docker: false,
  apt: false,
  downloads: new Set(),
  redis: [],
  system: { platform: 'linux', arch: 'x64' },
};
const FULL: Found = {
  ...BARE,
  given: 'given:1',
  java: { path: '/bin/java', version: 21 },
  maven: true,
  docker: true,
  apt: true,
  redis: [{ path: '/bin/redis-server', version: '7.0.15' }],
};
const kinds = (ways: readonly { readonly kind: string }[]): readonly string[] => ways.map(({ kind }) => kind);

describe('Kafka', () => {
  test('a given address is the only way for the shared one', () => {
    expect(kafkaWays(FULL, '4.1', false)).toEqual([{ kind: 'given', address: 'given:1' }]);
  });

  test('one of its own is never the given one', () => {
    expect(kafkaWays(FULL, '4.1', true)).toEqual([{ kind: 'java', java: '/bin/java' }, { kind: 'docker' }]);
  });

  test('Java comes before Docker', () => {
    expect(kinds(kafkaWays({ ...FULL, given: undefined }, '3.9', false))).toEqual(['java', 'docker']);
  });

  test('an older Java than 17 is no way, 17 is', () => {
    expect(kafkaWays({ ...FULL, java: { path: 'java', version: 11 } }, '4.1', true)).toEqual([{ kind: 'docker' }]);
    expect(kinds(kafkaWays({ ...FULL, java: { path: 'java', version: 17 } }, '4.1', true))).toContain('java');
  });

  test('without Maven, only the version whose jars are kept', () => {
    const kept = { ...FULL, maven: false, docker: false, downloads: new Set([kafkaDownload('3.9')]) };
    expect(kinds(kafkaWays(kept, '3.9', true))).toEqual(['java']);
    expect(kafkaWays(kept, '4.1', true)).toEqual([]);
  });
});

describe('Redis', () => {
  test('a given address is the only way for the shared one', () => {
    expect(redisWays(FULL, undefined, false)).toEqual([{ kind: 'given', address: 'given:1' }]);
  });

  test('the PATH, Maven, Debian packages, Docker, in this order', () => {
    expect(kinds(redisWays(FULL, undefined, true))).toEqual(['path', 'maven', 'apt', 'docker']);
  });

  test('7 is the PATH if that is as new, Debian packages, or Docker', () => {
    expect(kinds(redisWays(FULL, '7', true))).toEqual(['path', 'apt', 'docker']);
    const old = { ...FULL, redis: [{ path: 'redis-server', version: '6.2.14' }] };
    expect(kinds(redisWays(old, '7', true))).toEqual(['apt', 'docker']);
    const valkey = { ...FULL, redis: [{ path: 'valkey-server', version: '8.1.3' }] };
    expect(kinds(redisWays(valkey, '7', true))).toEqual(['path', 'apt', 'docker']);
  });

  test('6.2 is the PATH if that is just it, Maven, or Docker', () => {
    expect(kinds(redisWays(FULL, '6.2', true))).toEqual(['maven', 'docker']);
    const old = { ...FULL, redis: [{ path: 'redis-server', version: '6.2.14' }] };
    expect(kinds(redisWays(old, '6.2', true))).toEqual(['path', 'maven', 'docker']);
  });

  test('one older than 6.2 is none', () => {
    const old = { ...BARE, redis: [{ path: 'redis-server', version: '6.0.16' }] };
    expect(redisWays(old, undefined, true)).toEqual([]);
  });

  test('the binary of Maven is the one for this system; some systems have none', () => {
    const arm = { ...BARE, maven: true, system: { platform: 'linux', arch: 'arm64' } };
    expect(redisWays(arm, '6.2', true)).toEqual([{ kind: 'maven', binary: 'redis-server-6.2.7-linux-arm64' }]);
    const other = { ...BARE, maven: true, system: { platform: 'freebsd', arch: 'x64' } };
    expect(redisWays(other, '6.2', true)).toEqual([]);
  });

  test('what was downloaded needs no tool any more', () => {
    const kept = { ...BARE, downloads: new Set([REDIS_FROM_MAVEN, REDIS_FROM_APT]) };
    expect(kinds(redisWays(kept, undefined, true))).toEqual(['maven', 'apt']);
  });
});

describe('what a person reads when nothing is found', () => {
  test('what Kafka lacks, and what to install', () => {
    expect(noKafka('4.1', BARE, [])).toBe(
      'No Kafka 4.1 found: no Java; no Maven (mvn); no Docker. ' +
        'Install Java 17 or newer and Maven, or Docker, or set KMODEL_TEST_KAFKA=host:port.',
    );
    const old = { ...BARE, maven: true, java: { path: 'java', version: 11 } };
    expect(noKafka('4.1', old, [])).toContain('found: only Java 11 (17 or newer is needed); no Docker.');
  });

  test('what Redis lacks, and what to install', () => {
    expect(noRedis(undefined, BARE, [])).toBe(
      'No Redis found: no redis-server and no valkey-server on the PATH; no Maven (mvn); no Docker. ' +
        'Install redis-server, or Maven, or Docker, or set KMODEL_TEST_REDIS=redis://host:port.',
    );
  });

  test('Maven is no advice for Redis 7, and a redis-server none for 6.2', () => {
    const found = { ...FULL, docker: false, maven: false, redis: [{ path: '/bin/redis-server', version: '6.0.16' }] };
    expect(noRedis('7', found, [])).toBe(
      'No Redis 7 found: /bin/redis-server is 6.0.16; no Docker. ' +
        'Install redis-server 7 or newer, or Docker, or set KMODEL_TEST_REDIS=redis://host:port.',
    );
    expect(noRedis('6.2', found, [])).toContain('; no Maven (mvn); no Docker. Install Maven, or Docker, or');
  });

  test('a system that Maven has no binary for is named', () => {
    const other = { ...FULL, system: { platform: 'freebsd', arch: 'x64' } };
    expect(noRedis('6.2', other, [])).toContain('Maven has no Redis for freebsd on x64');
  });

  test('why a way failed is told', () => {
    expect(noKafka('3.9', FULL, ['by docker: no daemon'])).toContain('found: by docker: no daemon. Install');
  });
});

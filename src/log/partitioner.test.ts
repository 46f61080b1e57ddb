import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from './partitioner.ts';

const encoder = new TextEncoder();

// The values of org.apache.kafka.common.utils.UtilsTest.
const JAVA: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('murmur2', () => {
  test.each(JAVA)('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(encoder.encode(text))).toBe(hash);
  });

  test('puts a key with a negative hash where the Java client puts it', () => {
    expect(partitionOf(encoder.encode('21'), 10, 'murmur2')).toBe((-973932308 & 0x7fffffff) % 10);
  });

  test('hashes bytes, also the empty key and bytes past 127', () => {
    expect(murmur2(new Uint8Array(0))).toBe(275646681);
    expect(murmur2(Uint8Array.of(0xff, 0x80, 0xfe, 0x90, 0xc0))).toBe(381798011);
  });
});

describe('crc32', () => {
  test('is librdkafka’s consistent partitioner: the unsigned CRC-32 modulo the count', () => {
    // 0xCBF43926 is the check value that every description of CRC-32 gives for these nine digits.
    expect(partitionOf(encoder.encode('123456789'), 1000, 'crc32')).toBe(0xcbf43926 % 1000);
  });
});

describe('partitionOf', () => {
  test.each(['murmur2', 'crc32'] as const)('%s spreads keys over every partition', (partitioner) => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) {
      const partition = partitionOf(encoder.encode(`key-${i}`), 10, partitioner);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(800);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses a count of %s', (count) => {
    expect(() => partitionOf(encoder.encode('a'), count, 'murmur2')).toThrow(RangeError);
  });
});

import { describe, expect, test } from 'vitest';
import { judgeAnswer, showsStaleTopic, withLimits } from './produce-answer.ts';

const answer = (code: number, baseOffset = -1, message = ''): Parameters<typeof judgeAnswer>[0] => ({
  partition: 0,
  code,
  baseOffset,
  logAppendTime: -1,
  message,
});

describe('what a broker’s answer means', () => {
  test('success is durable at the offset it names', () => {
    expect(judgeAnswer(answer(0, 42))).toEqual({ kind: 'landed', baseOffset: 42 });
  });

  test.each([3, 5, 6, 19, 74, 100])('code %i without an offset: nothing landed, try again', (code) => {
    expect(judgeAnswer(answer(code)).kind).toBe('again');
  });

  test.each([3, 6, 10, 19])('code %i with an offset came after the append: nobody knows', (code) => {
    expect(judgeAnswer(answer(code, 17)).kind).toBe('unknown');
  });

  test.each([7, 13, 20, 56, -1, 9999])('code %i tells nothing about what landed', (code) => {
    expect(judgeAnswer(answer(code)).kind).toBe('unknown');
  });

  test('a record too large is refused, for itself only; a topic that may not be written to is refused as a whole', () => {
    expect(judgeAnswer(answer(10, -1, 'it has 3 MB'))).toEqual({
      kind: 'refused',
      whole: false,
      why: 'too-large',
      reason: 'the broker says MESSAGE_TOO_LARGE: it has 3 MB',
    });
    expect(judgeAnswer(answer(29))).toMatchObject({ kind: 'refused', whole: true });
  });

  test.each([45, 47, 59, 90])('code %i: the numbers are no good any more', (code) => {
    expect(judgeAnswer(answer(code)).kind).toBe('renumber');
  });

  test('a duplicate landed before: at the offset it names, or at one nobody tells', () => {
    expect(judgeAnswer(answer(46, 5))).toEqual({ kind: 'landed', baseOffset: 5 });
    expect(judgeAnswer(answer(46)).kind).toBe('landed-somewhere');
  });

  test('answers about leaders and topic ids show that the topic must be looked up', () => {
    expect([0, 3, 5, 6, 10, 19, 74, 100].filter((code) => showsStaleTopic(answer(code)))).toEqual([3, 5, 6, 74, 100]);
  });

  test.each([
    [10, 'too-large'],
    [18, 'too-large'],
    [29, 'forbidden'],
    [31, 'forbidden'],
    [32, 'time'],
    [44, 'policy'],
    [87, 'policy'],
  ])('code %i is a refusal for good: %s', (code, why) => {
    expect(judgeAnswer(answer(code))).toMatchObject({ kind: 'refused', why });
  });

  test('the time that the broker gave is told; one that only repeats the records’ own is none', () => {
    const landed = judgeAnswer({ ...answer(0, 5), logAppendTime: 1000 });
    expect(landed).toEqual({ kind: 'landed', baseOffset: 5, timestamp: 1000 });
    const batch = { encoded: new Uint8Array(7), maxTimestamp: 1000 };
    const limits = { maxBatchBytes: 5, oldestMs: undefined, stamps: false };
    expect(withLimits(landed, batch, limits, 'thing')).toMatchObject({ timestamp: undefined });
    expect(withLimits(landed, batch, { ...limits, stamps: true }, 'thing')).toMatchObject({ timestamp: 1000 });
    expect(withLimits(landed, { ...batch, maxTimestamp: 900 }, limits, 'thing')).toMatchObject({ timestamp: 1000 });
  });

  test('a batch too large is told with the topic’s limit', () => {
    const batch = { encoded: new Uint8Array(7), maxTimestamp: 1000 };
    const limits = { maxBatchBytes: 5, oldestMs: undefined, stamps: false };
    expect(withLimits(judgeAnswer(answer(10)), batch, limits, 'thing')).toMatchObject({
      reason: 'topic thing takes at most 5 bytes with what surrounds a record (max.message.bytes), found 7',
    });
  });
});

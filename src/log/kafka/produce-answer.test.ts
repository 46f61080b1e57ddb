import { describe, expect, test } from 'vitest';
import { judgeAnswer, showsStaleTopic } from './produce-answer.ts';

const answer = (code: number, baseOffset = -1, message = ''): Parameters<typeof judgeAnswer>[0] => ({
  partition: 0,
  code,
  baseOffset,
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
});

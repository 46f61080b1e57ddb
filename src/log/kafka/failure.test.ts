import { ResponseError } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { codesOf, reasonOf } from './failure.ts';

describe('what went wrong, out of nested errors', () => {
  test('a broker’s answer gives its codes, and its own name for them', () => {
    const error = new ResponseError(3, 12, { '/topics/0': [3, null], '/topics/1': [29, 'not you'] }, {});
    expect(codesOf(error)).toEqual([3, 29]);
    expect(reasonOf(error)).toMatch(/^UNKNOWN_TOPIC_OR_PARTITION: .+; TOPIC_AUTHORIZATION_FAILED: not you$/);
  });

  test('a broken connection gives no code, and one line with its innermost reason', () => {
    const error = new AggregateError([
      new Error('outer', { cause: new Error('connect ECONNREFUSED\n 127.0.0.1:1') }),
      new Error('outer', { cause: new Error('connect ECONNREFUSED\n 127.0.0.1:1') }),
    ]);
    expect(codesOf(error)).toEqual([]);
    expect(reasonOf(error)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  });

  test('what isn’t an error at all is shown as text', () => {
    expect(reasonOf('gone')).toBe('gone');
    expect(codesOf(undefined)).toEqual([]);
  });
});

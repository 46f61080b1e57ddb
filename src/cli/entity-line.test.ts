import { describe, expect, test } from 'vitest';
import { requestOfLine } from './entity-line.ts';

function badness(text: string): string {
  const wanted = requestOfLine(text, 'note');
  return wanted.kind === 'bad' ? wanted.reason : 'none';
}

describe('a line of an import', () => {
  test('with an id is put under it, as it is', () => {
    const text = '{"id":"a/b é%", "createdAt":"x", "n":1e2}';
    expect(requestOfLine(text, 'note')).toEqual({
      kind: 'request',
      id: 'a/b é%',
      request: {
        method: 'PUT',
        path: '/api/note/a%2Fb%20%C3%A9%25',
        headers: { 'content-type': 'application/json' },
        body: text,
      },
    });
  });

  test('without an id is posted, each with a key of its own', () => {
    const [one, other] = [requestOfLine('{"n":1}', 'note'), requestOfLine('{"n":1}', 'note')];
    expect(one).toMatchObject({ id: undefined, request: { method: 'POST', path: '/api/note', body: '{"n":1}' } });
    const keys = [one, other].map((wanted) => wanted.kind === 'request' && wanted.request.headers?.['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  test('without an id leaves out what the API adds by itself', () => {
    const wanted = requestOfLine('{"createdAt":"x","updatedAt":"y","version":"0-1","n":1}', 'note');
    expect(wanted).toMatchObject({ request: { method: 'POST', body: '{"n":1}' } });
  });

  test.each([
    ['nope', /^not JSON: /],
    ['{"a":1', /^not JSON: /],
    ['[1]', /^expected a JSON object$/],
    ['null', /^expected a JSON object$/],
    ['{"id":1}', /^expected the id to be a string$/],
    ['{"id":null}', /^expected the id to be a string$/],
    ['{"id":""}', /^the id is empty$/],
    ['{"id":"kmodel-pen-7"}', /^the id begins with "kmodel-pen-", as kmodel's own records do$/],
    ['{"id":".."}', /^the id is "..", which a URL can't carry$/],
    ['{"id":"\\ud800"}', /^the id is not well-formed Unicode$/],
    ['{"id":"a\\nb"}', /^the id holds a control character$/],
  ])('is bad: %s', (text, expected) => {
    expect(badness(text)).toMatch(expected);
  });
});

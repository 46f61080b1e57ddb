import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editPath, jobPath, parseRoute } from './routes.ts';

describe('addresses', () => {
  test.each([
    ['/', { page: 'list' }],
    ['/new', { page: 'new' }],
    ['/new/', { page: 'new' }],
    ['/job/a%2Fb', { page: 'details', id: 'a/b' }],
    ['/job/new/edit', { page: 'edit', id: 'new' }],
    ['/job', { page: 'not-found' }],
    ['/job/', { page: 'not-found' }],
    ['/job/%E0%A4', { page: 'not-found' }],
    ['/job/a/b', { page: 'not-found' }],
    ['/job/a/edit/b', { page: 'not-found' }],
    ['/elsewhere', { page: 'not-found' }],
  ])('%s', (pathname, route) => {
    expect(parseRoute(pathname)).toEqual(route);
  });

  test('every id leads back to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        expect(parseRoute(jobPath(id))).toEqual({ page: 'details', id });
        expect(parseRoute(editPath(id))).toEqual({ page: 'edit', id });
      }),
    );
  });
});

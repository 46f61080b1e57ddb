/** The pages of the web app and their addresses. Pure. */

export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'new' }
  | { readonly page: 'details'; readonly id: string }
  | { readonly page: 'edit'; readonly id: string }
  | { readonly page: 'not-found' };

/** `pathname` as the browser has it, still percent-encoded: an id may hold an encoded slash. */
export function parseRoute(pathname: string): Route {
  const [, first, second, third, ...rest] = pathname.replace(/(?<=.)\/$/, '').split('/');
  if (first === '' && second === undefined) return { page: 'list' };
  if (first === 'new' && second === undefined) return { page: 'new' };
  const id = first === 'job' && second !== undefined ? decode(second) : undefined;
  if (id === undefined || rest.length > 0) return { page: 'not-found' };
  if (third === undefined) return { page: 'details', id };
  return third === 'edit' ? { page: 'edit', id } : { page: 'not-found' };
}

/** The address of a posting's own page. */
export function jobPath(id: string): string {
  return `/job/${encodeURIComponent(id)}`;
}

export function editPath(id: string): string {
  return `${jobPath(id)}/edit`;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment) || undefined;
  } catch {
    return undefined;
  }
}

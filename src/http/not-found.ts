/** What a request meets that no route takes: 405 where the address has other methods, else 404. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { KmodelError } from '../errors.ts';

/** The methods of each address, collected as routes are added. */
export interface KnownRoutes {
  /** The methods that the address takes, in alphabetical order; none where there is no such address. */
  allowed(path: string): readonly string[];
}

interface Known {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/** Begins to collect; routes added before are not seen. */
export function collectRoutes(app: FastifyInstance): KnownRoutes {
  const byUrl = new Map<string, Known>();
  app.addHook('onRoute', ({ url, method }) => {
    // `*` is the preflight route of CORS: it stands for every address and so tells of none.
    if (url === '*') return;
    const known = byUrl.get(url) ?? { segments: url.split('/'), methods: new Set() };
    for (const one of [method].flat()) known.methods.add(one);
    byUrl.set(url, known);
  });
  return {
    allowed(path) {
      const segments = path.split('/').map(decodedSegment);
      const found = [...byUrl.values()].filter((known) => matches(known.segments, segments));
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
    },
  };
}

type SendPage = (reply: FastifyReply) => FastifyReply;

/** Addresses that never fall back to the web app's page: a missing file of the app is missing. */
const RESERVED = /^\/(?:api|health|docs|status|metrics)(?:\/|$)|^\/openapi\.json$|^\/assets\//;

/** The error of an address that no route takes. */
export function noSuchRoute(): KmodelError {
  return new KmodelError('NOT_FOUND', 'No route has this path.');
}

/** Answers what no route takes. `page`: how to answer a browser that opens an address of the web app; undefined: no app. */
export function addNotFound(app: FastifyInstance, routes: KnownRoutes, page: SendPage | undefined): void {
  const pageFor = (request: FastifyRequest): SendPage => {
    refuseMethod(request, routes);
    if (page === undefined || !wantsPage(request) || RESERVED.test(pathOf(request))) throw noSuchRoute();
    return page;
  };
  // Before the body is looked at: what is sent to an address that isn't there can't be wrong.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) pageFor(request);
    done();
  });
  app.setNotFoundHandler((request, reply) => pageFor(request)(reply));
}

/** Throws METHOD_NOT_ALLOWED where the address takes other methods. */
function refuseMethod(request: FastifyRequest, routes: KnownRoutes): void {
  const allowed = routes.allowed(pathOf(request));
  if (allowed.length === 0 || allowed.includes(request.method)) return;
  const methods = allowed.join(', ');
  throw new KmodelError('METHOD_NOT_ALLOWED', `Expected one of ${methods}, found ${request.method}.`, {
    headers: { allow: methods },
  });
}

function wantsPage({ method, headers }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && headers.accept?.toLowerCase().includes('text/html') === true;
}

/** The path as sent, without query; of a target in absolute form too. */
function pathOf(request: FastifyRequest): string {
  const target = (request.raw.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '');
  return target.split(/[?#]/, 1)[0] ?? '/';
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.at(-1) === '*' ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every(
    (part, at) => part === '*' || (part.startsWith(':') ? segments[at] !== '' : part === segments[at]),
  );
}

function decodedSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

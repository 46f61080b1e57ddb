/** What a list request's query says. Pure; a parameter that is wrong throws KmodelError QUERY_INVALID. */
import { KmodelError } from '../errors.ts';
import { indexNames } from '../model/indexes.ts';
import type { Model } from '../model/model.ts';
import { MAX_QUERY_TERMS, searchTerms } from '../model/terms.ts';
import type { SearchTerm } from '../view/view.ts';

/** Entities on a page where the request doesn't say. */
export const DEFAULT_LIMIT = 50;
/** The most entities on a page. */
export const MAX_LIMIT = 1000;

/** A list request, checked. The cursor is still the client's text: cursor.ts reads it. */
export interface ListRequest {
  /** Undefined: no search. Empty: a search without any term, which finds nothing. */
  readonly terms: readonly SearchTerm[] | undefined;
  readonly filters: Readonly<Record<string, string>>;
  readonly sort: string;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly after: string | undefined;
}

/** Names of the parameters that a model's list takes. */
export function listParameters(model: Model): readonly string[] {
  const filters = indexNames(model, 'filter');
  return ['limit', 'after', ...(model.search.length > 0 ? ['q'] : []), 'sort', 'order', ...filters];
}

/** Names that ?sort= takes. */
export function sortNames(model: Model): readonly string[] {
  return ['createdAt', ...indexNames(model, 'sort')];
}

/** The parser of a model's list requests; `text` is the query as sent, without its question mark. */
export function listQueryParser(model: Model): (text: string) => ListRequest {
  const known = listParameters(model);
  const filterNames = indexNames(model, 'filter');
  const sorts = sortNames(model);
  return (text) => {
    const given = parameters(text, known);
    const filters = filterNames.flatMap((name) => {
      const value = given.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      terms: termsOf(given.get('q')),
      filters: Object.fromEntries(filters),
      sort: oneOf('sort', given.get('sort'), sorts, 'createdAt'),
      order: oneOf('order', given.get('order'), ['asc', 'desc'] as const, 'desc'),
      limit: limitOf(given.get('limit'), DEFAULT_LIMIT, MAX_LIMIT),
      after: given.get('after'),
    };
  };
}

/** The value of the one parameter that the route takes; the first of those allowed where it is absent. */
export function chosenParameter<T extends string>(text: string, name: string, allowed: readonly [T, ...T[]]): T {
  return oneOf(name, parameters(text, [name]).get(name), allowed, allowed[0]);
}

/** Refuses any parameter, for routes that take none. */
export function refuseParameters(text: string): void {
  if (text !== '') parameters(text, []);
}

/** The parameters of a query, each known and there once at most. */
export function parameters(text: string, known: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const part of text === '' ? [] : text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decoded(equals === -1 ? part : part.slice(0, equals), part);
    if (!known.includes(name))
      throw wrong(
        name,
        `expected ${known.length === 0 ? 'no parameter' : `one of ${known.join(', ')}`}, found an unknown one`,
      );
    if (given.has(name)) throw wrong(name, 'expected it once, found it twice');
    given.set(name, equals === -1 ? '' : decoded(part.slice(equals + 1), part));
  }
  return given;
}

/** As browsers write queries: plus signs are spaces, the rest is percent-encoded UTF-8. */
function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new KmodelError('QUERY_INVALID', `Expected percent-encoded UTF-8, found ${shown(part)}.`);
  }
}

function termsOf(q: string | undefined): readonly SearchTerm[] | undefined {
  if (q === undefined || q.trim() === '') return undefined;
  const found = searchTerms(q);
  if (found.kind === 'terms') return found.terms;
  throw wrong('q', `expected at most ${MAX_QUERY_TERMS} terms, found ${found.found}`);
}

/** How many are wanted on a page; `otherwise` where nothing is said. */
export function limitOf(text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw wrong('limit', `expected an integer from 1 to ${most}, found ${shown(text)}`);
}

function oneOf<T extends string>(name: string, text: string | undefined, allowed: readonly T[], otherwise: T): T {
  if (text === undefined) return otherwise;
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw wrong(name, `expected one of ${allowed.join(', ')}, found ${shown(text)}`);
}

function wrong(name: string, why: string): KmodelError {
  return new KmodelError('QUERY_INVALID', `Parameter ${shown(name)}: ${why}.`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** The list's search and filters, as they stand in the address. Pure but for useNarrowing. */
import { useMemo } from 'react';
import { useSearch } from 'wouter/use-browser-location';
import type { Narrowing } from '../api/jobs.ts';

export const FILTERS = ['company', 'location', 'tag'] as const;
export type FilterName = (typeof FILTERS)[number];

export function parseNarrowing(search: string): Narrowing {
  const query = new URLSearchParams(search);
  const found = (['q', ...FILTERS] as const).flatMap((name) => {
    const value = query.get(name) ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** The list's address with this narrowing. */
export function listPath(narrowing: Narrowing): string {
  const query = new URLSearchParams();
  for (const name of ['q', ...FILTERS] as const) {
    const value = narrowing[name];
    if (value) query.set(name, value);
  }
  return query.size === 0 ? '/' : `/?${query}`;
}

/** The narrowing without one of its parts. */
export function without(narrowing: Narrowing, name: keyof Narrowing): Narrowing {
  return Object.fromEntries(Object.entries(narrowing).filter(([other]) => other !== name));
}

export function isNarrowed(narrowing: Narrowing): boolean {
  return Object.keys(narrowing).length > 0;
}

export function useNarrowing(): Narrowing {
  const search = useSearch();
  return useMemo(() => parseNarrowing(search), [search]);
}

let lastListPath = '/';

/** Remembers where the list was, for the way back from a posting. */
export function rememberList(narrowing: Narrowing): void {
  lastListPath = listPath(narrowing);
}

export function rememberedListPath(): string {
  return lastListPath;
}

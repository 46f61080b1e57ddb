/** The filters in use, each with a way to drop it; and the links that set one. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Narrowing } from '../api/jobs.ts';
import { texts } from '../texts.ts';
import type { FilterName } from './narrowing.ts';
import { FILTERS, listPath, without } from './narrowing.ts';

export function FiltersInUse({ narrowing }: { narrowing: Narrowing }) {
  const used = FILTERS.filter((name) => narrowing[name] !== undefined);
  if (used.length === 0) return null;
  return (
    <ul className="filters" aria-label={texts.list.filters}>
      {used.map((name) => (
        <li key={name}>
          <Link className="filter" href={listPath(without(narrowing, name))}>
            <span className="unseen">{texts.list.removeFilter}</span>
            <span>{texts.list.filterName[name]}:</span>
            <bdi className="filter-value">{narrowing[name]}</bdi>
            <span aria-hidden="true">×</span>
          </Link>
        </li>
      ))}
      {(used.length > 1 || narrowing.q !== undefined) && (
        <li>
          <Link className="plain-link" href="/">
            {texts.list.clearAll}
          </Link>
        </li>
      )}
    </ul>
  );
}

interface FilterLinkProps {
  readonly name: FilterName;
  readonly value: string;
  /** What the list is narrowed to already; the new filter joins it. */
  readonly narrowing?: Narrowing;
  readonly className?: string;
  readonly children?: ReactNode;
}

/** Narrows the list to postings that share this value. */
export function FilterLink({ name, value, narrowing = {}, className = '', children }: FilterLinkProps) {
  return (
    <Link className={`filter-link ${className}`} href={listPath({ ...narrowing, [name]: value })}>
      <span className="unseen">{texts.list.only[name]}</span>
      <bdi>{children ?? value}</bdi>
    </Link>
  );
}

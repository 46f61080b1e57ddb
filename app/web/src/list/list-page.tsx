/** All postings, newest first, narrowed by search and filters. */
import { useEffect } from 'react';
import { Link } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import type { Narrowing } from '../api/jobs.ts';
import { useJobs } from '../api/queries.ts';
import { BuildingNotice, FailureNotice, Notice } from '../parts/notice.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { PenRing } from '../parts/pen.tsx';
import { texts } from '../texts.ts';
import { FiltersInUse } from './filters.tsx';
import { FILTERS, isNarrowed, rememberList, useNarrowing } from './narrowing.ts';
import { Postings } from './postings.tsx';
import { SearchBox } from './search-box.tsx';
import { Skeleton } from './skeleton.tsx';

export function ListPage() {
  const narrowing = useNarrowing();
  const jobs = useJobs(narrowing);
  useEffect(() => rememberList(narrowing), [narrowing]);
  return (
    <div className="page page-list">
      <div className="hero">
        <Headline narrowing={narrowing} />
        <SearchBox narrowing={narrowing} />
      </div>
      <div className="list-bar">
        <output className="count">{countLine(jobs, isNarrowed(narrowing))}</output>
        <FiltersInUse narrowing={narrowing} />
      </div>
      <Results narrowing={narrowing} jobs={jobs} />
    </div>
  );
}

function Headline({ narrowing }: { narrowing: Narrowing }) {
  const [first, second] = texts.list.heading;
  const subject = [narrowing.q, ...FILTERS.map((name) => narrowing[name])].filter((part) => part !== undefined);
  const place = FILTERS.map((name) => narrowing[name] ?? '').join('\n');
  const title = subject.length === 0 ? texts.list.title : `${subject.join(', ')} · ${texts.list.title}`;
  return (
    <PageHeading key={place} title={title} className="banner">
      {first}{' '}
      <span className="ringed">
        {second}
        <PenRing />
      </span>
    </PageHeading>
  );
}

type Jobs = ReturnType<typeof useJobs>;

function countLine(jobs: Jobs, narrowed: boolean): string {
  if (jobs.failureReason?.code === 'VIEW_NOT_READY') return texts.building.title;
  if (jobs.data === undefined) return jobs.isError ? '' : texts.list.loading;
  if (jobs.isPlaceholderData) return texts.list.searching;
  const count = jobs.data.pages.reduce((sum, page) => sum + page.items.length, 0);
  if (count === 0 && narrowed) return texts.list.noneMatch;
  return texts.list.shown(count, jobs.hasNextPage, narrowed);
}

function Results({ narrowing, jobs }: { narrowing: Narrowing; jobs: Jobs }) {
  const marked = usePostedJustNow();
  const building = jobs.failureReason?.code === 'VIEW_NOT_READY';
  if (jobs.data === undefined || (building && jobs.isPlaceholderData)) {
    if (jobs.isError) return <FailureNotice error={jobs.error} retry={() => void jobs.refetch()} />;
    return building ? <BuildingNotice /> : <Skeleton />;
  }
  const items = jobs.data.pages.flatMap((page) => page.items);
  if (items.length === 0 && !jobs.isPlaceholderData) return <Nothing narrowed={isNarrowed(narrowing)} />;
  return (
    <>
      {jobs.isRefetchError && (
        <Notice role="alert" text={texts.list.stale}>
          <button type="button" className="button" onClick={() => void jobs.refetch()}>
            {texts.failure.retry}
          </button>
        </Notice>
      )}
      <Postings items={items} narrowing={narrowing} marked={marked} jobs={jobs} />
    </>
  );
}

/** The posting that this page was opened for, after it was posted. */
function usePostedJustNow(): string | undefined {
  const state: unknown = useHistoryState();
  if (typeof state !== 'object' || state === null || !('posted' in state)) return undefined;
  return typeof state.posted === 'string' ? state.posted : undefined;
}

function Nothing({ narrowed }: { narrowed: boolean }) {
  const words = narrowed ? texts.noMatch : texts.empty;
  return (
    <Notice title={words.title} text={words.text}>
      <Link className={narrowed ? 'button' : 'button button-ink'} href={narrowed ? '/' : '/new'}>
        {words.action}
      </Link>
    </Notice>
  );
}

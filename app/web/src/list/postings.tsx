/** The columns of postings, and the button that brings more of them. */
import { useEffect, useRef } from 'react';
import type { Job, Narrowing } from '../api/jobs.ts';
import type { useJobs } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { Posting } from './posting.tsx';

interface PostingsProps {
  readonly items: readonly Job[];
  readonly narrowing: Narrowing;
  readonly marked: string | undefined;
  readonly jobs: ReturnType<typeof useJobs>;
}

export function Postings({ items, narrowing, marked, jobs }: PostingsProps) {
  const list = useRef<HTMLOListElement>(null);
  const firstNew = useRef<number>(undefined);
  // Whoever asked for more goes on reading at the first of the new postings, not behind the last.
  useEffect(() => {
    const index = firstNew.current;
    if (index === undefined || items.length <= index) return;
    firstNew.current = undefined;
    list.current?.children[index]?.querySelector<HTMLElement>('h2 a')?.focus({ preventScroll: true });
  }, [items.length]);
  const loadMore = () => {
    firstNew.current = items.length;
    void jobs.fetchNextPage();
  };
  return (
    <>
      <ol
        ref={list}
        className="postings"
        aria-label={texts.list.results}
        aria-busy={jobs.isPlaceholderData || undefined}
      >
        {items.map((job) => (
          <Posting key={job.id} job={job} narrowing={narrowing} marked={job.id === marked} />
        ))}
      </ol>
      {jobs.isFetchNextPageError && (
        <p className="more-failed" role="alert">
          {texts.list.moreFailed}
        </p>
      )}
      {jobs.hasNextPage && !jobs.isPlaceholderData && (
        <p className="more">
          <button
            type="button"
            className="button button-wide"
            aria-disabled={jobs.isFetchingNextPage}
            onClick={loadMore}
          >
            {jobs.isFetchingNextPage ? texts.list.loadingMore : texts.list.more}
          </button>
        </p>
      )}
    </>
  );
}

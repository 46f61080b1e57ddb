/** One posting, whole. */
import { Link } from 'wouter';
import type { Job } from '../api/jobs.ts';
import { useJob } from '../api/queries.ts';
import { rememberedListPath } from '../list/narrowing.ts';
import { BuildingNotice, FailureNotice, Notice } from '../parts/notice.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { texts } from '../texts.ts';
import { Facts } from './facts.tsx';

export function DetailsPage({ id }: { id: string }) {
  const { data: job, error, failureReason, refetch } = useJob(id);
  const gone = error?.code === 'ENTITY_NOT_FOUND' || error?.code === 'PATH_INVALID';
  const title = gone ? texts.details.goneTitle : (job?.title ?? (error ? texts.failure.title : texts.details.loading));
  const documentTitle = job === undefined || gone ? title : `${job.title} – ${job.company}`;
  return (
    <article className="page page-details">
      <p className="back">
        <Link className="plain-link" href={rememberedListPath()}>
          <span aria-hidden="true">←</span> {texts.details.back}
        </Link>
      </p>
      <PageHeading title={documentTitle} className="headline" userText={job !== undefined}>
        {title}
      </PageHeading>
      {gone ? (
        <Notice text={texts.details.goneText} />
      ) : job !== undefined ? (
        <Whole job={job} />
      ) : error ? (
        <FailureNotice error={error} retry={() => void refetch()} />
      ) : failureReason?.code === 'VIEW_NOT_READY' ? (
        <BuildingNotice />
      ) : (
        <div className="loading" aria-hidden="true" />
      )}
    </article>
  );
}

function Whole({ job }: { job: Job }) {
  const link = webLink(job.url);
  return (
    <div className="sheet">
      <Facts job={job} />
      <div className="sheet-text">
        <p className="description" dir="auto">
          {job.description}
        </p>
        {link !== undefined && (
          <p className="apply">
            <a className="button button-ink" href={link.href} rel="noopener noreferrer nofollow">
              <bdi>{texts.details.apply(link.host)}</bdi> <span aria-hidden="true">→</span>
            </a>
          </p>
        )}
      </div>
    </div>
  );
}

/** The address, if it is one that a browser may be sent to. */
function webLink(url: string | undefined): URL | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed?.protocol === 'https:' || parsed?.protocol === 'http:' ? parsed : undefined;
}

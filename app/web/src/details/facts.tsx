/** Who, where and since when; and what can be done with the posting. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Job } from '../api/jobs.ts';
import { FilterLink } from '../list/filters.tsx';
import { RelativeTime } from '../parts/relative-time.tsx';
import { editPath } from '../routes.ts';
import { texts } from '../texts.ts';
import { RemoveJob } from './remove-job.tsx';

export function Facts({ job }: { job: Job }) {
  const changed = job.updatedAt !== job.createdAt;
  return (
    <section className="facts" aria-label={texts.details.facts}>
      <dl>
        <Fact name={texts.details.company}>
          <FilterLink name="company" value={job.company} />
        </Fact>
        {job.location !== undefined && job.location !== '' && (
          <Fact name={texts.details.location}>
            <FilterLink name="location" value={job.location} />
          </Fact>
        )}
        <Fact name={texts.details.posted}>
          <RelativeTime iso={job.createdAt} />
        </Fact>
        {changed && (
          <Fact name={texts.details.updated}>
            <RelativeTime iso={job.updatedAt} />
          </Fact>
        )}
        {job.tags !== undefined && job.tags.length > 0 && (
          <Fact name={texts.details.tags}>
            {job.tags.map((tag) => (
              <FilterLink key={tag} name="tag" value={tag} className="tag" />
            ))}
          </Fact>
        )}
      </dl>
      <p className="facts-actions">
        <Link className="button" href={editPath(job.id)}>
          {texts.details.edit}
        </Link>
        <RemoveJob job={job} />
      </p>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

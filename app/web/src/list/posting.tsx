/** One posting in the list, set like a classified ad. */
import { Link } from 'wouter';
import type { Job, Narrowing } from '../api/jobs.ts';
import { directionOf } from '../parts/direction.ts';
import { RelativeTime } from '../parts/relative-time.tsx';
import { jobPath } from '../routes.ts';
import { texts } from '../texts.ts';
import { FilterLink } from './filters.tsx';

/** More than the longest excerpt shows; the style sheet cuts it at a line's end. */
const EXCERPT_LENGTH = 600;
const TAGS_SHOWN = 4;

interface PostingProps {
  readonly job: Job;
  readonly narrowing: Narrowing;
  readonly marked: boolean;
}

export function Posting({ job, narrowing, marked }: PostingProps) {
  return (
    <li className={marked ? 'posting posting-marked' : 'posting'} dir={directionOf(job.title)}>
      <p className="posting-company">
        <FilterLink name="company" value={job.company} narrowing={narrowing} />
        {marked && <span className="unseen"> – {texts.list.isNew}</span>}
      </p>
      <h2 className="posting-title" dir="auto">
        <Link href={jobPath(job.id)}>{job.title}</Link>
      </h2>
      <p className="posting-excerpt" dir="auto">
        {excerpt(job.description)}
      </p>
      {job.tags !== undefined && job.tags.length > 0 && (
        <p className="posting-tags">
          {job.tags.slice(0, TAGS_SHOWN).map((tag) => (
            <FilterLink key={tag} name="tag" value={tag} narrowing={narrowing} className="tag" />
          ))}
        </p>
      )}
      <p className="posting-foot">
        {job.location !== undefined && job.location !== '' && (
          <FilterLink name="location" value={job.location} narrowing={narrowing} />
        )}
        <RelativeTime iso={job.createdAt} />
      </p>
    </li>
  );
}

const characters = new Intl.Segmenter();

// Cut between two characters as people see them: not inside an emoji, nor between a letter and its marks.
function excerpt(description: string): string {
  const text = description.slice(0, EXCERPT_LENGTH * 2).normalize('NFC');
  const cut = characters.segment(text).containing(EXCERPT_LENGTH);
  return cut === undefined ? text : `${text.slice(0, cut.index)}…`;
}

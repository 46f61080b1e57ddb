import { Link } from 'wouter';
import { texts } from '../texts.ts';
import { Notice } from './notice.tsx';
import { PageHeading } from './page-heading.tsx';

export function NotFoundPage() {
  return (
    <div className="page page-plain">
      <PageHeading title={texts.notFound.title} className="headline" />
      <Notice text={texts.notFound.text}>
        <Link className="button" href="/">
          {texts.details.back}
        </Link>
      </Notice>
    </div>
  );
}

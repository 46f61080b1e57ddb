import { useState } from 'react';
import { navigate } from 'wouter/use-browser-location';
import type { JobFields } from '../api/jobs.ts';
import { usePostJob } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { rememberedListPath } from '../list/narrowing.ts';
import { PageHeading } from '../parts/page-heading.tsx';
import { useAnnounceDone } from '../parts/toasts.tsx';
import { texts } from '../texts.ts';
import { EMPTY_DRAFT } from './draft.ts';
import { JobForm } from './job-form.tsx';

/** A random key. randomUUID exists only where the page came over https or from this machine. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function NewPage() {
  // One key for each filling of the form: sending it twice can not post twice.
  const [key, setKey] = useState(newKey);
  const posting = usePostJob();
  const announce = useAnnounceDone();
  const send = async (fields: JobFields): Promise<ApiError | undefined> => {
    try {
      const job = await posting.mutateAsync({ fields, key });
      announce(texts.done.posted, job.title);
      navigate('/', { state: { posted: job.id } });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 'IDEMPOTENCY_KEY_REUSED') setKey(newKey());
      return error;
    }
  };
  return (
    <div className="page page-form">
      <PageHeading title={texts.form.newTitle} className="headline" />
      <p className="lead">{texts.form.newLead}</p>
      <JobForm
        initial={EMPTY_DRAFT}
        pending={posting.isPending}
        words={{ send: texts.form.post, sending: texts.form.posting }}
        cancelTo={rememberedListPath()}
        send={send}
      />
    </div>
  );
}

import { navigate } from 'wouter/use-browser-location';
import type { Job, JobFields } from '../api/jobs.ts';
import { useJob, usePutJob } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { BuildingNotice, FailureNotice, Notice } from '../parts/notice.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { useAnnounceDone } from '../parts/toasts.tsx';
import { jobPath } from '../routes.ts';
import { texts } from '../texts.ts';
import { draftOf } from './draft.ts';
import { JobForm } from './job-form.tsx';

export function EditPage({ id }: { id: string }) {
  const { data: job, isPlaceholderData, error, failureReason, refetch } = useJob(id);
  const gone = error?.code === 'ENTITY_NOT_FOUND' || error?.code === 'PATH_INVALID';
  return (
    <div className="page page-form">
      <PageHeading title={gone ? texts.details.goneTitle : texts.form.editTitle} className="headline" />
      {gone ? (
        <Notice text={texts.details.goneText} />
      ) : job !== undefined && !isPlaceholderData ? (
        <Editing job={job} />
      ) : error ? (
        <FailureNotice error={error} retry={() => void refetch()} />
      ) : failureReason?.code === 'VIEW_NOT_READY' ? (
        <BuildingNotice />
      ) : (
        <div className="loading" aria-hidden="true" />
      )}
    </div>
  );
}

function Editing({ job }: { job: Job }) {
  const saving = usePutJob(job.id);
  const announce = useAnnounceDone();
  const send = async (fields: JobFields): Promise<ApiError | undefined> => {
    try {
      const saved = await saving.mutateAsync(fields);
      announce(texts.done.saved, saved.title);
      navigate(jobPath(job.id));
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };
  return (
    <JobForm
      initial={draftOf(job)}
      pending={saving.isPending}
      words={{ send: texts.form.save, sending: texts.form.saving }}
      cancelTo={jobPath(job.id)}
      send={send}
    />
  );
}

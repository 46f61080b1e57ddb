/** Deletes a posting, after asking. Escape and "keep" give the focus back to the button that opened the question. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useRef, useState } from 'react';
import { navigate } from 'wouter/use-browser-location';
import type { Job } from '../api/jobs.ts';
import { useDeleteJob } from '../api/queries.ts';
import { rememberedListPath } from '../list/narrowing.ts';
import { failureText } from '../parts/notice.tsx';
import { useAnnounceDone } from '../parts/toasts.tsx';
import { texts } from '../texts.ts';

export function RemoveJob({ job }: { job: Job }) {
  const [open, setOpen] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  const announce = useAnnounceDone();
  const removal = useDeleteJob(job.id);
  const remove = () => {
    if (removal.isPending) return;
    removal.mutate(undefined, {
      onSuccess: (outcome) => {
        announce(outcome === 'deleted' ? texts.done.deleted : texts.done.alreadyDeleted, job.title);
        // Going back must not end at a posting that is no more.
        navigate(rememberedListPath(), { replace: true });
      },
    });
  };
  const change = (next: boolean) => {
    if (next) removal.reset();
    setOpen(next);
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Trigger className="button button-danger">{texts.details.remove}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog" initialFocus={keep}>
          <AlertDialog.Title className="dialog-title">{texts.remove.title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{texts.remove.text(job.title)}</AlertDialog.Description>
          {removal.error && (
            <p className="dialog-failure" role="alert">
              {failureText(removal.error)}
            </p>
          )}
          <p className="dialog-actions">
            <button type="button" className="button button-red" aria-disabled={removal.isPending} onClick={remove}>
              {removal.isPending ? texts.remove.deleting : texts.remove.confirm}
            </button>
            <AlertDialog.Close ref={keep} className="button">
              {texts.remove.keep}
            </AlertDialog.Close>
          </p>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

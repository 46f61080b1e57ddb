/** What there is to say of a view that is held, wherever it is said. Pure. */
import { doubtEntry } from '../doubts.ts';
import type { ViewDescription } from '../view/view.ts';

/** What was found, and the ways on. */
export function heldText({ doubt, entities }: Pick<ViewDescription, 'doubt' | 'entities'>): string {
  const { title } = doubtEntry(doubt?.reason ?? '');
  const has = entities === undefined ? '' : `; the view has ${entities} entities`;
  return (
    `the view is held: ${title} (${doubt?.evidence ?? ''}${has}). Restore the log; or run kmodel recover, which appends to the ` +
    'log what only the view has; or run kmodel rebuild --accept-loss, which drops what only the view has'
  );
}

/**
 * The API's own look at the view's bookkeeping, once a second: which incarnation of the log the view is built from, and whether
 * somebody holds it. Answers never wait for it.
 */
import { defineLoop, every } from '../core/loop.ts';
import type { View, ViewDescription } from '../view/view.ts';

/** What was said of a view may be so old, and as much older as one look takes. Milliseconds. */
export const VIEW_LOOK_MS = 1_000;

const LOOK = defineLoop('api.look-at-view', { everyMs: VIEW_LOOK_MS });

export interface ViewWatch {
  /** What the last look that was answered has shown; undefined: none was. */
  readonly last: ViewDescription | undefined;
  /** Looks now. Rejects where the view doesn't answer. */
  look(): Promise<ViewDescription>;
  stop(): void;
}

/** Begins with a look that is awaited, whether it is answered or not. `seen` is told each description. */
export async function watchView(
  view: Pick<View, 'describe'>,
  seen: (description: ViewDescription) => void,
): Promise<ViewWatch> {
  let last: ViewDescription | undefined;
  const look = async (): Promise<ViewDescription> => {
    const description = await view.describe();
    last = description;
    seen(description);
    return description;
  };
  // A view that doesn't answer says so to everybody who reads from it; here the next look comes by itself.
  const quietly = async (): Promise<void> => {
    await look().catch(() => undefined);
  };
  await quietly();
  const looking = every(LOOK, quietly);
  return {
    get last() {
      return last;
    },
    look,
    stop: () => looking.stop(),
  };
}

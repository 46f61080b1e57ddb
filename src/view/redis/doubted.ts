/** What is to be thought of a generation, after what was described of it and what its server says of itself. */
import type { ViewDescription } from '../view.ts';
import type { Described } from './described.ts';
import type { DoubtStore } from './doubt-store.ts';
import type { Commands } from './dropping.ts';
import { COUNT_FROM } from './generation-scripts.ts';
import { rootKey, type ViewNames } from './layout.ts';
import { askServerNow, judgeServer } from './server-watch.ts';

/** The description with the worst doubt that is known of the generation; what was found now is noted. */
export async function doubted(
  { view, doubts, releases, server, contradiction }: Described,
  commands: Commands,
  names: ViewNames,
  store: DoubtStore,
): Promise<ViewDescription> {
  if (view.generation === undefined) return view;
  const { id } = view.generation;
  store.see(id, doubts, releases);
  await store.restore(id, doubts);
  if (contradiction !== undefined) await store.sight(id, 'COUNTS', contradiction);
  const now = await askServerNow(commands);
  const verdict = judgeServer(server, now);
  if (verdict.kind === 'evicted') await store.sight(id, 'EVICTED', verdict.evidence);
  if (verdict.kind === 'count-from') {
    const noting = commands.run(COUNT_FROM, [rootKey(names)], [id, now.runId, String(now.evicted)]);
    // A replica takes no note; the next look tries again.
    await noting.catch(() => undefined);
  }
  const doubt = store.worst(id);
  return doubt === undefined ? view : { ...view, doubt, doubts: store.all(id) };
}

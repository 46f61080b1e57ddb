/** Prints every entity of a model, page by page. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { type Api, describeReply, fieldsOf, noServer, sendPatiently } from './api.ts';
import { CommandFailure } from './failure.ts';

/** The greatest page that the API gives. */
const PAGE = 1000;

/**
 * Writes one entity a line, as the API answers it, the oldest first, so that what is imported again is created in the same
 * order; a slow reader slows the reading.
 * @throws CommandFailure where the server is gone or refuses
 */
export async function exportEntities(api: Api, model: string, output: Writable): Promise<void> {
  let after: string | undefined;
  do {
    const cursor = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const page = await readPage(api, `/api/${model}?limit=${PAGE}&order=asc${cursor}`);
    const text = page.items.map((item) => `${JSON.stringify(item)}\n`).join('');
    if (!output.write(text)) await once(output, 'drain');
    after = page.next;
  } while (after !== undefined);
}

async function readPage(
  api: Api,
  path: string,
): Promise<{ readonly items: readonly unknown[]; readonly next: string | undefined }> {
  const reply = await sendPatiently(api, { method: 'GET', path });
  if (reply.kind === 'unreachable') throw new CommandFailure(noServer(api, reply.reason));
  const { items, next } = fieldsOf(reply.json);
  if (reply.status !== 200 || !Array.isArray(items))
    throw new CommandFailure(`the export stopped: ${describeReply(reply)}`);
  return { items, next: typeof next === 'string' ? next : undefined };
}

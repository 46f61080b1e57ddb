/** What a data directory of an earlier version holds, as that version itself answered (make.ts). */
import type { JobFields } from '../../app/job.ts';
import type { WireEntity } from '../../src/http/wire.ts';

export type Job = WireEntity<JobFields>;

export interface Expected {
  /** Behind everything that was written. */
  readonly position: string;
  /** In the order of the list: newest first. */
  readonly entities: readonly { readonly etag: string; readonly entity: Job }[];
  readonly deleted: readonly string[];
  /** A POST that had an Idempotency-Key, and what became of it. */
  readonly keyed: { readonly key: string; readonly body: JobFields; readonly id: string };
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly etag: string | undefined;
  readonly position: string | undefined;
}

/** Sends one request about the jobs; `path` is what follows /api/job. */
export async function ask(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const response = await fetch(`${url}/api/job${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
    etag: response.headers.get('etag') ?? undefined,
    position: response.headers.get('kmodel-position') ?? undefined,
  };
}

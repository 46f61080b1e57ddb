/** The job routes of the API, typed. */
import type { WireEntity, WireList } from '../../../../src/http/wire.ts';
import type { JobFields } from '../../../job-fields.ts';
import { request } from './request.ts';

export type { JobFields };

/** A posting as the API answers it. */
export type Job = WireEntity<JobFields>;

/** What a list is narrowed to. '' or absent: not at all. */
export interface Narrowing {
  readonly q?: string;
  readonly company?: string;
  readonly location?: string;
  readonly tag?: string;
}

/** One page; `next` is the cursor of the page after it, null on the last. */
export type JobPage = WireList<JobFields>;

/** How many postings one page holds. */
export const PAGE_SIZE = 50;

const jobs = '/api/job';
const jobAt = (id: string): string => `${jobs}/${encodeURIComponent(id)}`;

export async function listJobs(narrowing: Narrowing, after: string | undefined, signal: AbortSignal): Promise<JobPage> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  for (const [name, value] of Object.entries(narrowing)) if (value) query.set(name, value);
  if (after !== undefined) query.set('after', after);
  return (await request(`${jobs}?${query}`, { signal })) as JobPage;
}

export async function getJob(id: string, signal: AbortSignal): Promise<Job> {
  return (await request(jobAt(id), { signal })) as Job;
}

/** The key makes a second sending of the same form harmless. */
export async function postJob(fields: JobFields, idempotencyKey: string): Promise<Job> {
  return (await request(jobs, { method: 'POST', body: fields, idempotencyKey })) as Job;
}

export async function putJob(id: string, fields: JobFields): Promise<Job> {
  return (await request(jobAt(id), { method: 'PUT', body: fields })) as Job;
}

export async function deleteJob(id: string): Promise<void> {
  await request(jobAt(id), { method: 'DELETE' });
}

/** The job routes of the API, typed. */
import { request } from './request.ts';

/** A posting's own fields, as forms send them. */
export interface JobFields {
  readonly title: string;
  readonly company: string;
  readonly description: string;
  readonly location?: string;
  readonly url?: string;
  readonly tags?: readonly string[];
}

/** A posting as the API answers it; times are ISO 8601. */
export interface Job extends JobFields {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: string;
}

/** What a list is narrowed to. '' or absent: not at all. */
export interface Narrowing {
  readonly q?: string;
  readonly company?: string;
  readonly location?: string;
  readonly tag?: string;
}

export interface JobPage {
  readonly items: readonly Job[];
  /** Cursor of the next page; null: this is the last. */
  readonly next: string | null;
}

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

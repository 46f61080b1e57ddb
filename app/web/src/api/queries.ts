/** The API as React hooks: what is loaded, when it is asked for again, and what a write changes of it. */
import type { InfiniteData, QueryKey } from '@tanstack/react-query';
import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { Job, JobFields, JobPage, Narrowing } from './jobs.ts';
import { deleteJob, getJob, listJobs, postJob, putJob } from './jobs.ts';
import { ApiError } from './request.ts';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError;
  }
}

type Pages = InfiniteData<JobPage, string | undefined>;

const LISTS: QueryKey = ['jobs'];
const listKey = (narrowing: Narrowing): QueryKey => [...LISTS, narrowing];
const jobKey = (id: string): QueryKey => ['job', id];

/** Loaded data counts as fresh this long, in milliseconds. */
const FRESH_MS = 10_000;
const LONGEST_PAUSE_MS = 8000;

/** A view that is being built is asked until it is there; what passes by itself, a few times; anything else, once. */
function again(failures: number, error: ApiError): boolean {
  if (error.code === 'VIEW_NOT_READY') return true;
  if (error.code === 'NETWORK') return failures < 1;
  return error.status === 503 && failures < 3;
}

function pause(failures: number, error: ApiError): number {
  return Math.min(error.retryAfter ?? 400 * 2 ** failures, LONGEST_PAUSE_MS);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // The board often runs on this very machine: being offline says nothing about it.
      queries: { staleTime: FRESH_MS, retry: again, retryDelay: pause, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

/** The postings, newest first, page by page. While another search loads, the former result stays. */
export function useJobs(narrowing: Narrowing) {
  return useInfiniteQuery({
    queryKey: listKey(narrowing),
    queryFn: ({ pageParam, signal }) => listJobs(narrowing, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** One posting; what a list already knows of it is shown until it is there. */
export function useJob(id: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: jobKey(id),
    queryFn: ({ signal }) => getJob(id, signal),
    placeholderData: () => listed(client, id),
  });
}

function listed(client: QueryClient, id: string): Job | undefined {
  for (const [, pages] of client.getQueriesData<Pages>({ queryKey: LISTS })) {
    const job = pages?.pages.flatMap((page) => page.items).find((item) => item.id === id);
    if (job !== undefined) return job;
  }
  return undefined;
}

export function usePostJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ fields, key }: { fields: JobFields; key: string }) => postJob(fields, key),
    onSuccess: (job) => {
      client.setQueryData(jobKey(job.id), job);
      client.setQueryData<Pages>(listKey({}), (pages) => prepend(pages, job));
      askListsAgain(client);
    },
  });
}

export function usePutJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (fields: JobFields) => putJob(id, fields),
    onSuccess: (job) => {
      client.setQueryData(jobKey(id), job);
      changeLists(client, (items) => items.map((item) => (item.id === id ? job : item)));
    },
  });
}

export function useDeleteJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      try {
        await deleteJob(id);
        return 'deleted' as const;
      } catch (error) {
        if (error instanceof ApiError && error.code === 'ENTITY_NOT_FOUND') return 'gone' as const;
        throw error;
      }
    },
    onSuccess: () => {
      client.removeQueries({ queryKey: jobKey(id) });
      changeLists(client, (items) => items.filter((item) => item.id !== id));
    },
  });
}

// Lists show a write at once; they are then asked again, with the write's position, because it may move in or out.
function changeLists(client: QueryClient, change: (items: readonly Job[]) => readonly Job[]): void {
  client.setQueriesData<Pages>(
    { queryKey: LISTS },
    (pages) => pages && { ...pages, pages: pages.pages.map((page) => ({ ...page, items: change(page.items) })) },
  );
  askListsAgain(client);
}

function askListsAgain(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: LISTS });
}

function prepend(pages: Pages | undefined, job: Job): Pages | undefined {
  const [first, ...others] = pages?.pages ?? [];
  if (pages === undefined || first === undefined) return pages;
  const items = [job, ...first.items.filter((item) => item.id !== job.id)];
  return { ...pages, pages: [{ ...first, items }, ...others] };
}

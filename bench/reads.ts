/** Single reads of random jobs at 64 connections. */
import type { Run } from './bench.ts';
import { load, requestBytes } from './http-client.ts';
import { idOf, randomFrom } from './jobs.ts';
import { latencies } from './measure.ts';

const CONNECTIONS = 64;
/** So many different jobs are asked for, in turn; more would be the same to the server's page cache of 32 MB. */
const DIFFERENT = 50_000;

/** Measures it on the board at `url`, whose entities are at `path`. */
export async function benchReads(run: Run, url: string, path = '/api/job'): Promise<void> {
  run.say(`reads: ${run.seconds} s at ${CONNECTIONS} connections`);
  const random = randomFrom(1);
  const requests = Array.from({ length: Math.min(run.jobs, DIFFERENT) }, () =>
    requestBytes('GET', `${path}/${idOf(Math.floor(random() * run.jobs))}`),
  );
  const { latenciesMs, seconds } = await load({
    url,
    connections: CONNECTIONS,
    seconds: run.seconds,
    status: 200,
    request: (number) => requests[number % requests.length]!,
  });
  run.report({
    bench: 'reads',
    figures: { readsPerSecond: latenciesMs.length / seconds, ...latencies(latenciesMs), connections: CONNECTIONS },
    aim: { readsPerSecond: { atLeast: 10_000 } },
  });
}

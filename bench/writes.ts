/** Acknowledged durable writes over HTTP, at 64 connections, on an empty board. */
import type { Run } from './bench.ts';
import { untilApplied } from './board.ts';
import { load, requestBytes } from './http-client.ts';
import { fieldsOf, type Size } from './jobs.ts';
import { latencies } from './measure.ts';
import { cpuOf } from './usage.ts';

const CONNECTIONS = 64;
/** So many different bodies are sent in turn. */
const BODIES = 500;

/** Measures writes of jobs as the examples are, and of short ones. */
export async function benchWrites(run: Run): Promise<void> {
  await writes(run, 'job', 'writes/jobs');
  await writes(run, 'short', 'writes/short');
}

async function writes(run: Run, size: Size, bench: string): Promise<void> {
  run.say(`${bench}: ${run.seconds} s at ${CONNECTIONS} connections`);
  const bodies = Array.from({ length: BODIES }, (_, number) => JSON.stringify(fieldsOf(number, size)));
  const requests = bodies.map((json) => requestBytes('POST', '/api/job', { json }));
  const running = await run.start(run.folder());
  await untilApplied(running.url, 0, 10_000);
  const write = (span: number) =>
    load({
      url: running.url,
      connections: CONNECTIONS,
      seconds: span,
      status: 201,
      request: (number) => requests[number % BODIES]!,
    });
  // The first seconds of a process are its compiler's: they are not counted.
  const first = await write(run.seconds / 3);
  const cpu = (): number => cpuOf(running.process.pid!) ?? Number.NaN;
  const before = cpu();
  const { latenciesMs, seconds } = await write(run.seconds);
  const cpuUs = cpu() - before;
  // The view follows while the writes come in; what it had not yet applied at their end is told beside the rate.
  const ended = performance.now();
  await untilApplied(running.url, first.latenciesMs.length + latenciesMs.length, 120_000, 5);
  run.report({
    bench,
    figures: {
      writesPerSecond: latenciesMs.length / seconds,
      ...latencies(latenciesMs),
      connections: CONNECTIONS,
      cpuUsPerWrite: cpuUs / latenciesMs.length,
      bytesPerBody: bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) / BODIES,
      viewBehindAtEndMs: performance.now() - ended,
    },
    target: { writesPerSecond: { atLeast: 5000 } },
  });
  await running.kill('SIGTERM');
}

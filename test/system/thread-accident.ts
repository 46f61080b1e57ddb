/**
 * Loaded before the program (`--import`): at SIGUSR2 an accident happens to one of the process's threads. THREAD is its turn, in
 * the order of starting; ACCIDENT is `terminated`, or `thrown`: it gets a message that makes it throw.
 */
import { isMainThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  const threads: Worker[] = [];
  process.on('worker', (thread) => threads.push(thread));
  process.on('SIGUSR2', () => {
    const thread = threads[Number(process.env['THREAD'])];
    if (process.env['ACCIDENT'] === 'terminated') void thread?.terminate();
    else thread?.postMessage(null);
  });
}

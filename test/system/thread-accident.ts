/**
 * Loaded before the program (`--import`): at SIGUSR2 an accident happens to one of the process's threads. THREAD is its turn, in
 * the order of starting; ACCIDENT is `terminated`, `thrown` (it gets a message that makes it throw) or `deaf`: it hears nothing more.
 */
import { isMainThread, type Worker } from 'node:worker_threads';

if (isMainThread) {
  const threads: Worker[] = [];
  process.on('worker', (thread) => threads.push(thread));
  process.on('SIGUSR2', () => {
    const thread = threads[Number(process.env['THREAD'])];
    const accident = process.env['ACCIDENT'];
    if (accident === 'terminated') void thread?.terminate();
    if (accident === 'thrown') thread?.postMessage(null);
    if (accident === 'deaf' && thread !== undefined) thread.postMessage = () => undefined;
    process.stderr.write('the accident has happened\n');
  });
}

/**
 * The writing thread of an embedded log: the only place that writes the file. It takes appends and compaction requests
 * through its port; compaction goes step by step, and between two steps the port is heard.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { defineLoop, every } from '../../core/loop.ts';
import { KmodelError } from '../../errors.ts';
import { compact } from './compaction.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import type { Pragmas, ThreadOptions, ThreadReply, ThreadRequest } from './protocol.ts';
import { RecordWriter } from './record-writer.ts';

const options = workerData as ThreadOptions;
const port = parentPort;
if (port === null) throw new Error('log-thread runs as a worker thread only');

/** By default; the options of the log may say another interval. */
const COMPACT = defineLoop('embedded-log.compact', { everyMs: 15_000 });

function reply(message: ThreadReply): void {
  port?.postMessage(message);
}

function serve(file: LogFile): void {
  const writer = new RecordWriter(file);
  const compactions = new Compactions(file);
  const interval = options.compactionIntervalMs;
  const pace = interval > 0 ? every({ ...COMPACT, everyMs: interval }, () => compactions.byItself()) : undefined;
  port?.on('message', (request: ThreadRequest) => {
    if (request.kind === 'close') {
      pace?.stop();
      compactions.stop();
      file.connection.close();
      port?.close();
      return;
    }
    const { call } = request;
    if (request.kind === 'append') reply({ kind: 'answer', call, answer: writer.append(request.packed) });
    else if (request.kind === 'pragmas') reply({ kind: 'answer', call, answer: pragmasOf(file) });
    else compactions.request(call, request.nowMs);
  });
  reply({ kind: 'ready', logId: file.logId, ends: file.ends });
}

function pragmasOf(file: LogFile): Pragmas {
  const read = (name: string): unknown => Object.values(file.connection.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  return { journalMode: String(read('journal_mode')), synchronous: Number(read('synchronous')) };
}

interface Run {
  /** Undefined: started by the timer, nobody waits for the answer. */
  readonly call: number | undefined;
  readonly nowMs: number | undefined;
}

/** Compaction runs, one after the other, each step in a turn of its own. */
class Compactions {
  readonly #file: LogFile;
  readonly #waiting: Run[] = [];
  #running = false;
  #stopped = false;

  constructor(file: LogFile) {
    this.#file = file;
  }

  byItself(): void {
    if (!this.#running) this.#add({ call: undefined, nowMs: undefined });
  }

  request(call: number, nowMs: number | undefined): void {
    this.#add({ call, nowMs });
  }

  stop(): void {
    this.#stopped = true;
  }

  #add(run: Run): void {
    this.#waiting.push(run);
    if (!this.#running) this.#next();
  }

  #next(): void {
    const run = this.#waiting.shift();
    this.#running = run !== undefined;
    if (run === undefined) return;
    this.#step(run, compact(this.#file, options, run.nowMs ?? Date.now()), 0);
  }

  #step(run: Run, steps: Generator<number>, before: number): void {
    if (this.#stopped) return;
    let removed = before;
    try {
      const step = steps.next();
      if (step.done !== true) {
        removed += step.value;
        setImmediate(() => this.#step(run, steps, removed));
        return;
      }
      if (run.call !== undefined) reply({ kind: 'answer', call: run.call, answer: { removed } });
    } catch (error) {
      const line = `compaction of the log ${options.path} failed: ${(error as Error).message}`;
      if (run.call === undefined) reply({ kind: 'warning', line });
      else reply({ kind: 'failure', call: run.call, message: line });
    }
    this.#next();
  }
}

try {
  serve(openLogFile(options));
} catch (error) {
  if (!(error instanceof KmodelError)) throw error;
  const code = error.code === 'LOG_MISMATCH' ? error.code : 'DATA_DIR_UNUSABLE';
  reply({ kind: 'refused', code, message: error.message });
}

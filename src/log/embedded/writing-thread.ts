/** The calling side of the writing thread: starts it, pairs requests with replies, knows when it is gone. */
import { Worker } from 'node:worker_threads';
import { KmodelError } from '../../errors.ts';
import type {
  PackedRecords,
  Pragmas,
  ThreadOptions,
  ThreadReply,
  ThreadRequest,
  TransactionOutcome,
} from './protocol.ts';

/** What the append queue needs of the thread. */
export interface AppendingThread {
  /** One transaction. Rejects where the thread ended before it answered: the outcome then stands in the file only. */
  append(packed: PackedRecords): Promise<TransactionOutcome>;
}

type Call =
  | { readonly kind: 'append'; readonly packed: PackedRecords }
  | { readonly kind: 'compact'; readonly nowMs: number | undefined }
  | { readonly kind: 'pragmas' };

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A started writing thread. */
export class WritingThread implements AppendingThread {
  readonly logId: string;
  /** The endOffset of each partition at the start. */
  readonly ends: readonly number[];
  /** Resolves, with the reason, when the thread has ended without having been asked to. */
  readonly died: Promise<Error>;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #nextCall = 0;
  #gone: Error | undefined;
  #closing = false;

  private constructor(worker: Worker, logId: string, ends: readonly number[], warn: (line: string) => void) {
    this.#worker = worker;
    this.logId = logId;
    this.ends = ends;
    worker.on('message', (reply: ThreadReply) => {
      if (reply.kind === 'warning') warn(reply.line);
      else if (reply.kind === 'answer') this.#take(reply.call)?.resolve(reply.answer);
      else if (reply.kind === 'failure') this.#take(reply.call)?.reject(new Error(reply.message));
    });
    worker.on('error', (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.#gone ??= new Error(`the thread that writes the log failed: ${why}`);
    });
    const death = Promise.withResolvers<Error>();
    this.died = death.promise;
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        const gone = this.#end();
        if (!this.#closing) death.resolve(gone);
        resolve();
      });
    });
  }

  /** Starts the thread and opens the file in it. Throws KmodelError LOG_MISMATCH or DATA_DIR_UNUSABLE. */
  static async start(options: ThreadOptions, warn: (line: string) => void): Promise<WritingThread> {
    // From a checkout Node runs the .ts file itself; in the published package it stands beside this one as .js.
    const file = import.meta.url.endsWith('.ts') ? './log-thread.ts' : './log-thread.js';
    // Flags of the process are not for the thread: Node refuses some of them (--input-type) beside a file.
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: options,
      name: 'kmodel-log',
      execArgv: [],
    });
    const { promise, resolve, reject } = Promise.withResolvers<WritingThread>();
    const stopped = (): void => reject(new Error('the thread that writes the log ended before it was ready'));
    worker.once('error', reject);
    worker.once('exit', stopped);
    worker.once('message', (reply: ThreadReply) => {
      worker.off('error', reject);
      worker.off('exit', stopped);
      if (reply.kind === 'ready') resolve(new WritingThread(worker, reply.logId, reply.ends, warn));
      else if (reply.kind === 'refused') reject(new KmodelError(reply.code, reply.message));
      else reject(new Error(`the thread that writes the log began with "${reply.kind}"`));
    });
    return promise;
  }

  /** Why the thread is gone; undefined while it runs. */
  get gone(): Error | undefined {
    return this.#gone;
  }

  append(packed: PackedRecords): Promise<TransactionOutcome> {
    return this.#ask({ kind: 'append', packed }, [packed.bytes]) as Promise<TransactionOutcome>;
  }

  /** Runs compaction to its end as of `nowMs` (default: the clock). */
  compact(nowMs: number | undefined): Promise<{ readonly removed: number }> {
    return this.#ask({ kind: 'compact', nowMs }) as Promise<{ readonly removed: number }>;
  }

  pragmas(): Promise<Pragmas> {
    return this.#ask({ kind: 'pragmas' }) as Promise<Pragmas>;
  }

  /** Ends the thread after what it was asked for; resolves when it is gone and the file is closed. */
  close(): Promise<void> {
    this.#closing = true;
    if (this.#gone === undefined) this.#worker.postMessage({ kind: 'close' } satisfies ThreadRequest);
    return this.#exited;
  }

  #ask(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const number = this.#nextCall++;
    this.#calls.set(number, { resolve, reject });
    this.#worker.postMessage({ ...call, call: number } satisfies ThreadRequest, transfer);
    return promise;
  }

  #take(call: number): Waiting | undefined {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    return waiting;
  }

  #end(): Error {
    const gone = (this.#gone ??= new Error('the thread that writes the log has ended'));
    for (const waiting of this.#calls.values()) waiting.reject(gone);
    this.#calls.clear();
    return gone;
  }
}

/** The calling side of the view's thread: requests by number, answers as promises. */
import { Worker } from 'node:worker_threads';
import { KmodelError } from '../../errors.ts';
import type { ApplyOutcome, Claim, GenerationIdentity, StoredDoubt } from '../view.ts';
import type { Answer, FromThread, PackedUpdate, Request } from './protocol.ts';

interface Waiting {
  readonly resolve: (result: Answer['result']) => void;
  readonly reject: (error: Error) => void;
}

// From a checkout Node runs the .ts file itself; the published package holds .js.
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './view-thread.ts' : './view-thread.js', import.meta.url);

export class ThreadClient {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  /** Resolves, with the reason, when the thread has ended without having been asked to. */
  readonly died: Promise<Error>;
  readonly #waiting = new Map<number, Waiting>();
  #lastNo = 0;
  #over: string | undefined;
  #closing = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    const death = Promise.withResolvers<Error>();
    this.died = death.promise;
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#failAll('the thread of the view has ended');
        if (!this.#closing) death.resolve(new Error(this.#over));
        resolve();
      });
    });
    worker.on('error', (error: unknown) => {
      this.#failAll(`the thread of the view failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Starts the thread; resolves when it has opened the file, rejects with DATA_DIR_UNUSABLE where it can't. */
  static async start(file: string): Promise<ThreadClient> {
    // Without the process's own flags: some, such as --input-type, would keep a thread from starting.
    const worker = new Worker(THREAD, { workerData: { file }, execArgv: [] });
    const client = new ThreadClient(worker);
    const opened = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'answers') client.#take(message.answers);
        else if (message.kind === 'open') resolve();
        else reject(new KmodelError('DATA_DIR_UNUSABLE', message.detail));
      });
      worker.on('error', reject);
    });
    await opened;
    return client;
  }

  async begin(identity: GenerationIdentity, replaced: string | undefined, indexes: string): Promise<string> {
    return (await this.#ask((no) => ({ no, kind: 'begin', identity, replaced, indexes }))) as string;
  }

  async claim(partition: number, owner: string | undefined): Promise<Claim> {
    return (await this.#ask((no) => ({ no, kind: 'claim', partition, owner }))) as Claim;
  }

  /** Without an owner: the claims are left. */
  async keepSeen(generation: string, claims: ReadonlyMap<number, number>, owner: string | undefined): Promise<void> {
    await this.#ask((no) => ({ no, kind: 'seen', generation, claims, owner }));
  }

  async latch(generation: string, reason: string, evidence: string): Promise<StoredDoubt | undefined> {
    return (await this.#ask((no) => ({ no, kind: 'latch', generation, reason, evidence }))) as StoredDoubt | undefined;
  }

  async release(generation: string, reason: string): Promise<void> {
    await this.#ask((no) => ({ no, kind: 'release', generation, reason }));
  }

  async apply(update: PackedUpdate): Promise<ApplyOutcome> {
    return (await this.#ask((no) => ({ no, kind: 'apply', update }))) as ApplyOutcome;
  }

  /** What was asked before is finished first. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#over === undefined) await this.#ask((no) => ({ no, kind: 'close' }));
    await this.#ended;
  }

  async #ask(make: (no: number) => Request): Promise<Answer['result']> {
    const over = this.#over;
    if (over !== undefined) throw new KmodelError('VIEW_UNAVAILABLE', over);
    this.#lastNo += 1;
    const no = this.#lastNo;
    return new Promise((resolve, reject) => {
      this.#waiting.set(no, { resolve, reject });
      this.#worker.postMessage(make(no));
    });
  }

  #take(answers: readonly Answer[]): void {
    for (const { no, result, failure } of answers) {
      const waiting = this.#waiting.get(no);
      this.#waiting.delete(no);
      if (failure === undefined) waiting?.resolve(result);
      else waiting?.reject(new KmodelError('VIEW_UNAVAILABLE', failure));
    }
  }

  #failAll(why: string): void {
    this.#over ??= why;
    for (const { reject } of this.#waiting.values()) reject(new KmodelError('VIEW_UNAVAILABLE', why));
    this.#waiting.clear();
  }
}
